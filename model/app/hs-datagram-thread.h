// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DATAGRAM_THREAD_H
#define HS_DATAGRAM_THREAD_H

#include "ns3/hs-clock.h"
#include "ns3/hs-machine.h"
#include "ns3/hs-processor.h"
#include "ns3/hs-units.h"

#include <ns3/ptr.h>

#include <functional>
#include <memory>

namespace ns3
{

/**
 * A thread that sleeps until a timer of the host wakes it, as a program that paces datagrams by
 * itself does. Timer, wake-up and what the step charges are work of the host's cores.
 */
class HoststackDatagramThread final : private hoststack::host::Work, private hoststack::Alarm::Owner
{
  public:
    using Step = std::function<void(hoststack::host::Context&)>;

    HoststackDatagramThread(Ptr<HoststackMachine> machine, Step step);
    ~HoststackDatagramThread();
    HoststackDatagramThread(const HoststackDatagramThread&) = delete;
    HoststackDatagramThread& operator=(const HoststackDatagramThread&) = delete;

    /// It sleeps once all that \p context has charged has been paid, and is woken at \p at or
    /// later.
    void SleepUntil(hoststack::host::Context& context, hoststack::TimeNs at);
    /// Nothing wakes it any more.
    void Stop();

  private:
    class Expiry;

    void Run(hoststack::host::Context& context) override;
    void OnAlarm(hoststack::TimeNs now) override;
    void Arm();

    Ptr<HoststackMachine> m_machine;
    Step m_step;
    hoststack::host::Thread& m_thread;
    std::shared_ptr<Expiry> m_expiry;
    hoststack::AlarmPointer m_alarm;
    hoststack::TimeNs m_due{hoststack::kNever};
};

} // namespace ns3

#endif // HS_DATAGRAM_THREAD_H
