// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_EVENT_LOG_H
#define HS_EVENT_LOG_H

#include "ns3/hs-units.h"

#include <cstdint>
#include <vector>

namespace hoststack
{

/// What a connection can tell an event log. All of them are rare against packets.
enum class Happening : std::uint8_t
{
    Connected,    ///< the handshake is over
    TimeOut,      ///< retransmission time-out; value: how many in a row
    FastRecovery, ///< entered
    LossProbe,    ///< sent
    Undo,         ///< a reduction of the window was taken back
    WindowClosed, ///< the window that this end announces became zero
    WindowOpened, ///< ... and is no longer
    Ended,        ///< value: the connection's End, and 256 times the retries it was given up after
    SubflowAdded, ///< a join is complete
    SubflowLost,  ///< no part of the connection any more; value: as for Ended
    Stale,        ///< the subflow was found stale
    Alive,        ///< ... and is no longer
    Reinjection,  ///< value: bytes that are to go out again on other subflows
    DataTimeOut,  ///< the data-level retransmission timer
    FallBack,     ///< plain TCP from now on
};

/// "connected", "time-out", "fast-recovery", ...
const char* ToString(Happening what);

struct LogEntry
{
    TimeNs at{0};
    std::uint32_t object{0}; ///< the listener's number of the connection
    std::uint32_t part{0};   ///< subflow; 0: the connection
    Happening what{Happening::Connected};
    std::uint64_t value{0};
};

/**
 * Takes what connections note, in the order of simulated time. Its owner empties it every so often:
 * it grows with the events in between.
 */
class EventLog
{
  public:
    void Note(const LogEntry& entry)
    {
        m_entries.push_back(entry);
    }

    const std::vector<LogEntry>& Entries() const
    {
        return m_entries;
    }

    void Clear()
    {
        m_entries.clear();
    }

  private:
    std::vector<LogEntry> m_entries;
};

/// Where one connection notes; without a log it costs a comparison per event.
struct EventSource
{
    EventLog* log{nullptr};
    std::uint32_t object{0};
    std::uint32_t part{0};

    void Note(TimeNs at, Happening what, std::uint64_t value = 0) const
    {
        if (log)
        {
            log->Note({at, object, part, what, value});
        }
    }
};

} // namespace hoststack

#endif // HS_EVENT_LOG_H
