// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_STREAM_READER_H
#define HS_STREAM_READER_H

#include "ns3/hs-session.h"

#include <vector>

namespace ns3
{

/**
 * Reads a stream, at once or slowly. Finished when the bytes it waits for, or the end of the
 * stream, have been read; it then closes.
 *
 * With a pause it looks at the socket on a beat of its own, whatever arrives in between; a beat on
 * which there is nothing to read passes. Without one it reads whenever data arrives.
 *
 * It is awake at once and a read takes no time, unless the pattern says how long a thread takes to
 * run once there is something to read, and how fast bytes are copied. During a read that takes time
 * segments arrive as ever and are acknowledged; what they bring is read with it, up to its size.
 * The window that the read itself opens is announced at its end (tcp_recvmsg, mptcp_recvmsg). A
 * kernel leaves what arrives for a plain TCP socket in its backlog meanwhile; that is not modelled.
 */
class HoststackStreamReader : public HoststackSession
{
  public:
    struct Pattern
    {
        hoststack::TimeNs startDelay{0}; ///< from the connection to the first look
        std::uint64_t readSize{0};       ///< most bytes per read; 0: no limit
        hoststack::TimeNs pause{0};      ///< between two looks
        std::uint64_t lowWaterMark{1};   ///< reads only when this much is there, or the end
        std::uint64_t pauseAt{0};        ///< stops after this many bytes, once; 0: never
        hoststack::TimeNs pauseFor{0};   ///< ... for this long
        /// From the first byte to read to the read call, when the reader had to wait for it.
        hoststack::TimeNs wakeLatency{0};
        /// How fast a read copies; 0: in no time. A read without a limit then takes what was there
        /// when it began.
        hoststack::BitsPerSecond copyRate{0};
        /// Bytes between two pauses, as they come; 0: pauses after each read.
        std::uint64_t step{0};
        std::uint64_t reply{0}; ///< bytes it writes after each read
    };

    /// \param expected bytes after which it has finished; 0: the end of the stream
    HoststackStreamReader(const Pattern& pattern, std::uint64_t expected);

    /**
     * Each time a read opened a window that it had found closed (less than a segment left): from
     * the end of that read to the arrival of a segment's worth of bytes beyond the closed window,
     * which the peer would not have sent without news of the opening. In their order.
     */
    const std::vector<hoststack::TimeNs>& GetResumeDelays() const
    {
        return m_resumeDelays;
    }

  protected:
    void OnConnected() override;
    void OnReadable() override;
    void OnPeerClosed() override;
    void OnWake() override;

  private:
    void SleepUntil(hoststack::TimeNs at);
    void WakeUp();
    void Look();
    bool IsReady() const;
    std::uint64_t NextSize() const;
    void BeginCopy(std::uint64_t size);
    void Copy();
    void CopyOn();
    bool GoesOnAfter(std::uint64_t got);
    void BeforeRead();
    void AfterRead();
    void NoteArrival();
    bool IsComplete() const;

    Pattern m_pattern;
    std::uint64_t m_expected;
    bool m_asleep{false};              ///< the timer says when to look next
    bool m_hasPaused{false};           ///< the one long pause is over or under way
    std::uint64_t m_stepLeft;          ///< until the next pause
    bool m_foundClosed{false};         ///< the window; no read has opened it since
    hoststack::TimeNs m_resumedAt{-1}; ///< waiting for new data since then
    std::uint64_t m_openedEdge{0};     ///< one segment beyond the end of the closed window
    bool m_reading{false};             ///< in a read that takes no time
    bool m_copying{false};             ///< in a read that takes time
    std::uint64_t m_copyLeft{0};       ///< of what that read may take
    std::uint64_t m_copyPart{0};       ///< being copied until the timer
    std::uint64_t m_copied{0};
    std::vector<hoststack::TimeNs> m_resumeDelays;
};

} // namespace ns3

#endif // HS_STREAM_READER_H
