// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RUN_EVENTS_H
#define HS_RUN_EVENTS_H

#include "ns3/hs-event-log.h"
#include "ns3/hs-run-observer.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ns3
{

/// Collects what happens in a run, from the connections' log and from the run itself, and tells the
/// observer in the order of time. Without one that wants to know, connections have no log.
class RunEvents
{
  public:
    /// Who notes.
    struct Origin
    {
        std::string object; ///< "traffic.NAME"
        std::string host;
        /// What is to follow \p object for a subflow: "subflows.LINK"; empty: nothing.
        std::function<std::string(std::uint32_t)> part;
    };

    explicit RunEvents(hoststack::RunObserver& observer);

    bool AreWanted() const
    {
        return m_wanted;
    }

    /// What to give a connection.
    hoststack::EventSource NewSource(Origin origin);

    /// Hands on what connections have noted.
    void Drain();
    void Note(const hoststack::RunEvent& event);

  private:
    hoststack::RunObserver& m_observer;
    bool m_wanted;
    hoststack::EventLog m_log;
    std::vector<Origin> m_origins;
};

} // namespace ns3

#endif // HS_RUN_EVENTS_H
