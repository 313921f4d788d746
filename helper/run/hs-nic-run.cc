// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-nic-run.h"

#include "ns3/hs-channel.h"
#include "ns3/hs-machine.h"
#include "ns3/hs-net-device.h"
#include "ns3/hs-ns3-clock.h"
#include "ns3/hs-receive-path.h"
#include "ns3/hs-smp-processor.h"
#include "ns3/hs-transmit-path.h"

#include <algorithm>

namespace ns3
{

namespace
{

void
AddSent(const HoststackTransmitPath& path, hoststack::NicSendFigures& all)
{
    const auto& sent = path.GetCounters();
    all.units += sent.units;
    all.frames += sent.frames;
    all.transfers += sent.transfers;
    all.lost += sent.lost;
    all.marked += sent.marked;
    all.interrupts += sent.interrupts;
    all.stops += sent.stops;
    all.wakeUps += sent.wakeUps;
    all.waited += sent.waited;
    all.left += sent.left;
    all.longestWait = std::max(all.longestWait, sent.longestWait);
    all.mostWaiting = std::max<std::uint64_t>(all.mostWaiting, sent.mostWaiting);
    all.byteLimit = path.ByteLimit().Limit();
}

} // namespace

NicRun::NicRun(const hoststack::Scenario& scenario,
               std::size_t index,
               const ScenarioNetwork& network)
    : m_name("hosts." + scenario.hosts[index].name + ".nic")
{
    if (scenario.hosts[index].nic && !network.IsOutside(index))
    {
        m_node = network.GetNode(index);
        const auto& machine = scenario.hosts[index].machine;
        m_cores = machine ? machine->config.cores : m_cores;
    }
}

hoststack::NicFigures
NicRun::Take() const
{
    hoststack::NicFigures all;
    for (std::uint32_t i = 0; i < m_node->GetNDevices(); ++i)
    {
        const auto device = DynamicCast<HoststackNetDevice>(m_node->GetDevice(i));
        if (!device || !device->ReceivePath())
        {
            continue;
        }
        const auto& path = device->ReceivePath()->GetCounters();
        all.interrupts += path.interrupts;
        all.polls += path.polls;
        all.fullPolls += path.fullPolls;
        all.frames += path.frames;
        all.lost += path.lost;
        all.bytes += path.bytes;
        all.tooLarge += path.tooLarge;
        all.sentBytes +=
            device->GetHoststackChannel()->Direction(device->GetSide()).Counters().offeredBytes;
        const auto& offload = device->ReceivePath()->OffloadCounters();
        all.offload.packets += offload.packets;
        all.offload.units += offload.units;
        all.offload.discarded += offload.discarded;
        for (std::size_t reason = 0; reason < offload.reasons.size(); ++reason)
        {
            all.offload.reasons[reason] += offload.reasons[reason];
        }
        if (const auto aggregates = device->ReceivePath()->AggregateCounters())
        {
            all.aggregates = all.aggregates.value_or(hoststack::ReceiveAggregates::Counters());
            all.aggregates->transfers += aggregates->transfers;
            all.aggregates->tooLong += aggregates->tooLong;
            all.aggregates->lost += aggregates->lost;
            all.aggregates->failures += aggregates->failures;
            all.aggregates->starved += aggregates->starved;
        }
        if (const auto* sending = device->TransmitPath())
        {
            all.sent = all.sent.value_or(hoststack::NicSendFigures());
            AddSent(*sending, *all.sent);
        }
    }
    using hoststack::host::SmpProcessor;
    if (auto* cores = dynamic_cast<SmpProcessor*>(&HoststackMachine::Of(m_node)->Processor()))
    {
        all.busy = 0;
        for (hoststack::host::CoreId core = 0; core < m_cores; ++core)
        {
            *all.busy += cores->Account(core, NowNs()).Busy();
        }
    }
    return all;
}

void
NicRun::Freeze()
{
    if (m_node && !m_frozen)
    {
        m_frozen = true;
        m_end = Take();
    }
}

void
NicRun::Report(hoststack::Metrics& metrics) const
{
    if (m_node)
    {
        hoststack::ReportTable(m_name,
                               hoststack::NicMetricTable(),
                               m_frozen ? m_end : Take(),
                               metrics);
    }
}

} // namespace ns3
