// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-datagram-run.h"

#include "ns3/hs-random.h"

#include <ns3/node.h>

#include <algorithm>
#include <utility>

namespace ns3
{

using hoststack::DatagramKind;
using hoststack::ToSeconds;

namespace
{

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

} // namespace

DatagramRun::DatagramRun(const hoststack::Scenario& scenario,
                         std::size_t index,
                         ScenarioNetwork& network,
                         std::function<void()> onOver)
    : m_spec(scenario.datagrams[index]),
      m_name("traffic." + m_spec.name),
      m_source(CreateObject<HoststackDatagramSource>()),
      m_sink(CreateObject<HoststackDatagramSink>())
{
    const auto way = network.Connect(m_spec.from, m_spec.to, m_spec.link);
    HoststackDatagramSource::Config config;
    config.local = network.GetAddress(m_spec.from, way.front(), 0);
    config.remote = network.GetAddress(m_spec.to, way.back(), m_spec.port);
    config.size = m_spec.size;
    config.count = m_spec.count;
    config.stop = m_spec.stop;
    config.onOver = std::move(onOver);
    m_source->Configure(std::move(config), MakeDepartures(m_spec, scenario.run.seed));
    m_source->SetStartTime(NanoSeconds(m_spec.start));
    m_sink->SetLocal(network.GetAnyAddress(m_spec.port));
    network.GetNode(m_spec.to)->AddApplication(m_sink);
}

void
DatagramRun::AddSource(ScenarioNetwork& network)
{
    network.GetNode(m_spec.from)->AddApplication(m_source);
}

void
DatagramRun::StartMeasuring(hoststack::TimeNs now)
{
    m_beginAt = now;
    m_beginBytes = m_sink->Bytes();
}

void
DatagramRun::Sample(hoststack::TimeNs now, hoststack::RunObserver& observer)
{
    const auto elapsed = now - m_sampledAt;
    const auto bytes = m_sink->Bytes();
    if (elapsed > 0)
    {
        observer.OnSample(now,
                          m_name,
                          "goodput",
                          static_cast<double>(bytes - m_sampledBytes) * 8 / ToSeconds(elapsed));
    }
    observer.OnSample(now, m_name, "bytes", static_cast<double>(bytes));
    m_sampledAt = now;
    m_sampledBytes = bytes;
}

void
DatagramRun::Report(hoststack::TimeNs end, hoststack::Metrics& metrics) const
{
    const hoststack::DatagramFigures figures{m_source->Sent(),
                                             m_sink->Received(),
                                             m_sink->Reordered(),
                                             &m_sink->Delays(),
                                             &m_sink->Variations()};
    hoststack::ReportTable(m_name, hoststack::DatagramMetricTable(), figures, metrics);
    const auto over = m_source->OverAt();
    const auto until = over >= 0 ? std::min(over, end) : end;
    const auto active = std::min(until, m_spec.stop) - std::max(m_spec.start, m_beginAt);
    const auto bytes = static_cast<double>(m_sink->Bytes() - m_beginBytes);
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
