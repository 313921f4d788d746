// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-stream-reader.h"

#include <algorithm>
#include <utility>

namespace hoststack
{

namespace
{

/// A read that takes time is done in parts of this size: what a kernel copies and frees at once is
/// a received super-segment (at most 64 KiB) or a single one, so this lies between (estimate).
constexpr std::uint64_t kPart = 16384;

} // namespace

StreamReader::StreamReader(const ReadPattern& pattern, std::uint64_t expected)
    : m_pattern(pattern),
      m_expected(expected),
      m_stepLeft(pattern.step)
{
}

void
StreamReader::Step(ProgramIo& io, Ready ready)
{
    if (ready.Has(Ready::Stop))
    {
        io.Close();
        io.Finish();
        return;
    }
    if (ready.Has(Ready::Connected))
    {
        Begin(io);
    }
    if (ready.Has(Ready::Readable))
    {
        NoteArrival(io);
    }
    if (ready.Has(Ready::Readable) || ready.Has(Ready::Ended))
    {
        WakeUp(io);
    }
    if (ready.Has(Ready::Timer))
    {
        OnTimer(io);
    }
}

void
StreamReader::Begin(ProgramIo& io)
{
    if (m_pattern.startDelay > 0)
    {
        SleepUntil(io, io.Now() + m_pattern.startDelay);
    }
    else
    {
        Look(io);
    }
}

/// What a waiting reader does when there may be something.
void
StreamReader::WakeUp(ProgramIo& io)
{
    if (m_asleep || m_reading)
    {
        return;
    }
    if (m_pattern.wakeLatency == 0)
    {
        const auto before = io.GetRecord().bytesRead;
        Look(io);
        if (m_pattern.idlePause > 0 && io.GetRecord().bytesRead == before && !m_asleep &&
            !io.IsOver())
        {
            SleepUntil(io, io.Now() + m_pattern.idlePause);
        }
    }
    else if (IsReady(io))
    {
        m_waking = true;
        SleepUntil(io, io.Now() + m_pattern.wakeLatency);
    }
}

void
StreamReader::SleepUntil(ProgramIo& io, TimeNs at)
{
    m_asleep = true;
    io.WakeAt(at);
}

void
StreamReader::OnTimer(ProgramIo& io)
{
    if (m_copying)
    {
        CopyOn(io);
        return;
    }
    m_asleep = false;
    m_waking = false;
    Look(io);
}

void
StreamReader::BeforeRead(const ProgramIo& io)
{
    const auto status = m_resumedAt < 0 && !m_foundClosed ? io.Window() : std::nullopt;
    if (status)
    {
        m_foundClosed = status->IsClosed();
        m_openedEdge = io.GetRecord().bytesRead + io.Available() + status->announced + status->mss;
    }
}

/// A sender that was stopped by the window is about to be released; how soon does it answer?
void
StreamReader::AfterRead(ProgramIo& io)
{
    const auto status = m_foundClosed ? io.Window() : std::nullopt;
    if (status && status->CouldOpen())
    {
        m_foundClosed = false;
        m_resumedAt = io.Now();
    }
    if (m_pattern.reply > 0)
    {
        io.Write(m_pattern.reply);
    }
}

void
StreamReader::NoteArrival(const ProgramIo& io)
{
    if (m_resumedAt >= 0 && io.GetRecord().bytesRead + io.Available() >= m_openedEdge)
    {
        m_resumeDelays.push_back(io.Now() - std::exchange(m_resumedAt, -1));
    }
}

bool
StreamReader::IsComplete(const ProgramIo& io) const
{
    const auto read = io.GetRecord().bytesRead;
    return m_expected > 0 ? read >= m_expected : io.HasPeerClosed() && io.Available() == 0;
}

void
StreamReader::Look(ProgramIo& io)
{
    while (!io.IsOver())
    {
        const auto size = IsReady(io) ? NextSize(io) : 0;
        if (size > 0 && m_pattern.copyRate > 0)
        {
            BeginCopy(io, size);
            return;
        }
        if (size > 0)
        {
            BeforeRead(io);
        }
        m_reading = true; // a read may find more, which this loop will see
        const auto got = size > 0 ? io.Read(size) : 0;
        m_reading = false;
        if (!GoesOnAfter(io, got))
        {
            return;
        }
    }
}

/// After a look that gave \p got bytes. \return true if it looks again at once
bool
StreamReader::GoesOnAfter(ProgramIo& io, std::uint64_t got)
{
    if (got > 0)
    {
        AfterRead(io);
        m_stepLeft -= std::min(m_stepLeft, got);
    }
    if (IsComplete(io))
    {
        io.WakeAt(kNever);
        io.Close();
        io.Finish();
        return false;
    }
    if (io.HasPeerClosed() && io.Available() == 0)
    {
        io.WakeAt(kNever);
        io.Close();
        io.Fail();
        return false;
    }
    const bool stops =
        m_pattern.pauseAt > 0 && !m_hasPaused && io.GetRecord().bytesRead >= m_pattern.pauseAt;
    if (stops || (m_pattern.pause > 0 && m_stepLeft == 0))
    {
        m_hasPaused = m_hasPaused || stops;
        m_stepLeft = m_pattern.step;
        SleepUntil(io, io.Now() + (stops ? m_pattern.pauseFor : m_pattern.pause));
        return false;
    }
    return got > 0;
}

/// True if a read would give data, or the end would be seen.
bool
StreamReader::IsReady(const ProgramIo& io) const
{
    const std::uint64_t there = io.Available();
    const bool isRest =
        io.HasPeerClosed() || (m_expected > 0 && io.GetRecord().bytesRead + there >= m_expected);
    return isRest || io.IsReadable(m_pattern.lowWaterMark);
}

/// Most bytes that the next read takes; 0 if nothing is there.
std::uint64_t
StreamReader::NextSize(const ProgramIo& io) const
{
    if (io.Available() == 0)
    {
        return 0;
    }
    std::uint64_t size = m_pattern.readSize > 0 ? m_pattern.readSize : ProgramIo::kAll;
    if (m_stepLeft > 0)
    {
        size = std::min(size, m_stepLeft);
    }
    const bool mayStop = m_pattern.pauseAt > 0 && !m_hasPaused;
    return mayStop ? std::min(size, m_pattern.pauseAt - io.GetRecord().bytesRead) : size;
}

void
StreamReader::BeginCopy(ProgramIo& io, std::uint64_t size)
{
    BeforeRead(io);
    m_copying = true;
    m_copied = 0;
    m_copyLeft = m_pattern.readSize > 0 ? size : std::min<std::uint64_t>(size, io.Available());
    Copy(io);
}

void
StreamReader::Copy(ProgramIo& io)
{
    m_copyPart = std::min<std::uint64_t>({kPart, m_copyLeft, io.Available()});
    SleepUntil(io, io.Now() + SerialisationTime(m_copyPart, m_pattern.copyRate));
}

/// The part being copied is done.
void
StreamReader::CopyOn(ProgramIo& io)
{
    const auto got = io.ReadPart(m_copyPart);
    m_copied += got;
    m_copyLeft -= got;
    if (got > 0 && m_copyLeft > 0 && io.Available() > 0)
    {
        Copy(io);
        return;
    }
    io.EndRead(m_copied);
    m_copying = false;
    m_asleep = false;
    if (GoesOnAfter(io, m_copied))
    {
        Look(io);
    }
}

} // namespace hoststack
