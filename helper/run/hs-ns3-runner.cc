// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-ns3-runner.h"

#include "ns3/hs-bridge-run.h"
#include "ns3/hs-clean-simulator.h"
#include "ns3/hs-datagram-run.h"
#include "ns3/hs-dispatch-run.h"
#include "ns3/hs-event-names.h"
#include "ns3/hs-host-counters.h"
#include "ns3/hs-host-hpts-run.h"
#include "ns3/hs-host-run.h"
#include "ns3/hs-hoststack-helper.h"
#include "ns3/hs-link-run.h"
#include "ns3/hs-loopback-run.h"
#include "ns3/hs-memory-run.h"
#include "ns3/hs-nic-run.h"
#include "ns3/hs-ns3-clock.h"
#include "ns3/hs-outside-host.h"
#include "ns3/hs-run-events.h"
#include "ns3/hs-scenario-events.h"
#include "ns3/hs-scenario-network.h"
#include "ns3/hs-simulated-check.h"
#include "ns3/hs-tracker-run.h"
#include "ns3/hs-traffic-run.h"

#include <ns3/simulator.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace ns3
{

namespace
{

using hoststack::TimeNs;

/// Between two looks at windows and queues, whose means and maxima become metrics.
constexpr TimeNs kObservation = 10 * hoststack::kMillisecond;
/// Between two looks whether what was written has been acknowledged, and how long that may take.
constexpr TimeNs kSettling = 5 * hoststack::kMillisecond;
constexpr TimeNs kMostSettling = hoststack::kSecond;
constexpr TimeNs kLeastLiveSettling = 300 * hoststack::kMillisecond;

/// All of a scenario while it runs.
class Simulation
{
  public:
    Simulation(const hoststack::Scenario& scenario,
               const std::vector<OutsideHost*>& outside,
               hoststack::RunObserver& observer)
        : m_scenario(scenario),
          m_observer(observer),
          m_outside(outside),
          m_network(scenario, outside),
          m_runEvents(observer)
    {
        for (std::size_t i = 0; i < scenario.links.size(); ++i)
        {
            m_links.push_back(std::make_unique<LinkRun>(scenario, i, m_network));
        }
        for (std::size_t i = 0; i < scenario.hosts.size(); ++i)
        {
            m_memories.emplace_back(scenario, i, m_network);
            m_hosts.push_back(std::make_unique<HostRun>(scenario, i, m_network));
            m_nics.emplace_back(scenario, i, m_network);
            m_loopbacks.emplace_back(scenario, i, m_network);
            m_bridges.emplace_back(scenario, i, m_network);
            m_wheels.emplace_back(scenario, i, m_network);
        }
        for (std::size_t i = 0; i < scenario.traffic.size(); ++i)
        {
            m_traffic.push_back(std::make_unique<TrafficRun>(scenario, i, m_network, m_runEvents));
            m_traffic.back()->SetOverCallback([this] { TrafficOver(); });
        }
        for (std::size_t i = 0; i < scenario.datagrams.size(); ++i)
        {
            m_datagrams.push_back(
                std::make_unique<DatagramRun>(scenario, i, m_network, [this] { TrafficOver(); }));
        }
        for (const auto& traffic : m_traffic)
        {
            traffic->AddOpener();
        }
        for (const auto& datagrams : m_datagrams)
        {
            datagrams->AddSource(m_network);
        }
        for (std::size_t i = 0; i < scenario.hosts.size(); ++i)
        {
            if (scenario.hosts[i].tracker && !m_network.IsOutside(i))
            {
                m_trackers.push_back(
                    std::make_unique<TrackerRun>(scenario, i, m_network, m_runEvents));
            }
        }
        // What ends at a time ends before what begins then.
        for (const auto& event : scenario.events)
        {
            const auto lasts = hoststack::LastsFor(event);
            if (lasts && *lasts < hoststack::kNever - event.at)
            {
                Simulator::Schedule(NanoSeconds(event.at + *lasts),
                                    [this, &event] { TakeBack(event); });
            }
        }
        for (const auto& event : scenario.events)
        {
            Simulator::Schedule(NanoSeconds(event.at), [this, &event] { Apply(event); });
        }
    }

    hoststack::RunResult Run(const std::string& captureFolder)
    {
        if (m_scenario.output.pcap && !captureFolder.empty())
        {
            m_network.EnablePcap(captureFolder);
        }
        for (auto* host : m_outside)
        {
            // Not before the clock runs.
            Simulator::ScheduleNow([host] { host->Begin(); });
        }
        if (m_scenario.run.measureFrom > 0)
        {
            Simulator::Schedule(NanoSeconds(m_scenario.run.measureFrom),
                                [this] { StartMeasuring(NowNs()); });
        }
        Observe();
        Sample();
        Simulator::Stop(NanoSeconds(m_scenario.run.duration));
        Simulator::Run();
        if (m_observer.IsCancelled())
        {
            throw hoststack::RunCancelled("the run was cancelled");
        }
        for (auto* host : m_outside)
        {
            host->End();
        }
        m_network.ClosePcap();
        if (m_end < 0)
        {
            End(NowNs());
        }
        m_runEvents.Drain();
        ForEachMeter([this](TrafficMeter& meter) {
            if (WantsSeries())
            {
                meter.SampleLast(m_observer);
            }
        });
        for (const auto& datagrams : m_datagrams)
        {
            if (WantsSeries() && m_sampledAt < m_end)
            {
                datagrams->Sample(m_end, m_observer);
            }
        }
        hoststack::RunResult result;
        result.end = m_end;
        for (const auto& link : m_links)
        {
            link->Report(result.metrics);
        }
        ReportHosts(result.metrics);
        for (const auto& traffic : m_traffic)
        {
            traffic->Report(result.end, result);
        }
        for (const auto& datagrams : m_datagrams)
        {
            datagrams->Report(result.end, result.metrics);
        }
        ReportCounters(result.metrics);
        ReportDispatch(m_scenario, result.metrics);
        for (const auto* host : m_outside)
        {
            host->Report(result.metrics);
        }
        result.metrics.Set("run.duration", hoststack::ToSeconds(result.end));
        for (const auto& event : m_scenario.events)
        {
            const auto lasts = hoststack::LastsFor(event);
            if (event.at > NowNs())
            {
                Note(event, "all traffic was done before it");
            }
            else if (lasts && *lasts > NowNs() - event.at)
            {
                m_notes.push_back(hoststack::NameOfEvent(m_scenario, event) +
                                  " still lasted when the run ended");
            }
        }
        for (const auto& tracker : m_trackers)
        {
            m_notes.insert(m_notes.end(), tracker->Notes().begin(), tracker->Notes().end());
        }
        result.notes.insert(result.notes.begin(), m_notes.begin(), m_notes.end());
        return result;
    }

  private:
    void ReportHosts(hoststack::Metrics& metrics) const
    {
        const auto report = [&metrics](const auto& runs) {
            for (const auto& run : runs)
            {
                run.Report(metrics);
            }
        };
        report(m_memories);
        for (const auto& host : m_hosts)
        {
            host->Report(metrics);
        }
        report(m_nics);
        report(m_loopbacks);
        report(m_bridges);
        report(m_wheels);
    }

    void ReportCounters(hoststack::Metrics& metrics) const
    {
        for (std::size_t i = 0; i < m_scenario.hosts.size(); ++i)
        {
            const auto& host = m_scenario.hosts[i];
            if (host.ns3Stack || m_network.IsOutside(i))
            {
                continue;
            }
            hoststack::tcp::Info sum;
            for (const auto& traffic : m_traffic)
            {
                traffic->AddCounts(i, sum);
            }
            const auto& listened = HoststackHelper::Get(m_network.GetNode(i))->GetListenCounts();
            sum.listenOverflows += listened.listenOverflows;
            sum.listenDrops += listened.listenDrops;
            sum.backlogDrops += listened.backlogDrops;
            hoststack::ReportHostCounters(
                host.name,
                HoststackHelper::GetMptcp(m_network.GetNode(i))->GetCounters(),
                sum,
                metrics);
        }
    }

    void Apply(const hoststack::EventSpec& event)
    {
        for (const auto& told : hoststack::DescribeEvent(m_scenario, event))
        {
            m_runEvents.Note(told);
        }
        std::visit([&](const auto& what) { Apply(event, what); }, event.what);
    }

    void Apply(const hoststack::EventSpec& /* event */, const hoststack::LinkChange& change)
    {
        ChangeLink(change.link, [&](LinkRun& link) { link.Apply(change); });
    }

    void Apply(const hoststack::EventSpec& event, const hoststack::DatagramEnding& ending)
    {
        if (event.at < m_scenario.datagrams[ending.datagrams].start)
        {
            m_notes.push_back(hoststack::NameOfEvent(m_scenario, event) +
                              " came before its start: nothing is sent");
        }
        m_datagrams[ending.datagrams]->Stop();
    }

    void Apply(const hoststack::EventSpec& event, const hoststack::TrafficEnding& ending)
    {
        auto& traffic = *m_traffic[ending.traffic];
        const auto told = ending.abort ? traffic.Abort(ending.atTo) : traffic.Stop(ending.atTo);
        if (told == 0)
        {
            Note(event,
                 "that end had no connection (none opened or accepted yet, or all ended); later "
                 "ones go on");
        }
    }

    void Note(const hoststack::EventSpec& event, const std::string& reason)
    {
        m_notes.push_back(hoststack::NameOfEvent(m_scenario, event) + " had no effect: " + reason);
    }

    void Apply(const hoststack::EventSpec& event, const hoststack::HostChange& change)
    {
        using hoststack::HostAction;
        const auto host = change.host;
        const auto link = change.endpoint.link;
        if (auto* outside = m_network.FindOutside(host))
        {
            outside->Apply(static_cast<std::size_t>(&event - m_scenario.events.data()));
            return;
        }
        std::size_t touched = 0;
        switch (change.action)
        {
        case HostAction::AddEndpoint:
            if (!m_network.AddEndpoint(host, change.endpoint))
            {
                Note(event, "the address is an endpoint already, or there are eight");
            }
            return;
        case HostAction::RemoveEndpoint:
            if (!HoststackHelper::GetMptcp(m_network.GetNode(host))
                     ->RemoveEndpoint(m_network.GetIpAddress(host, link)))
            {
                Note(event, "the host has no endpoint there");
            }
            return;
        case HostAction::SetBackup:
        case HostAction::ClearBackup:
            for (const auto& traffic : m_traffic)
            {
                touched += traffic->SetBackup(host, link, change.action == HostAction::SetBackup);
            }
            break;
        case HostAction::OpenSubflow:
            for (const auto& traffic : m_traffic)
            {
                touched += traffic->OpenSubflow(host, link);
            }
            break;
        case HostAction::CloseSubflow:
            for (const auto& traffic : m_traffic)
            {
                touched += traffic->CloseSubflow(host, link);
            }
            break;
        }
        if (touched == 0)
        {
            Note(event,
                 change.action == HostAction::OpenSubflow
                     ? "no connection of the host was ready for another subflow (not opened yet, "
                       "its handshake not done, fallen back to TCP, or closed)"
                     : "no connection of the host had a subflow there");
        }
    }

    template <class What>
    void ForEachMeter(const What& what)
    {
        for (const auto& traffic : m_traffic)
        {
            for (auto* meter : traffic->Meters())
            {
                what(*meter);
            }
        }
    }

    void Observe()
    {
        const auto now = NowNs();
        ForEachMeter([](TrafficMeter& meter) { meter.Observe(); });
        m_runEvents.Drain();
        m_observer.OnProgress(now);
        if (m_observer.IsCancelled())
        {
            Simulator::Stop();
            return;
        }
        Simulator::Schedule(NanoSeconds(kObservation), [this] { Observe(); });
    }

    void Sample()
    {
        if (!WantsSeries() || m_end >= 0)
        {
            return;
        }
        TakeSample(NowNs());
        Simulator::Schedule(NanoSeconds(m_scenario.output.sample), [this] { Sample(); });
    }

    bool WantsSeries() const
    {
        return m_scenario.output.series && m_observer.WantsSeries();
    }

    void TakeSample(TimeNs now)
    {
        m_sampledAt = now;
        for (const auto& link : m_links)
        {
            link->Sample(now, m_observer);
        }
        for (const auto& host : m_hosts)
        {
            host->Sample(now, m_observer);
        }
        for (auto& memory : m_memories)
        {
            memory.Sample(now, m_observer);
        }
        for (auto& wheels : m_wheels)
        {
            wheels.Sample(now, m_observer);
        }
        ForEachMeter([&](TrafficMeter& meter) { meter.Sample(now, m_observer); });
        for (const auto& datagrams : m_datagrams)
        {
            datagrams->Sample(now, m_observer);
        }
    }

    void StartMeasuring(TimeNs now)
    {
        if (m_measuring || m_end >= 0)
        {
            return;
        }
        m_measuring = true;
        for (const auto& link : m_links)
        {
            link->StartMeasuring(now);
        }
        for (const auto& host : m_hosts)
        {
            host->StartMeasuring(now);
        }
        ForEachMeter([now](TrafficMeter& meter) { meter.StartMeasuring(now); });
        for (const auto& datagrams : m_datagrams)
        {
            datagrams->StartMeasuring(now);
        }
    }

    /// What comes later counts no more, but what is under way is still waited for.
    void End(TimeNs now)
    {
        if (m_scenario.run.measureFrom > 0 && !m_measuring)
        {
            StartMeasuring(now);
            m_notes.push_back("the run ended before run.measure-from: nothing was measured");
        }
        m_end = now;
        ForEachMeter([now](TrafficMeter& meter) { meter.HoldLastSample(now); });
        for (const auto& datagrams : m_datagrams)
        {
            datagrams->HoldLastSample();
        }
        for (const auto& link : m_links)
        {
            if (WantsSeries() && m_sampledAt < now)
            {
                link->Sample(now, m_observer);
            }
            link->Freeze(now);
        }
        const auto freeze = [](auto& runs) {
            for (auto& run : runs)
            {
                run.Freeze();
            }
        };
        freeze(m_memories);
        for (const auto& host : m_hosts)
        {
            host->Freeze(now);
        }
        freeze(m_nics);
        freeze(m_loopbacks);
        freeze(m_bridges);
        freeze(m_wheels);
    }

    void TakeBack(const hoststack::EventSpec& event)
    {
        for (const auto& told : hoststack::DescribeTakingBack(m_scenario, event))
        {
            m_runEvents.Note(told);
        }
        const auto& change = std::get<hoststack::LinkChange>(event.what);
        ChangeLink(change.link, [&](LinkRun& link) { link.TakeBack(change); });
    }

    /// Tells the traffic when a link goes down, or up, by a change.
    template <class Change>
    void ChangeLink(std::size_t index, Change change)
    {
        auto& link = *m_links[index];
        const bool before = link.IsDown();
        change(link);
        const bool down = link.IsDown();
        ForEachMeter([&](TrafficMeter& meter) {
            if (down != before)
            {
                meter.SetLinkDown(index, down);
            }
        });
    }

    void TrafficOver()
    {
        const bool allOver =
            std::all_of(
                m_traffic.begin(),
                m_traffic.end(),
                [](const auto& traffic) { return traffic->IsOver() || !traffic->HasEnd(); }) &&
            std::all_of(m_datagrams.begin(), m_datagrams.end(), [](const auto& datagrams) {
                return datagrams->IsOver() || !datagrams->HasEnd();
            });
        if (!m_scenario.run.stopWhenTrafficDone || !allOver || m_end >= 0)
        {
            return;
        }
        End(NowNs());
        auto* observer = WantsSeries() && m_sampledAt < m_end ? &m_observer : nullptr;
        const auto freezeEndless = [&](const auto& runs) {
            for (const auto& run : runs)
            {
                if (!run->HasEnd()) // it goes on while the others settle
                {
                    run->Freeze(m_end, observer);
                }
            }
        };
        freezeEndless(m_traffic);
        freezeEndless(m_datagrams);
        Settle();
    }

    /// The last acknowledgements are still under way; counters and captures want them.
    void Settle()
    {
        const bool settled =
            std::all_of(
                m_traffic.begin(),
                m_traffic.end(),
                [](const auto& traffic) { return traffic->IsSettled() || !traffic->HasEnd(); }) &&
            std::all_of(m_datagrams.begin(), m_datagrams.end(), [](const auto& datagrams) {
                return datagrams->IsSettled() || !datagrams->HasEnd();
            });
        // What outside hosts still have to say takes a moment that nobody can ask for.
        const auto least = m_network.IsLive() ? m_end + kLeastLiveSettling : m_end;
        if ((settled && NowNs() >= least) || NowNs() >= m_end + kMostSettling)
        {
            Simulator::Stop();
            return;
        }
        Simulator::Schedule(NanoSeconds(kSettling), [this] { Settle(); });
    }

    const hoststack::Scenario& m_scenario;
    hoststack::RunObserver& m_observer;
    const std::vector<OutsideHost*> m_outside;
    ScenarioNetwork m_network;
    RunEvents m_runEvents;
    std::vector<std::unique_ptr<LinkRun>> m_links;
    std::vector<MemoryRun> m_memories;
    std::vector<std::unique_ptr<HostRun>> m_hosts;
    std::vector<NicRun> m_nics;
    std::vector<LoopbackRun> m_loopbacks;
    std::vector<BridgeRun> m_bridges;
    std::vector<HptsRun> m_wheels;
    std::vector<std::unique_ptr<TrafficRun>> m_traffic;
    std::vector<std::unique_ptr<DatagramRun>> m_datagrams;
    std::vector<std::unique_ptr<TrackerRun>> m_trackers;
    TimeNs m_end{-1}; ///< when the last traffic was over
    TimeNs m_sampledAt{-1};
    bool m_measuring{false};
    std::vector<std::string> m_notes;
};

} // namespace

void
HoststackRunner::Check(const hoststack::LoadedScenario& loaded) const
{
    CheckSimulated(loaded);
}

hoststack::RunResult
HoststackRunner::Run(const hoststack::LoadedScenario& loaded,
                     const std::string& captureFolder,
                     hoststack::RunObserver& observer)
{
    Check(loaded);
    const CleanSimulator clean(loaded.scenario.run.seed, !m_outside.empty());
    return Simulation(loaded.scenario, m_outside, observer).Run(captureFolder);
}

} // namespace ns3
