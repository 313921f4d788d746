// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-traffic-run.h"

#include "ns3/hs-application.h"
#include "ns3/hs-ns3-clock.h"
#include "ns3/hs-traffic-legs.h"

#include <ns3/simulator.h>

#include <algorithm>
#include <utility>

namespace ns3
{

TrafficRun::TrafficRun(const hoststack::Scenario& scenario,
                       std::size_t index,
                       ScenarioNetwork& network,
                       RunEvents& events)
    : m_scenario(scenario),
      m_spec(scenario.traffic[index])
{
    for (std::size_t i = 0; m_spec.IsRelayed() && i < m_spec.legs.size(); ++i)
    {
        m_legSpecs.push_back(hoststack::LegTraffic(m_spec, i));
    }
    for (std::size_t i = 0; i < m_spec.legs.size(); ++i)
    {
        const LegRun::Relays relays{i > 0, i + 1 < m_spec.legs.size(), i};
        m_legs.push_back(std::make_unique<LegRun>(scenario,
                                                  index,
                                                  m_spec.IsRelayed() ? m_legSpecs[i] : m_spec,
                                                  relays,
                                                  network,
                                                  events));
        m_legs.back()->SetOverCallback([this] { SessionOver(); });
    }
    if (m_spec.IsRelayed())
    {
        m_whole =
            std::make_unique<TrafficMeter>(scenario, m_spec, network, std::vector<std::size_t>());
        m_whole->SetApplications(m_legs.front()->From(), m_legs.back()->To());
        m_whole->SetNumbers([this](const HoststackSession& session) { return NumberOf(session); });
        m_meters.push_back(m_whole.get());
        MakeRelays(network);
    }
    for (const auto& leg : m_legs)
    {
        m_meters.push_back(&leg->Meter());
    }
    if (m_spec.stop != hoststack::kNever)
    {
        Simulator::Schedule(NanoSeconds(m_spec.stop), &TrafficRun::Stop, this, false);
    }
}

void
TrafficRun::AddOpener()
{
    for (const auto& leg : m_legs)
    {
        leg->AddOpener();
    }
}

/// The leg that is opened as number \p step, from 0.
LegRun&
TrafficRun::Opening(std::size_t step) const
{
    return *m_legs[m_spec.openedByReceiver ? m_legs.size() - 1 - step : step];
}

void
TrafficRun::MakeRelays(ScenarioNetwork& network)
{
    const bool isTo = !m_spec.openedByReceiver; // the end of a leg that listens
    for (std::size_t step = 0; step + 1 < m_legs.size(); ++step)
    {
        const auto host = m_spec.through[isTo ? step : m_spec.through.size() - 1 - step];
        if (network.IsOutside(host))
        {
            return; // so are all others, which pass connections on by themselves
        }
        const auto& before = Opening(step);
        const auto& next = Opening(step + 1);
        const auto listener = isTo ? before.To() : before.From();
        m_relays.push_back(std::make_unique<RelayRun>("traffic." + m_spec.name + ".through." +
                                                          m_scenario.hosts[host].name,
                                                      m_scenario.hosts[host].proxy,
                                                      step + 2 < m_legs.size(),
                                                      isTo ? next.From() : next.To(),
                                                      network.ProxyThreads(host)));
        auto& relay = *m_relays.back();
        listener->SetProgram([&relay] { return relay.Accept(); });
        Opening(step).SetSessionHook(!isTo, [this, step, &relay](HoststackSession& session) {
            const auto number = Opening(step).Meter().NumberOf(session);
            relay.Accepted(session, step > 0 ? m_relays[step - 1]->TunnelOf(number) : nullptr);
        });
        Opening(step + 1).SetSessionHook(isTo, [&relay](HoststackSession& session) {
            relay.Opened(session);
        });
    }
}

/// From the last listener back to the connection that was opened first.
std::size_t
TrafficRun::NumberOf(const HoststackSession& listener) const
{
    const auto* session = &listener;
    for (std::size_t step = m_legs.size() - 1;; --step)
    {
        const auto number = Opening(step).Meter().NumberOf(*session);
        if (step == 0 || number == 0)
        {
            return number;
        }
        session = m_relays[step - 1]->AcceptedFor(number);
        if (!session)
        {
            return 0;
        }
    }
}

const TrafficRun::Sessions&
TrafficRun::Source() const
{
    return (m_spec.application->IsFedByFrom() ? m_legs.front()->From() : m_legs.back()->To())
        ->GetSessions();
}

const TrafficRun::Sessions&
TrafficRun::Sink() const
{
    return (m_spec.application->IsFedByFrom() ? m_legs.back()->To() : m_legs.front()->From())
        ->GetSessions();
}

bool
TrafficRun::HasEnd() const
{
    return m_spec.stop != hoststack::kNever || m_spec.application->HasEnd();
}

namespace
{

/// Moves \p reached on to the first session that is not so. \return whether there is none
template <class Sessions, class Is>
bool
Reach(const Sessions& sessions, std::size_t& reached, Is is)
{
    while (reached < sessions.size() && is(*sessions[reached]))
    {
        ++reached;
    }
    return reached == sessions.size();
}

} // namespace

bool
TrafficRun::AreOver()
{
    const auto isOver = [](const HoststackSession& session) { return session.IsOver(); };
    return Sink().size() >= m_spec.connections && Reach(Sink(), m_sinkReached.over, isOver) &&
           (!m_spec.application->IsBothWays() || Reach(Source(), m_sourceReached.over, isOver)) &&
           (!m_spec.IsRelayed() ||
            std::all_of(m_legs.begin(), m_legs.end(), [](auto& leg) { return leg->IsOver(); }));
}

bool
TrafficRun::HaveFailed()
{
    const auto have = [this](const Sessions& sessions, Reached& reached) {
        return sessions.size() >= m_spec.connections &&
               Reach(sessions, reached.failed, [](const HoststackSession& session) {
                   return session.GetRecord().failed;
               });
    };
    return have(Source(), m_sourceReached) || have(Sink(), m_sinkReached);
}

void
TrafficRun::SessionOver()
{
    if (!IsOver() && (AreOver() || HaveFailed()))
    {
        m_overAt = NowNs();
        for (auto* meter : m_meters)
        {
            meter->Finish();
        }
        if (m_onOver)
        {
            m_onOver();
        }
    }
}

bool
TrafficRun::IsSettled() const
{
    const auto hasFailed = [](const auto& session) { return session->GetRecord().failed; };
    const auto isOver = [](const auto& session) { return session->IsOver(); };
    const auto& from = Source();
    const auto& to = Sink();
    if (std::any_of(from.begin(), from.end(), hasFailed) ||
        std::any_of(to.begin(), to.end(), hasFailed))
    {
        // The reset of an end that aborted is still on its way to the other.
        return std::all_of(from.begin(), from.end(), isOver) &&
               std::all_of(to.begin(), to.end(), isOver);
    }
    return std::all_of(m_legs.begin(), m_legs.end(), [](const auto& leg) {
        return leg->IsSettled();
    });
}

std::size_t
TrafficRun::Stop(bool atTo)
{
    return (atTo ? m_legs.back()->To() : m_legs.front()->From())->StopSessions();
}

std::size_t
TrafficRun::Abort(bool atTo)
{
    return (atTo ? m_legs.back()->To() : m_legs.front()->From())->AbortSessions();
}

std::size_t
TrafficRun::SetBackup(std::size_t host, std::size_t link, bool backup)
{
    std::size_t told = 0;
    for (const auto& leg : m_legs)
    {
        told += leg->SetBackup(host, link, backup);
    }
    return told;
}

std::size_t
TrafficRun::OpenSubflow(std::size_t host, std::size_t link)
{
    std::size_t opened = 0;
    for (const auto& leg : m_legs)
    {
        opened += leg->OpenSubflow(host, link);
    }
    return opened;
}

std::size_t
TrafficRun::CloseSubflow(std::size_t host, std::size_t link)
{
    std::size_t closed = 0;
    for (const auto& leg : m_legs)
    {
        closed += leg->CloseSubflow(host, link);
    }
    return closed;
}

void
TrafficRun::AddCounts(std::size_t host, hoststack::tcp::Info& sum) const
{
    for (const auto& leg : m_legs)
    {
        leg->AddCounts(host, sum);
    }
}

void
TrafficRun::Freeze(hoststack::TimeNs end, hoststack::RunObserver* observer)
{
    for (auto* meter : observer ? m_meters : std::vector<TrafficMeter*>())
    {
        meter->SampleLast(*observer);
    }
    auto result = std::make_unique<hoststack::RunResult>();
    Report(end, *result);
    m_frozen = std::move(result);
}

void
TrafficRun::Report(hoststack::TimeNs end, hoststack::RunResult& result)
{
    if (m_frozen)
    {
        const auto append = [](auto& to, const auto& from) {
            to.insert(to.end(), from.begin(), from.end());
        };
        result.metrics.Add(m_frozen->metrics);
        append(result.notes, m_frozen->notes);
        append(result.connections, m_frozen->connections);
        append(result.exchanges, m_frozen->exchanges);
        return;
    }
    for (auto* meter : m_meters)
    {
        meter->Report(end, m_overAt, result);
    }
    for (const auto& relay : m_relays)
    {
        relay->Report(result.metrics);
    }
}

} // namespace ns3
