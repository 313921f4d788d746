// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-stream-reader.h"

#include "ns3/hs-tcp-socket.h"

#include <algorithm>
#include <utility>

namespace ns3
{

namespace
{

/// A read that takes time is done in parts of this size: what a kernel copies and frees at once is
/// a received super-segment (at most 64 KiB) or a single one, so this lies between (estimate).
constexpr std::uint64_t kPart = 16384;

} // namespace

HoststackStreamReader::HoststackStreamReader(const Pattern& pattern, std::uint64_t expected)
    : m_pattern(pattern),
      m_expected(expected),
      m_stepLeft(pattern.step)
{
}

void
HoststackStreamReader::OnConnected()
{
    if (m_pattern.startDelay > 0)
    {
        SleepUntil(Now() + m_pattern.startDelay);
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
    WakeUp();
}

void
HoststackStreamReader::OnPeerClosed()
{
    WakeUp();
}

/// What a waiting reader does when there may be something.
void
HoststackStreamReader::WakeUp()
{
    if (m_asleep || m_reading)
    {
        return;
    }
    if (m_pattern.wakeLatency == 0)
    {
        Look();
    }
    else if (IsReady())
    {
        SleepUntil(Now() + m_pattern.wakeLatency);
    }
}

void
HoststackStreamReader::SleepUntil(hoststack::TimeNs at)
{
    m_asleep = true;
    WakeAt(at);
}

void
HoststackStreamReader::OnWake()
{
    if (m_copying)
    {
        CopyOn();
        return;
    }
    m_asleep = false;
    Look();
}

void
HoststackStreamReader::BeforeRead()
{
    const auto* socket = GetOwnSocket();
    if (socket && m_resumedAt < 0 && !m_foundClosed)
    {
        const auto status = socket->GetWindowStatus();
        m_foundClosed = status.IsClosed();
        m_openedEdge = GetRecord().bytesRead + Available() + status.announced + status.mss;
    }
}

/// A sender that was stopped by the window is about to be released; how soon does it answer?
void
HoststackStreamReader::AfterRead()
{
    if (m_foundClosed && GetOwnSocket()->GetWindowStatus().CouldOpen())
    {
        m_foundClosed = false;
        m_resumedAt = Now();
    }
    if (m_pattern.reply > 0)
    {
        Write(m_pattern.reply);
    }
}

void
HoststackStreamReader::NoteArrival()
{
    if (m_resumedAt >= 0 && GetRecord().bytesRead + Available() >= m_openedEdge)
    {
        m_resumeDelays.push_back(Now() - std::exchange(m_resumedAt, -1));
    }
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
        const auto size = IsReady() ? NextSize() : 0;
        if (size > 0 && m_pattern.copyRate > 0)
        {
            BeginCopy(size);
            return;
        }
        if (size > 0)
        {
            BeforeRead();
        }
        m_reading = true; // a read may find more, which this loop will see
        const auto got = size > 0 ? Read(size) : 0;
        m_reading = false;
        if (!GoesOnAfter(got))
        {
            return;
        }
    }
}

/// After a look that gave \p got bytes. \return true if it looks again at once
bool
HoststackStreamReader::GoesOnAfter(std::uint64_t got)
{
    if (got > 0)
    {
        AfterRead();
        m_stepLeft -= std::min(m_stepLeft, got);
    }
    if (IsComplete())
    {
        CancelWake();
        Close();
        Finish();
        return false;
    }
    const bool stops =
        m_pattern.pauseAt > 0 && !m_hasPaused && GetRecord().bytesRead >= m_pattern.pauseAt;
    if (stops || (m_pattern.pause > 0 && m_stepLeft == 0))
    {
        m_hasPaused = m_hasPaused || stops;
        m_stepLeft = m_pattern.step;
        SleepUntil(Now() + (stops ? m_pattern.pauseFor : m_pattern.pause));
        return false;
    }
    return got > 0;
}

/// True if a read would give data, or the end would be seen.
bool
HoststackStreamReader::IsReady() const
{
    const std::uint64_t there = Available();
    const bool isRest =
        HasPeerClosed() || (m_expected > 0 && GetRecord().bytesRead + there >= m_expected);
    return isRest || (there > 0 && there >= m_pattern.lowWaterMark);
}

/// Most bytes that the next read takes; 0 if nothing is there.
std::uint64_t
HoststackStreamReader::NextSize() const
{
    if (Available() == 0)
    {
        return 0;
    }
    std::uint64_t size = m_pattern.readSize > 0 ? m_pattern.readSize : kAll;
    if (m_stepLeft > 0)
    {
        size = std::min(size, m_stepLeft);
    }
    const bool mayStop = m_pattern.pauseAt > 0 && !m_hasPaused;
    return mayStop ? std::min(size, m_pattern.pauseAt - GetRecord().bytesRead) : size;
}

void
HoststackStreamReader::BeginCopy(std::uint64_t size)
{
    BeforeRead();
    m_copying = true;
    m_copied = 0;
    m_copyLeft = m_pattern.readSize > 0 ? size : std::min<std::uint64_t>(size, Available());
    Copy();
}

void
HoststackStreamReader::Copy()
{
    m_copyPart = std::min<std::uint64_t>({kPart, m_copyLeft, Available()});
    SleepUntil(Now() + hoststack::SerialisationTime(m_copyPart, m_pattern.copyRate));
}

/// The part being copied is done.
void
HoststackStreamReader::CopyOn()
{
    const auto got = ReadPart(m_copyPart);
    m_copied += got;
    m_copyLeft -= got;
    if (got > 0 && m_copyLeft > 0 && Available() > 0)
    {
        Copy();
        return;
    }
    EndRead(m_copied);
    m_copying = false;
    m_asleep = false;
    if (GoesOnAfter(m_copied))
    {
        Look();
    }
}

} // namespace ns3
