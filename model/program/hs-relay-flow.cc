// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-relay-flow.h"

namespace hoststack
{

bool
RelayFlow::Move(ProgramIo& from, ProgramIo& to, std::uint64_t buffer, RelayTally& tally)
{
    bool moved = false;
    while (!m_ended)
    {
        Seal(to, tally);
        auto& ready = m_seals ? m_out : m_plain;
        if (ready.Length() > 0)
        {
            const auto taken = to.WriteFrom(ready);
            ++tally.writes;
            moved = moved || taken > 0;
            if (ready.Length() > 0)
            {
                return moved; // told when there is room
            }
        }
        if (Fetch(from, buffer, tally))
        {
            moved = true;
            continue;
        }
        if (from.HasPeerClosed() && from.Available() == 0)
        {
            // A chunk that was cut off can never be opened.
            m_ended = true;
            to.CloseSend();
            moved = true;
        }
        break;
    }
    return moved;
}

bool
RelayFlow::HasBegun(ProgramIo& from, std::uint64_t buffer, RelayTally& tally)
{
    while (!m_begun && Fetch(from, buffer, tally))
    {
    }
    return m_begun;
}

void
RelayFlow::BeginSealed()
{
    if (m_seals && !m_seals->HasBegun() && m_plain.Length() == 0)
    {
        m_seals->AppendHeader(m_seals->Seal(0), m_out);
    }
}

bool
RelayFlow::Fetch(ProgramIo& from, std::uint64_t buffer, RelayTally& tally)
{
    if (from.Available() == 0)
    {
        return false;
    }
    auto& into = m_opens ? m_sealed : m_plain;
    auto most = buffer;
    if (m_opens)
    {
        const bool knows = m_opens->Knows(m_sealed);
        most = std::max<std::uint64_t>(most, knows ? m_opens->Next().wire : m_opens->Needs());
    }
    if (into.Length() >= most)
    {
        return false;
    }
    const auto got = from.ReadInto(into, most - into.Length());
    if (got == 0)
    {
        return false;
    }
    ++tally.reads;
    tally.copied += got;
    tally.heldMost = std::max(tally.heldMost, m_sealed.Length() + m_plain.Length());
    Unseal(from, tally);
    return true;
}

void
RelayFlow::Unseal(ProgramIo& io, RelayTally& tally)
{
    while (m_opens && m_opens->Knows(m_sealed) && m_sealed.Length() >= m_opens->Next().wire)
    {
        const auto chunk = m_opens->Next();
        m_opens->Open();
        m_sealed.Drop(chunk.wire - chunk.plain);
        m_sealed.MoveTo(m_plain, chunk.plain);
        m_begun = true;
        ++tally.unseals;
        tally.unsealed += chunk.plain;
        io.Compute(host::Operation::Encrypt, chunk.plain);
    }
}

void
RelayFlow::Seal(ProgramIo& io, RelayTally& tally)
{
    while (m_seals && m_plain.Length() > 0)
    {
        const auto plain = std::min<std::uint64_t>(m_plain.Length(), m_seals->MostPlain());
        const auto chunk = m_seals->Seal(static_cast<std::uint32_t>(plain));
        m_seals->AppendHeader(chunk, m_out);
        m_plain.MoveTo(m_out, plain);
        ++tally.seals;
        tally.sealed += plain;
        io.Compute(host::Operation::Encrypt, plain);
    }
}

} // namespace hoststack
