// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-helper.h"
#include "ns3/hs-machine.h"
#include "ns3/hs-net-device.h"

#include <ns3/node-container.h>
#include <ns3/simulator.h>

#include <catch2/catch.hpp>
#include <memory>
#include <utility>
#include <vector>

using namespace ns3;
using hoststack::kMicrosecond;
using hoststack::TimeNs;
namespace host = hoststack::host;

namespace
{

/// One core that comes to its work 2 ms after it was asked, and takes 1 us for each frame.
class SlowProcessor final : public host::Processor, private hoststack::Alarm::Owner
{
  public:
    explicit SlowProcessor(hoststack::Clock& clock)
        : m_clock(clock),
          m_alarm(clock.NewAlarm(*this)),
          m_idle(*this, m_prices, host::ContextKind::User, 0, 0)
    {
        m_prices.each[static_cast<std::size_t>(host::Operation::ReceiveFrame)] = kMicrosecond;
    }

    void Interrupt(TimeNs now, host::CoreId /* core */, host::Work& work) override
    {
        ++interrupts;
        if (m_pending == nullptr)
        {
            m_pending = &work;
            m_alarm->Arm(now, now + 2000 * kMicrosecond);
        }
    }

    void RaiseSoftIrq(TimeNs now, host::CoreId core, host::SoftIrq, host::Work& work) override
    {
        Interrupt(now, core, work);
    }

    host::Thread& Spawn(const host::ThreadConfig& /* config */, host::Work& /* work */) override
    {
        return m_thread;
    }

    void Wake(TimeNs /* now */, host::Thread& /* thread */) override
    {
    }

    void End(host::Thread& /* thread */) override
    {
    }

    void Forget(host::Work& /* work */) override
    {
    }

    void Release(host::Context& context, host::Effect& effect) override
    {
        effect.Happen(context.Now());
    }

    host::Context& Current() override
    {
        m_idle = host::Context(*this, m_prices, host::ContextKind::User, 0, m_clock.Now());
        return m_running != nullptr ? *m_running : m_idle;
    }

    int interrupts{0};

  private:
    void OnAlarm(TimeNs now) override
    {
        host::Context context(*this, m_prices, host::ContextKind::HardIrq, 0, now);
        m_running = &context;
        std::exchange(m_pending, nullptr)->Run(context);
        m_running = nullptr;
    }

    hoststack::Clock& m_clock;
    hoststack::AlarmPointer m_alarm;
    host::PriceList m_prices;
    host::Context m_idle;
    host::Context* m_running{nullptr};
    host::Work* m_pending{nullptr};
    host::Thread m_thread;
};

} // namespace

TEST_CASE("frames wait in the device while its processor has no time, and each is charged", "[nic]")
{
    NodeContainer nodes;
    nodes.Create(2);
    hoststack::LinkConfig link;
    link.rate = 10'000'000;
    link.delay = hoststack::kMillisecond;
    HoststackLinkHelper links;
    const auto devices = links.Install(nodes.Get(0), nodes.Get(1), link);
    const auto machine = HoststackMachine::Of(nodes.Get(1));
    auto owned = std::make_unique<SlowProcessor>(machine->Clock());
    auto& processor = *owned;
    machine->SetProcessor(std::move(owned));
    std::vector<std::uint32_t> sizes;
    std::vector<TimeNs> times;
    std::vector<TimeNs> ahead;
    devices.Get(1)->SetReceiveCallback(NetDevice::ReceiveCallback(
        [&](Ptr<NetDevice>, Ptr<const Packet> packet, std::uint16_t, const Address&) {
            sizes.push_back(packet->GetSize());
            times.push_back(NowNs());
            ahead.push_back(machine->Current().Now() - NowNs());
            return true;
        }));
    for (const std::uint32_t size : {1000U, 500U, 250U})
    {
        devices.Get(0)->Send(Create<Packet>(size), Address(), 0x0800);
    }
    Simulator::Run();
    // 0.8 ms on the wire, 1 ms of delay; the others arrive before the processor comes to the first.
    CHECK(sizes == std::vector<std::uint32_t>{1000, 500, 250});
    CHECK(times == std::vector<TimeNs>(3, 3800 * kMicrosecond));
    CHECK(ahead == std::vector<TimeNs>{kMicrosecond, 2 * kMicrosecond, 3 * kMicrosecond});
    CHECK(processor.interrupts == 1);
    Simulator::Destroy();
}
