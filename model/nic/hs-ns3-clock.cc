// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-ns3-clock.h"

#include <ns3/event-impl.h>
#include <ns3/fatal-error.h>

namespace ns3
{

namespace
{

class ClockAlarm final : public EventImpl, public hoststack::Alarm
{
  public:
    ClockAlarm(Owner& owner, std::uint32_t context)
        : Alarm(owner),
          m_context(context)
    {
    }

  protected:
    void Notify() override
    {
        GoOff(NowNs());
    }

    void CallAt(hoststack::TimeNs now, hoststack::TimeNs at) override
    {
        Ref(); // the simulator drops one reference when the event has run
        Simulator::ScheduleWithContext(m_context, TimeStep(at - now), this);
    }

    void Retire() override
    {
        Alarm::Retire();
        Unref();
    }

  private:
    std::uint32_t m_context;
};

} // namespace

void
RequireNanosecondResolution()
{
    if (Time::GetResolution() != Time::NS)
    {
        NS_FATAL_ERROR(
            "hoststack counts time in nanoseconds, but Time::SetResolution chose another "
            "unit; leave ns-3's default (Time::NS)");
    }
}

hoststack::AlarmPointer
HoststackClock::NewAlarm(hoststack::Alarm::Owner& owner)
{
    return hoststack::AlarmPointer(new ClockAlarm(owner, m_context));
}

} // namespace ns3
