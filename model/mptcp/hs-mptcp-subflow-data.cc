// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-subflow.h"

#include <algorithm>

// How a subflow's bytes reach the connection: by their mappings, or by none.

namespace hoststack::mptcp
{

void
Subflow::UseMapping(const Mapping& mapping)
{
    m_mapBegin = mapping.dataBegin;
    UseAcks(mapping.sequence64);
}

void
Subflow::UseAcks(bool with64)
{
    // get_mapping_status: DATA_ACKs are as long as the numbers of the mapping that is being used.
    if (level.receiver.UseAcks(with64))
    {
        level.OnAckLength();
    }
}

bool
Subflow::OnFault(TimeNs now)
{
    // get_mapping_status meets it when the bytes before have been used. After an infinite mapping
    // the rest of the subflow is the rest of the data.
    m_faultAt = ~std::uint64_t{0};
    if (m_fault == Fault::Infinite)
    {
        ++level.info.Own().infiniteMapReceived;
        ++level.counters.infiniteMapRx;
    }
    else
    {
        ++level.counters.dssNotMatching;
        UseAcks(m_fault == Fault::Mapping);
    }
    if (!level.MayFallBack(*this))
    {
        level.FailSubflow(now, *this, MptcpResetReason::MptcpError);
        return false;
    }
    ++level.counters.dssFallback;
    level.FallBackOn(now, *this, false);
    return true;
}

bool
Subflow::ChecksumHolds(const Mapping& mapping, const std::vector<Payload>& pieces) const
{
    DssChecksum sum;
    for (const auto& piece : pieces)
    {
        sum.Add(piece);
    }
    return sum.Verify(Dsn64(level.keys.Remote().idsn + mapping.dataBegin),
                      static_cast<std::uint32_t>(mapping.subflowBegin),
                      static_cast<std::uint16_t>(mapping.length + (mapping.dataFin ? 1 : 0)),
                      mapping.checksum);
}

bool
Subflow::OnBadChecksum(TimeNs now, const Mapping& mapping)
{
    // subflow_check_data_avail. A first mapping that is wrong means a middlebox that alters
    // everything: plain TCP at once. Later the peer is told, and answers with the infinite mapping.
    ++level.info.Own().checksumErrors;
    ++level.counters.checksumErrors;
    if (role == Role::Initial && !fail.validSeen)
    {
        if (level.MayFallBack(*this))
        {
            ++level.counters.dssFallback;
            level.FallBackOn(now, *this, false);
            return true;
        }
        level.FailSubflow(now, *this, MptcpResetReason::MptcpError);
        return false;
    }
    fail.sequence = level.keys.Remote().idsn + mapping.dataBegin;
    if (!level.MayFallBack(*this))
    {
        Owe(MptcpSubtype::Fail);
        level.FailSubflow(now, *this, MptcpResetReason::Middlebox);
        return false;
    }
    fail.awaitsInfinite = true;
    level.OnFail(now, *this);
    return true;
}

inline void
Subflow::AfterTaking()
{
    const auto& state = tcp->GetReceiveState();
    if (level.receiver.Queue().Available() < level.config.tcp->receiveLowat &&
        tcp->GetState() != tcp::State::Closed &&
        state.Facts().next - state.Facts().windowUpdated > state.Facts().mss)
    {
        tcp->RequestAck();
    }
}

bool
Subflow::TakeInOrder(TimeNs now, std::uint64_t begin, const Payload& bytes)
{
    if (!IsMultipath() || IsClosed() || begin != m_read)
    {
        return false;
    }
    const auto* found = m_in.Find(begin);
    if (!found || begin < found->carried || begin + bytes.Length() > found->SubflowEnd() ||
        begin + bytes.Length() > m_faultAt || (level.keys.UsesChecksum() && found->hasChecksum))
    {
        return false;
    }
    UseMapping(*found);
    const auto dataOffset = found->ToData(begin);
    const bool isLast = begin + bytes.Length() == found->SubflowEnd();
    if (level.receiver.IsFull())
    {
        return false;
    }
    m_read += bytes.Length();
    dataBytesReceived +=
        level.OnData(now, *this, dataOffset, bytes, tcp->ArrivedMemory(bytes.Length()));
    if (isLast || found != m_in.First())
    {
        m_in.Release(m_read);
    }
    else
    {
        m_in.Pass(m_read);
    }
    level.receiver.EndBatch();
    AfterTaking();
    return true;
}

void
Subflow::OnInOrderData(TimeNs now)
{
    HandOver(now);
    level.receiver.EndBatch();
}

void
Subflow::HandOver(TimeNs now)
{
    while (tcp->Available() > 0 && !IsClosed())
    {
        if (IsMultipath() && m_read >= m_faultAt)
        {
            if (!OnFault(now))
            {
                return;
            }
            continue;
        }
        const Mapping* found = IsMultipath() ? m_in.Find(m_read) : nullptr;
        found = found && m_read >= found->carried ? found : nullptr;
        if (found)
        {
            UseMapping(*found);
        }
        if (found && level.receiver.IsFull())
        {
            break; // it stays in the subflow's own queue
        }
        if (IsMultipath() && !found)
        {
            level.counters.dssNoMatchTcp += m_in.Size() > 0 ? 1 : 0;
            if (level.MayFallBack(*this))
            {
                ++level.counters.dssFallback;
                // The peer wants DATA_ACKs if there were mappings: it may not know yet.
                level.FallBackOn(now, *this, m_read > 1);
                continue;
            }
            level.FailSubflow(now, *this, MptcpResetReason::Middlebox);
            return;
        }
        auto n = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(tcp->Available(), IsMultipath() ? m_faultAt - m_read : ~0u));
        // Without mappings the bytes follow those that came before.
        std::uint64_t dataOffset = level.receiver.Queue().Next();
        bool wholeMapping = false;
        Mapping mapping;
        if (found)
        {
            mapping = *found;
            const auto left = mapping.SubflowEnd() - m_read;
            wholeMapping = level.keys.UsesChecksum() && mapping.hasChecksum;
            if (wholeMapping && n < left)
            {
                break; // a mapping with a checksum is used as a whole
            }
            n = static_cast<std::uint32_t>(std::min<std::uint64_t>(n, left));
            if (!wholeMapping)
            {
                n = std::min(n, tcp->FirstPiece()); // for each the memory is looked at
            }
            dataOffset = mapping.ToData(m_read);
        }
        TakePieces(n);
        m_read += n;
        if (wholeMapping)
        {
            if (ChecksumHolds(mapping, m_taken->bytes))
            {
                fail.validSeen = true;
            }
            else if (!OnBadChecksum(now, mapping))
            {
                return;
            }
        }
        auto& [pieces, costs] = m_taken.Own();
        for (std::size_t i = 0; i < pieces.size(); ++i)
        {
            const auto length = pieces[i].Length();
            dataBytesReceived += level.OnData(now, *this, dataOffset, pieces[i], costs[i]);
            dataOffset += length;
        }
        pieces.clear();
        m_in.Release(m_read);
    }
    AfterTaking();
}

/// The next \p length bytes of the subflow, which are there, each piece with its memory.
void
Subflow::TakePieces(std::uint32_t length)
{
    auto& [pieces, costs] = m_taken.Own();
    pieces.clear();
    costs.clear();
    while (length > 0)
    {
        const auto one = std::min(length, tcp->FirstPiece());
        costs.push_back(tcp->FirstMemory(one));
        length -= tcp->Take(one, pieces);
    }
}

} // namespace hoststack::mptcp
