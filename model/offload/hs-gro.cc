// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-gro.h"

#include "ns3/hs-gro-rules.h"

#include <algorithm>

namespace hoststack
{

Gro::Gro(const OffloadSettings& settings, Sink& sink, Chains chains)
    : ReceiveOffload(sink),
      m_settings(settings),
      m_chains(chains)
{
    for (std::size_t i = 0; i < m_units.size(); ++i)
    {
        m_buckets[i / kPerBucket].held[i % kPerBucket] = &m_units[i];
    }
}

void
Gro::Add(const OffloadPacket& packet, TimeNs now)
{
    if (packet.fault == OffloadFault::Passes || packet.kind == OffloadKind::Other)
    {
        Pass(packet, packet.faultReason);
        return;
    }
    auto& bucket = m_buckets[packet.hash % kBuckets];
    if (packet.kind == OffloadKind::Tcp)
    {
        AddTcp(bucket, packet, now);
    }
    else
    {
        AddUdp(bucket, packet, now);
    }
}

void
Gro::AddRun(const OffloadRun& run, TimeNs now)
{
    for (std::uint32_t i = 0; i < run.count;)
    {
        Add(run.At(i), now);
        ++i;
        if (i + 1 < run.count)
        {
            i += AppendRun(run, i);
        }
    }
}

/**
 * Packets of \p run from \p from on, but the last, behind the one before them: it was merged or
 * begins a unit, so they differ from that unit in what counts up, and in nothing else.
 * \return how many
 */
std::uint32_t
Gro::AppendRun(const OffloadRun& run, std::uint32_t from)
{
    auto& bucket = m_buckets[run.first.hash % kBuckets];
    for (std::uint32_t i = 0; i < bucket.count; ++i)
    {
        auto& unit = bucket.held[i]->unit;
        if (unit.packets.back() != run.ids[from - 1])
        {
            continue;
        }
        auto& head = unit.head;
        const bool followsByRule = from > 1 || run.first.flags == run.middleFlags;
        if (unit.isChain || unit.isFixedId || unit.segmentSize != run.first.payload ||
            !followsByRule || (run.middleFlags & (kFin | kPsh | kUrg | kSyn | kRst | kCwr)) != 0 ||
            head.ipLength >= kGroMaxSize)
        {
            return 0;
        }
        const auto room = (kGroMaxSize - 1 - head.ipLength) / run.first.payload;
        const auto count = std::min<std::uint32_t>(run.count - 1 - from, room);
        unit.packets.insert(unit.packets.end(), run.ids + from, run.ids + from + count);
        head.payload += count * run.first.payload;
        head.ipLength += count * run.first.payload;
        return count;
    }
    return 0;
}

void
Gro::AddTcp(Bucket& bucket, const OffloadPacket& packet, TimeNs now)
{
    for (std::uint32_t i = 0; i < bucket.count; ++i)
    {
        auto& unit = bucket.held[i]->unit;
        if (unit.head.flow != packet.flow || unit.head.hash != packet.hash)
        {
            continue;
        }
        const auto whyNot = WhyNotMergedTcp(unit, packet);
        if (whyNot)
        {
            Release(bucket, i, *whyNot);
            break;
        }
        Append(unit, packet);
        if (const auto why = WhyCompleteTcp(packet, unit.segmentSize))
        {
            Release(bucket, i, *why);
        }
        return;
    }
    if (packet.fault == OffloadFault::Ordered)
    {
        Pass(packet, FlushReason::Padded);
    }
    else if (const auto why = WhyCompleteTcp(packet, 0))
    {
        Pass(packet, *why);
    }
    else
    {
        Hold(bucket, packet, m_chains == Chains::WithoutReceiver && !packet.hasSocket, now);
    }
}

void
Gro::AddUdp(Bucket& bucket, const OffloadPacket& packet, TimeNs now)
{
    const bool isWanted = packet.hasSocket && packet.wantsMerged;
    const bool isChain = m_chains == Chains::WithoutReceiver && !isWanted;
    if (!isChain && !isWanted && !(m_settings.udpForwarding && !packet.hasSocket))
    {
        Pass(packet, FlushReason::Protocol);
        return;
    }
    for (std::uint32_t i = 0; i < bucket.count; ++i)
    {
        auto& unit = bucket.held[i]->unit;
        if (unit.head.flow != packet.flow || unit.head.hash != packet.hash)
        {
            continue;
        }
        const auto whyNot = WhyNotMergedUdp(unit, packet);
        if (whyNot)
        {
            Release(bucket, i, *whyNot);
            break;
        }
        Append(unit, packet);
        if (packet.payload != unit.segmentSize)
        {
            Release(bucket, i, FlushReason::Short);
        }
        else if (unit.packets.size() >= kGroMaxCount)
        {
            Release(bucket, i, FlushReason::Segments);
        }
        return;
    }
    if (packet.fault == OffloadFault::Ordered)
    {
        Pass(packet, FlushReason::Padded);
        return;
    }
    Hold(bucket, packet, isChain, now);
}

void
Gro::Append(OffloadUnit& unit, const OffloadPacket& packet)
{
    auto& head = unit.head;
    if (unit.packets.size() == 1)
    {
        unit.isFixedId = head.isVersion4 && head.identification == packet.identification;
    }
    unit.packets.push_back(packet.id);
    head.payload += packet.payload;
    head.ipLength += packet.payload;
    head.flags |= packet.flags & (kFin | kPsh);
}

void
Gro::Hold(Bucket& bucket, const OffloadPacket& packet, bool isChain, TimeNs now)
{
    if (bucket.count == kPerBucket)
    {
        Release(bucket, kPerBucket - 1, FlushReason::BucketFull);
    }
    auto& order = bucket.held;
    std::rotate(order.begin(), order.begin() + bucket.count, order.begin() + bucket.count + 1);
    ++bucket.count;
    ++m_held;
    auto& held = *order[0];
    held.tick = now / m_settings.tick;
    held.unit.head = packet;
    held.unit.packets.assign(1, packet.id);
    held.unit.segmentSize = static_cast<std::uint16_t>(packet.payload);
    held.unit.isFixedId = false;
    held.unit.isChain = isChain;
}

void
Gro::Release(Bucket& bucket, std::uint32_t at, FlushReason why)
{
    auto& order = bucket.held;
    Held* held = order[at];
    std::rotate(order.begin() + at, order.begin() + at + 1, order.begin() + bucket.count);
    --bucket.count;
    --m_held;
    Deliver(held->unit, why);
}

void
Gro::Flush(FlushReason why)
{
    for (auto& bucket : m_buckets)
    {
        while (m_held > 0 && bucket.count > 0)
        {
            Release(bucket, bucket.count - 1, why);
        }
    }
}

void
Gro::FlushOld(TimeNs now)
{
    const auto tick = now / m_settings.tick;
    for (auto& bucket : m_buckets)
    {
        while (bucket.count > 0 && bucket.held[bucket.count - 1]->tick != tick)
        {
            Release(bucket, bucket.count - 1, FlushReason::Aged);
        }
    }
}

bool
Gro::EndPoll(std::uint32_t work, TimeNs now)
{
    if (work >= m_settings.weight)
    {
        if (m_settings.tick > kMillisecond)
        {
            Flush(FlushReason::PollEnd);
        }
        else
        {
            FlushOld(now);
        }
        return false; // it is polled again, without an interrupt
    }
    bool isDeferred = false;
    bool hasTimer = false;
    if (work > 0)
    {
        hasTimer = m_held > 0 && m_settings.flushTimeout > 0;
        m_deferred = m_settings.deferInterrupts;
    }
    if (m_deferred > 0)
    {
        --m_deferred;
        hasTimer = m_settings.flushTimeout > 0;
        isDeferred = hasTimer;
    }
    if (hasTimer)
    {
        FlushOld(now);
    }
    else
    {
        Flush(work > 0 ? FlushReason::PollEnd : FlushReason::Idle);
    }
    m_timer = hasTimer ? now + m_settings.flushTimeout : kNever;
    return !isDeferred;
}

TimeNs
Gro::Deadline() const
{
    return m_timer;
}

} // namespace hoststack
