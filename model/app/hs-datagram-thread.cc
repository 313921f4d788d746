// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-datagram-thread.h"

#include <utility>

namespace ns3
{

using hoststack::kNever;
using hoststack::TimeNs;
using hoststack::host::Context;

/// The timer that has gone off, as work of a core.
class HoststackDatagramThread::Expiry final : public hoststack::host::Work
{
  public:
    explicit Expiry(HoststackDatagramThread& thread)
        : m_owner(&thread)
    {
    }

    void Leave()
    {
        m_owner = nullptr;
    }

    HoststackDatagramThread* Owner() const
    {
        return m_owner;
    }

  private:
    void Run(Context& context) override
    {
        context.Charge(hoststack::host::Operation::Timer);
        if (m_owner != nullptr)
        {
            m_owner->m_machine->Processor().Wake(context.Now(), m_owner->m_thread);
        }
    }

    HoststackDatagramThread* m_owner;
};

HoststackDatagramThread::HoststackDatagramThread(Ptr<HoststackMachine> machine, Step step)
    : m_machine(std::move(machine)),
      m_step(std::move(step)),
      m_thread(m_machine->Processor().Spawn({}, *this)),
      m_expiry(std::make_shared<Expiry>(*this)),
      m_alarm(m_machine->Clock().NewAlarm(*this))
{
}

HoststackDatagramThread::~HoststackDatagramThread()
{
    m_expiry->Leave();
    m_machine->Processor().Forget(*m_expiry);
    m_machine->Processor().End(m_thread);
}

void
HoststackDatagramThread::SleepUntil(Context& context, TimeNs at)
{
    m_due = at;
    if (!context.IsAhead())
    {
        Arm();
        return;
    }
    m_machine->Later().Release(context, [expiry = m_expiry](TimeNs) {
        if (auto* owner = expiry->Owner())
        {
            owner->Arm();
        }
    });
}

void
HoststackDatagramThread::Stop()
{
    m_due = kNever;
    Arm();
}

void
HoststackDatagramThread::Arm()
{
    m_alarm->Arm(m_machine->Clock().Now(), m_due);
}

void
HoststackDatagramThread::OnAlarm(TimeNs now)
{
    if (m_due > now)
    {
        Arm();
        return;
    }
    m_due = kNever;
    m_machine->Processor().RaiseSoftIrq(now, 0, hoststack::host::SoftIrq::Timer, *m_expiry);
}

void
HoststackDatagramThread::Run(Context& context)
{
    m_step(context);
}

} // namespace ns3
