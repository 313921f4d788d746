// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-kernel-host.h"

#include "ns3/hs-host-counters.h"
#include "ns3/hs-kernel-agent.h"
#include "ns3/hs-kernel-application.h"
#include "ns3/hs-monotonic-clock.h"
#include "ns3/hs-ns3-clock.h"
#include "ns3/hs-scenario-runner.h"
#include "ns3/hs-wall-clock.h"

#include <ns3/simulator.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <poll.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace ns3
{

using hoststack::LiveNotice;
using hoststack::LiveOrder;
using hoststack::TimeNs;

namespace
{

/// The most that setpriority(2) gives.
constexpr int kPriority = -20;
/// Estimate: a namespace, its devices and a dozen runs of `ip` take 0.1 s, on a busy machine up to
/// two hundred times as long.
constexpr TimeNs kPatience = 20 * hoststack::kSecond;

TimeNs
Simulated(TimeNs monotonic, TimeNs origin)
{
    return monotonic < 0 ? monotonic : std::max<TimeNs>(0, monotonic - origin);
}

} // namespace

RaisedPriority::RaisedPriority()
    : m_before(getpriority(PRIO_PROCESS, 0)),
      m_slackBefore(prctl(PR_GET_TIMERSLACK))
{
    setpriority(PRIO_PROCESS, 0, kPriority);
    prctl(PR_SET_TIMERSLACK, 1UL);
}

RaisedPriority::~RaisedPriority()
{
    setpriority(PRIO_PROCESS, 0, m_before);
    prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(m_slackBefore));
}

KernelHost::KernelHost(const hoststack::Scenario& scenario, const hoststack::LivePlan& plan)
    : m_scenario(scenario),
      m_plan(plan),
      m_taps(plan.devices.size(), -1),
      m_applications(plan.legs.size()),
      m_datagrams(scenario.datagrams.size())
{
    Start();
    while (true)
    {
        int descriptor = -1;
        const auto notice = Await(kPatience, descriptor);
        if (notice.kind == LiveNotice::Kind::Device)
        {
            m_taps[notice.index] = descriptor;
        }
        if (notice.kind == LiveNotice::Kind::Setting)
        {
            TakeSetting(notice);
        }
        if (notice.kind == LiveNotice::Kind::Ready)
        {
            return;
        }
    }
}

KernelHost::~KernelHost()
{
    if (m_child > 0)
    {
        kill(m_child, SIGKILL);
        while (waitpid(m_child, nullptr, 0) < 0 && errno == EINTR)
        {
        }
    }
    for (const int file : m_taps)
    {
        if (file >= 0)
        {
            close(file);
        }
    }
    if (m_socket >= 0)
    {
        close(m_socket);
    }
}

void
KernelHost::Start()
{
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    {
        throw std::runtime_error(std::string("no socket: ") + std::strerror(errno));
    }
    m_socket = ends[0];
    const pid_t parent = getpid();
    m_child = fork();
    if (m_child < 0)
    {
        throw std::runtime_error(std::string("no process: ") + std::strerror(errno));
    }
    if (m_child == 0)
    {
        // Whatever becomes of the simulator, nothing of this stays behind.
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ends[0]);
        _exit(getppid() == parent ? hoststack::RunKernelAgent(m_scenario, m_plan, ends[1]) : 1);
    }
    close(ends[1]);
}

hoststack::LiveNotice
KernelHost::Await(TimeNs patience, int& descriptor)
{
    pollfd wait{m_socket, POLLIN, 0};
    const int result = poll(&wait, 1, static_cast<int>(patience / hoststack::kMillisecond));
    hoststack::MonotonicClock::Own().NoteWait();
    LiveNotice notice;
    if (result == 0)
    {
        throw std::runtime_error("the kernel's side does not answer");
    }
    if (!ReceiveNotice(m_socket, notice, descriptor))
    {
        throw std::runtime_error("the process at the kernel's side has died");
    }
    Raise(notice);
    return notice;
}

void
KernelHost::Raise(const LiveNotice& notice)
{
    if (notice.kind == LiveNotice::Kind::Cannot)
    {
        throw hoststack::MachineCannot(notice.text.data());
    }
    if (notice.kind == LiveNotice::Kind::Failed)
    {
        throw std::runtime_error(std::string("at the kernel's side: ") + notice.text.data());
    }
}

std::size_t
KernelHost::Index() const
{
    return m_plan.host;
}

void
KernelHost::Attach(std::size_t link, Ptr<HoststackNetDevice> device)
{
    for (std::size_t i = 0; i < m_plan.devices.size(); ++i)
    {
        if (m_plan.devices[i].link == link)
        {
            m_bridges.push_back(std::make_unique<TapBridge>(std::exchange(m_taps[i], -1),
                                                            m_plan.devices[i],
                                                            device));
        }
    }
}

Ptr<HoststackSessionApplication>
KernelHost::MakeApplication(std::size_t traffic, std::size_t leg, bool opens)
{
    const auto index = hoststack::LiveLegIndex(m_scenario, traffic, leg);
    m_applications[index] = CreateObject<KernelApplication>(*this, index, opens);
    return m_applications[index];
}

void
KernelHost::TellDatagrams(std::size_t index, std::shared_ptr<OutsideDatagrams> figures)
{
    m_datagrams[index] = std::move(figures);
}

void
KernelHost::StartDatagrams(std::size_t index)
{
    Order(LiveOrder::Kind::Send, index);
}

