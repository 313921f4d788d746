// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_WORKER_THREAD_H
#define HS_WORKER_THREAD_H

#include "ns3/hs-machine.h"
#include "ns3/hs-processor.h"
#include "ns3/hs-units.h"

#include <ns3/ptr.h>

#include <deque>
#include <string>
#include <unordered_set>

namespace ns3
{

class HoststackSession;

/**
 * A thread that serves many streams, as the event loop of a proxy does: what has become ready waits
 * until the thread has been given a core, and is done in that order, one stream a step.
 */
class HoststackWorkerThread final : private hoststack::host::Work
{
  public:
    HoststackWorkerThread(Ptr<HoststackMachine> machine, std::string name);
    ~HoststackWorkerThread();
    HoststackWorkerThread(const HoststackWorkerThread&) = delete;
    HoststackWorkerThread& operator=(const HoststackWorkerThread&) = delete;

    /// \p session has something to do.
    void Wake(hoststack::TimeNs now, HoststackSession& session);
    void Forget(const HoststackSession& session);

  private:
    void Run(hoststack::host::Context& context) override;

    Ptr<HoststackMachine> m_machine;
    hoststack::host::Thread& m_thread;
    std::deque<HoststackSession*> m_ready;
    std::unordered_set<const HoststackSession*> m_waiting; ///< in m_ready beside its first
};

} // namespace ns3

#endif // HS_WORKER_THREAD_H
