// SPDX-License-Identifier: GPL-2.0-only

#ifndef HOST_TEST_TOOLS_H
#define HOST_TEST_TOOLS_H

#include "../base/test-clock.h"
#include "ns3/hs-processor.h"
#include "ns3/hs-smp-processor.h"

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace hoststack::test
{

/// Work that a lambda does.
struct Doing final : public host::Work
{
    explicit Doing(std::function<void(host::Context&)> what)
        : what(std::move(what))
    {
    }

    void Run(host::Context& context) override
    {
        ++runs;
        what(context);
    }

    std::function<void(host::Context&)> what;
    std::uint64_t runs{0};
};

/// Notes when it happens.
struct Noting : public host::Effect
{
    void Happen(TimeNs at) override
    {
        times.push_back(at);
    }

    std::vector<TimeNs> times;
};

/// Calls at a steady pace.
class Beat : private Alarm::Owner
{
  public:
    Beat(Clock& clock, TimeNs first, TimeNs period, std::function<void(TimeNs)> what)
        : m_at(first),
          m_period(period),
          m_what(std::move(what)),
          m_alarm(clock.NewAlarm(*this))
    {
        m_alarm->Arm(clock.Now(), m_at);
    }

  private:
    void OnAlarm(TimeNs now) override
    {
        if (now >= m_at)
        {
            m_at += m_period;
            m_what(now);
        }
        m_alarm->Arm(now, m_at);
    }

    TimeNs m_at;
    TimeNs m_period;
    std::function<void(TimeNs)> m_what;
    AlarmPointer m_alarm;
};

/// A device whose interrupt is off while it is polled (NAPI). A packet costs \p price.
class Nic : public host::Work
{
  public:
    Nic(host::Processor& processor, TimeNs price, std::uint32_t ring, host::CoreId core = 0)
        : m_processor(processor),
          m_price(price),
          m_ring(ring),
          m_core(core),
          m_poll([this](host::Context& context) { Poll(context); })
    {
    }

    void Arrive(TimeNs now)
    {
        if (m_waiting == m_ring)
        {
            ++dropped;
            return;
        }
        ++m_waiting;
        if (!std::exchange(m_masked, true))
        {
            m_processor.Interrupt(now, m_core, *this);
        }
    }

    std::uint64_t dropped{0};
    std::uint64_t taken{0};

  private:
    void Run(host::Context& context) override
    {
        m_processor.RaiseSoftIrq(context.Now(), m_core, host::SoftIrq::Receive, m_poll);
    }

    void Poll(host::Context& context)
    {
        if (m_waiting > 0)
        {
            --m_waiting;
            ++taken;
            context.Took(1);
            context.Spend(m_price);
        }
        if (m_waiting > 0)
        {
            context.Ask(host::Sequel::Later);
        }
        else
        {
            m_masked = false;
        }
    }

    host::Processor& m_processor;
    TimeNs m_price;
    std::uint32_t m_ring;
    host::CoreId m_core;
    Doing m_poll;
    std::uint32_t m_waiting{0};
    bool m_masked{false};
};

} // namespace hoststack::test

#endif // HOST_TEST_TOOLS_H
