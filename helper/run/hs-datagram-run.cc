// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-datagram-run.h"

#include "ns3/hs-random.h"

#include <ns3/inet-socket-address.h>
#include <ns3/node.h>
#include <ns3/simulator.h>

#include <algorithm>
#include <utility>

namespace ns3
{

using hoststack::DatagramKind;
using hoststack::ToSeconds;

std::unique_ptr<hoststack::Departures>
MakeDepartures(const hoststack::DatagramSpec& spec, std::uint64_t seed)
{
    const std::uint64_t bits = std::uint64_t{spec.size} * 8;
    if (spec.kind == DatagramKind::ConstantRate)
    {
        return hoststack::MakeConstantRate(bits, spec.rate);
    }
    hoststack::RandomStream stream(seed, "traffic/" + spec.name);
    return spec.kind == DatagramKind::Poisson
               ? hoststack::MakePoisson(bits, spec.rate, std::move(stream))
               : hoststack::MakeOnOff(bits, spec.rate, spec.periods, std::move(stream));
}

DatagramRun::DatagramRun(const hoststack::Scenario& scenario,
                         std::size_t index,
                         ScenarioNetwork& network,
                         std::function<void()> onOver)
    : m_spec(scenario.datagrams[index]),
      m_name("traffic." + m_spec.name),
      m_index(index)
{
    m_sender = network.FindOutside(m_spec.from);
    if (m_sender)
    {
        m_outside = std::make_shared<OutsideDatagrams>();
        m_outside->onOver = std::move(onOver);
        m_sender->TellDatagrams(index, m_outside);
        network.FindOutside(m_spec.to)->TellDatagrams(index, m_outside);
        return;
    }
    const auto way = network.Connect(m_spec.from, m_spec.to, m_spec.link);
    if (m_spec.kind == DatagramKind::Ping)
    {
        MakePing(index, way, network, std::move(onOver));
    }
    else
    {
        MakeDatagrams(scenario, way, network, std::move(onOver));
    }
}

void
DatagramRun::MakePing(std::size_t index,
                      const std::vector<std::size_t>& way,
                      ScenarioNetwork& network,
                      std::function<void()> onOver)
{
    m_ping = CreateObject<HoststackPing>();
    const auto address = [&](std::size_t host, std::size_t link) {
        return InetSocketAddress::ConvertFrom(network.GetAddress(host, link, 0)).GetIpv4();
    };
    HoststackPing::Config config;
    config.local = address(m_spec.from, way.front());
    config.remote = address(m_spec.to, way.back());
    config.identifier = static_cast<std::uint16_t>(index);
    config.size = m_spec.size;
    config.every = m_spec.every;
    config.count = m_spec.count;
    config.stop = m_spec.stop;
    config.onOver = std::move(onOver);
    m_ping->Configure(std::move(config));
    m_ping->SetStartTime(NanoSeconds(m_spec.start));
}

void
DatagramRun::MakeDatagrams(const hoststack::Scenario& scenario,
                           const std::vector<std::size_t>& way,
                           ScenarioNetwork& network,
                           std::function<void()> onOver)
{
    m_source = CreateObject<HoststackDatagramSource>();
    m_sink = CreateObject<HoststackDatagramSink>();
    HoststackDatagramSource::Config config;
    config.local = network.GetAddress(m_spec.from, way.front(), 0);
    config.remote = network.GetAddress(m_spec.to, way.back(), m_spec.port);
    config.size = m_spec.size;
    config.count = m_spec.count;
    config.wakesEvery = m_spec.wakesEvery;
    config.stop = m_spec.stop;
    config.onOver = std::move(onOver);
    m_source->Configure(std::move(config), MakeDepartures(m_spec, scenario.run.seed));
    m_source->SetStartTime(NanoSeconds(m_spec.start));
    m_sink->SetLocal(network.GetAnyAddress(m_spec.port));
    network.GetNode(m_spec.to)->AddApplication(m_sink);
}

void
DatagramRun::Stop()
{
    if (m_sender)
    {
        m_sender->StopDatagrams(m_index);
    }
    else
    {
        m_ping ? m_ping->Finish() : m_source->Finish();
    }
}

void
DatagramRun::AddSource(ScenarioNetwork& network)
{
    if (m_sender)
    {
        Simulator::Schedule(NanoSeconds(m_spec.start),
                            [this] { m_sender->StartDatagrams(m_index); });
        return;
    }
    network.GetNode(m_spec.from)
        ->AddApplication(m_ping ? Ptr<Application>(m_ping) : Ptr<Application>(m_source));
}

void
DatagramRun::StartMeasuring(hoststack::TimeNs now)
{
    m_beginAt = now;
    m_beginBytes = Bytes();
}

void
DatagramRun::Sample(hoststack::TimeNs now, hoststack::RunObserver& observer)
{
    if (m_frozen)
    {
        return;
    }
    const auto elapsed = now - m_sampledAt;
    const auto bytes = Bytes();
    if (elapsed > 0)
    {
        const auto arrived = m_heldBytes.value_or(bytes) - m_sampledBytes;
        observer.OnSample(now,
                          m_name,
                          "goodput",
                          static_cast<double>(arrived) * 8 / ToSeconds(elapsed));
    }
    observer.OnSample(now, m_name, "bytes", static_cast<double>(bytes));
    m_sampledAt = now;
    m_sampledBytes = bytes;
}

void
DatagramRun::Freeze(hoststack::TimeNs end, hoststack::RunObserver* observer)
{
    if (observer)
    {
        Sample(end, *observer);
    }
    auto metrics = std::make_unique<hoststack::Metrics>();
    Report(end, *metrics);
    m_frozen = std::move(metrics);
}

hoststack::TimeNs
DatagramRun::ActiveUntil(hoststack::TimeNs end) const
{
    const auto over = OverAt();
    const auto sent = std::min(m_spec.stop, over >= 0 ? over : end);
    return std::max(sent, LastArrival());
}

void
DatagramRun::Report(hoststack::TimeNs end, hoststack::Metrics& metrics) const
{
    if (m_frozen)
    {
        metrics.Add(*m_frozen);
        return;
    }
    const auto reordered = m_outside ? m_outside->reordered
                           : m_ping  ? m_ping->Reordered()
                                     : m_sink->Reordered();
    const auto& delays = m_outside ? m_outside->delays
                         : m_ping  ? m_ping->Delays()
                                   : m_sink->Delays();
    const auto& variations = m_outside ? m_outside->variations
                             : m_ping  ? m_ping->Variations()
                                       : m_sink->Variations();
    const hoststack::DatagramFigures figures{Sent(), Received(), reordered, &delays, &variations};
    hoststack::ReportTable(m_name, hoststack::DatagramMetricTable(), figures, metrics);
    const auto active = ActiveUntil(end) - std::max(m_spec.start, m_beginAt);
    const auto bytes = static_cast<double>(Bytes() - m_beginBytes);
    metrics.Set(m_name + ".bytes", bytes);
    if (active > 0)
    {
        metrics.Set(m_name + ".goodput", bytes * 8 / ToSeconds(active));
    }
    else
    {
        metrics.SetMissing(m_name + ".goodput");
    }
}

} // namespace ns3
