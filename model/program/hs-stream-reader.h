// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_STREAM_READER_H
#define HS_STREAM_READER_H

#include "ns3/hs-program-patterns.h"
#include "ns3/hs-program.h"

#include <vector>

namespace hoststack
{

/**
 * Reads a stream, at once or slowly. Finished when the bytes it waits for, or the end of the
 * stream, have been read; it then closes. Failed when the stream ends before those bytes.
 *
 * With a pause it looks at the stream on a beat of its own, whatever arrives in between; a beat on
 * which there is nothing to read passes. Without one it reads whenever data arrives.
 *
 * It is awake at once and a read takes no time, unless the pattern says how long a thread takes to
 * run once there is something to read, and how fast bytes are copied. During a read that takes time
 * segments arrive as ever and are acknowledged; what they bring is read with it, up to its size.
 * The window that the read itself opens is announced at its end (tcp_recvmsg, mptcp_recvmsg). A
 * kernel leaves what arrives for a plain TCP socket in its backlog meanwhile; that is not modelled.
 */
class StreamReader : public Program
{
  public:
    /// \param expected bytes after which it has finished; 0: the end of the stream
    StreamReader(const ReadPattern& pattern, std::uint64_t expected);

    void Step(ProgramIo& io, Ready ready) override;

    /// Level-triggered, as poll(2) and epoll(7) without EPOLLET.
    Wait HowItWaits() const override
    {
        return m_copying || m_waking ? Wait::Busy : m_asleep ? Wait::Sleep : Wait::Level;
    }

    /**
     * Each time a read opened a window that it had found closed (less than a segment left): from
     * the end of that read to the arrival of a segment's worth of bytes beyond the closed window,
     * which the peer would not have sent without news of the opening. Empty where the window cannot
     * be seen.
     */
    const std::vector<TimeNs>* FindResumeDelays() const override
    {
        return &m_resumeDelays;
    }

  private:
    void Begin(ProgramIo& io);
    void SleepUntil(ProgramIo& io, TimeNs at);
    void WakeUp(ProgramIo& io);
    void OnTimer(ProgramIo& io);
    void Look(ProgramIo& io);
    bool IsReady(const ProgramIo& io) const;
    std::uint64_t NextSize(const ProgramIo& io) const;
    void BeginCopy(ProgramIo& io, std::uint64_t size);
    void Copy(ProgramIo& io);
    void CopyOn(ProgramIo& io);
    bool GoesOnAfter(ProgramIo& io, std::uint64_t got);
    void BeforeRead(const ProgramIo& io);
    void AfterRead(ProgramIo& io);
    void NoteArrival(const ProgramIo& io);
    bool IsComplete(const ProgramIo& io) const;

    ReadPattern m_pattern;
    std::uint64_t m_expected;
    bool m_asleep{false};          ///< the timer says when to look next
    bool m_waking{false};          ///< ... as a thread takes time until it runs
    bool m_hasPaused{false};       ///< the one long pause is over or under way
    std::uint64_t m_stepLeft;      ///< until the next pause
    bool m_foundClosed{false};     ///< the window; no read has opened it since
    TimeNs m_resumedAt{-1};        ///< waiting for new data since then
    std::uint64_t m_openedEdge{0}; ///< one segment beyond the end of the closed window
    bool m_reading{false};         ///< in a read that takes no time
    bool m_copying{false};         ///< in a read that takes time
    std::uint64_t m_copyLeft{0};   ///< of what that read may take
    std::uint64_t m_copyPart{0};   ///< being copied until the timer
    std::uint64_t m_copied{0};
    std::vector<TimeNs> m_resumeDelays;
};

} // namespace hoststack

#endif // HS_STREAM_READER_H