void
KernelHost::StopDatagrams(std::size_t index)
{
    Order(LiveOrder::Kind::Cease, index);
}

void
KernelHost::TakeDatagrams(OutsideDatagrams& figures, const hoststack::DatagramNews& news)
{
    figures.sent = std::max(figures.sent, news.sent);
    if (news.delay >= 0)
    {
        figures.lastArrival = std::max(figures.lastArrival, Simulated(news.arrivedAt, m_origin));
        figures.delays.Add(news.delay);
        figures.bytes += news.bytes;
        figures.reordered += news.isLate ? 1 : 0;
        if (figures.lastDelay >= 0)
        {
            figures.variations.Add(std::abs(news.delay - figures.lastDelay));
        }
        figures.lastDelay = news.delay;
    }
    if (news.overAt >= 0 && figures.overAt < 0)
    {
        figures.overAt = Simulated(news.overAt, m_origin);
        figures.onOver();
    }
}

void
KernelHost::Order(LiveOrder::Kind kind, std::size_t index)
{
    LiveOrder order;
    order.kind = kind;
    order.index = static_cast<std::uint32_t>(index);
    SendOrder(m_socket, order); // a child that is gone is noticed where its notices are awaited
}

void
KernelHost::Apply(std::size_t index)
{
    Order(LiveOrder::Kind::Command, index);
}

void
KernelHost::Begin()
{
    auto& clock = *WallClock::Current();
    m_origin = clock.Origin();
    clock.Watch(m_socket, [this] { Hear(); });
    for (const auto& bridge : m_bridges)
    {
        bridge->Begin(m_origin);
        // A burst, then a look at the others.
        constexpr std::size_t most = 64;
        clock.Watch(bridge->Descriptor(), [bridge = bridge.get()] { bridge->Forward(most); });
    }
}

/// One notice of the kernel's side.
void
KernelHost::Hear()
{
    LiveNotice notice;
    int descriptor = -1;
    if (!ReceiveNotice(m_socket, notice, descriptor))
    {
        notice.kind = LiveNotice::Kind::Failed;
        SetText(notice, "the process has died");
        WallClock::Current()->Forget(m_socket);
    }
    Take(notice);
}

void
KernelHost::Take(const LiveNotice& notice)
{
    switch (notice.kind)
    {
    case LiveNotice::Kind::Record: {
        auto record = notice.record;
        for (auto* time : {&record.opened,
                           &record.connected,
                           &record.firstRead,
                           &record.lastRead,
                           &record.finished})
        {
            *time = Simulated(*time, m_origin);
        }
        m_applications[notice.index]->Session(notice.session).Learn(record, notice.picture);
        break;
    }
    case LiveNotice::Kind::Answer:
        m_applications[notice.index]->Session(notice.session).LearnAnswer(notice.value);
        break;
    case LiveNotice::Kind::Resumption:
        m_applications[notice.index]->Session(notice.session).LearnResumption(notice.value);
        break;
    case LiveNotice::Kind::Datagrams:
        TakeDatagrams(*m_datagrams[notice.index], notice.datagrams);
        break;
    case LiveNotice::Kind::Relay:
        m_relays[notice.index] = notice.relay;
        break;
    case LiveNotice::Kind::Counter:
        m_counters[notice.text.data()] = notice.value;
        break;
    case LiveNotice::Kind::Cannot:
    case LiveNotice::Kind::Failed:
        try
        {
            Raise(notice);
        }
        catch (...)
        {
            m_failure = std::current_exception();
        }
        Simulator::Stop();
        break;
    case LiveNotice::Kind::Device:
    case LiveNotice::Kind::Setting:
    case LiveNotice::Kind::Ready:
    case LiveNotice::Kind::Done:
        break;
    }
}

void
KernelHost::End()
{
    if (m_failure)
    {
        std::rethrow_exception(m_failure);
    }
    Order(LiveOrder::Kind::Report, 0);
    while (true)
    {
        int descriptor = -1;
        const auto notice = Await(kPatience, descriptor);
        if (notice.kind == LiveNotice::Kind::Done)
        {
            return;
        }
        Take(notice);
    }
}

void
KernelHost::Report(hoststack::Metrics& metrics) const
{
    const auto& host = m_scenario.hosts[m_plan.host].name;
    for (const auto& counter : hoststack::HostCounterCatalogue())
    {
        const auto found = m_counters.find(counter.name);
        if (found != m_counters.end())
        {
            metrics.Set(hoststack::HostCounterMetric(host, counter.name),
                        static_cast<double>(found->second));
        }
    }
    for (const auto& [leg, figures] : m_relays)
    {
        const auto& traffic = m_scenario.traffic[m_plan.legs[leg].traffic].name;
        hoststack::ReportTable("traffic." + traffic + ".through." + host,
                               hoststack::RelayMetricTable(),
                               figures,
                               metrics);
    }
}

TapBridge::Lateness
KernelHost::GetLateness() const
{
    TapBridge::Lateness all;
    for (const auto& bridge : m_bridges)
    {
        all.Add(bridge->GetLateness());
    }
    return all;
}

void
KernelHost::TakeSetting(const LiveNotice& notice)
{
    const auto& setting = m_plan.settings[notice.index];
    if (!setting.key.empty())
    {
        m_settings.push_back({m_scenario.hosts[m_plan.host].name,
                              setting.key,
                              setting.value,
                              static_cast<hoststack::SettingRecord::State>(notice.value),
                              notice.text.data()});
    }
}

} // namespace ns3
