// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_STREAM_READER_H
#define HS_STREAM_READER_H

#include "ns3/hs-session.h"

namespace ns3
{

/**
 * Reads a stream, at once or slowly. Finished when the bytes it waits for, or the end of the
 * stream, have been read; it then closes.
 *
 * With a pause it looks at the socket on a beat of its own, whatever arrives in between; a beat on
 * which there is nothing to read passes. Without one it reads whenever data arrives.
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
    };

    /// How long new data took to come after reading went on with the window closed.
    struct Resumption
    {
        std::uint64_t count{0};
        hoststack::TimeNs total{0};
        hoststack::TimeNs longest{0};
    };

    /// \param expected bytes after which it has finished; 0: the end of the stream
    HoststackStreamReader(const Pattern& pattern, std::uint64_t expected);

    const Resumption& GetResumption() const
    {
        return m_resumption;
    }

  protected:
    void OnConnected() override;
    void OnReadable() override;
    void OnPeerClosed() override;
    void OnWake() override;

  private:
    void Look();
    bool ReadOnce();
    void GoOn();
    void NoteArrival();
    bool IsComplete() const;

    Pattern m_pattern;
    std::uint64_t m_expected;
    bool m_asleep{false};              ///< the timer says when to look next
    bool m_longSleep{false};           ///< ... after the start delay or the one long pause
    bool m_hasPaused{false};           ///< the one long pause is over or under way
    hoststack::TimeNs m_resumedAt{-1}; ///< waiting for new data since then
    std::uint64_t m_knownBytes{0};     ///< that had arrived at that time
    Resumption m_resumption;
};

} // namespace ns3

#endif // HS_STREAM_READER_H
