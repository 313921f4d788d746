// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-stream-reader.h"

#include "ns3/hs-tcp-socket.h"

#include <algorithm>
#include <utility>

namespace ns3
{

HoststackStreamReader::HoststackStreamReader(const Pattern& pattern, std::uint64_t expected)
    : m_pattern(pattern),
      m_expected(expected)
{
}

void
HoststackStreamReader::OnConnected()
{
    if (m_pattern.startDelay > 0)
    {
        m_asleep = true;
        m_longSleep = true;
        WakeAt(Now() + m_pattern.startDelay);
    }
    else
    {
        Look();
    }
}

void
HoststackStreamReader::OnReadable()
{
    NoteArrival();
    if (!m_asleep)
    {
        Look();
    }
}

void
HoststackStreamReader::OnPeerClosed()
{
    if (!m_asleep)
    {
        Look();
    }
}

void
HoststackStreamReader::OnWake()
{
    m_asleep = false;
    if (std::exchange(m_longSleep, false))
    {
        GoOn();
    }
    Look();
}

/// A sender that was stopped by the window is about to be released; how soon does it answer?
void
HoststackStreamReader::GoOn()
{
    if (const auto* socket = GetOwnSocket())
    {
        const auto info = socket->GetInfo();
        if (info.receiveWindow >= std::max<std::uint32_t>(info.receiveMss, 1))
        {
            return;
        }
    }
    m_resumedAt = Now();
    m_knownBytes = GetRecord().bytesRead + Available();
}

void
HoststackStreamReader::NoteArrival()
{
    if (m_resumedAt < 0 || GetRecord().bytesRead + Available() <= m_knownBytes)
    {
        return;
    }
    const auto took = Now() - std::exchange(m_resumedAt, -1);
    ++m_resumption.count;
    m_resumption.total += took;
    m_resumption.longest = std::max(m_resumption.longest, took);
}

bool
HoststackStreamReader::IsComplete() const
{
    const auto read = GetRecord().bytesRead;
    return m_expected > 0 ? read >= m_expected : HasPeerClosed() && Available() == 0;
}

void
HoststackStreamReader::Look()
{
    while (!IsFinished())
    {
        const bool gaveData = ReadOnce();
        if (IsComplete())
        {
            CancelWake();
            Close();
            Finish();
            return;
        }
        const bool stops =
            m_pattern.pauseAt > 0 && !m_hasPaused && GetRecord().bytesRead >= m_pattern.pauseAt;
        if (stops || m_pattern.pause > 0)
        {
            m_hasPaused = m_hasPaused || stops;
            m_longSleep = stops;
            m_asleep = true;
            WakeAt(Now() + (stops ? m_pattern.pauseFor : m_pattern.pause));
            return;
        }
        if (!gaveData)
        {
            return;
        }
    }
}

bool
HoststackStreamReader::ReadOnce()
{
    const std::uint64_t there = Available();
    const auto read = GetRecord().bytesRead;
    const bool isRest = HasPeerClosed() || (m_expected > 0 && read + there >= m_expected);
    if (there == 0 || (there < m_pattern.lowWaterMark && !isRest))
    {
        return false;
    }
    std::uint64_t most = m_pattern.readSize > 0 ? m_pattern.readSize : kAll;
    if (m_pattern.pauseAt > 0 && !m_hasPaused)
    {
        most = std::min(most, m_pattern.pauseAt - read);
    }
    return Read(most) > 0;
}

} // namespace ns3
