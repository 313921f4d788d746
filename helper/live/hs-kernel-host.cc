// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-kernel-host.h"

#include "ns3/hs-host-counters.h"
#include "ns3/hs-kernel-agent.h"
#include "ns3/hs-kernel-application.h"
#include "ns3/hs-ns3-clock.h"
#include "ns3/hs-scenario-runner.h"

#include <ns3/simulator.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
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
    : m_before(getpriority(PRIO_PROCESS, 0))
{
    setpriority(PRIO_PROCESS, 0, kPriority);
}

RaisedPriority::~RaisedPriority()
{
    setpriority(PRIO_PROCESS, 0, m_before);
}

KernelHost::KernelHost(const hoststack::Scenario& scenario, const hoststack::LivePlan& plan)
    : m_scenario(scenario),
      m_plan(plan),
      m_taps(plan.devices.size(), -1),
      m_applications(scenario.traffic.size())
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
        if (notice.kind == LiveNotice::Kind::Ready)
        {
            return;
        }
    }
}

KernelHost::~KernelHost()
{
    StopWatching();
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
    for (const int file : {m_socket, m_stopper, m_stopped})
    {
        if (file >= 0)
        {
            close(file);
        }
    }
}

void
KernelHost::Start()
{
    std::array<int, 2> ends{};
    std::array<int, 2> stop{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0 ||
        pipe2(stop.data(), O_CLOEXEC) != 0)
    {
        throw std::runtime_error(std::string("no socket: ") + std::strerror(errno));
    }
    m_socket = ends[0];
    m_stopped = stop[0];
    m_stopper = stop[1];
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
                                                            m_plan.devices[i].mac,
                                                            device));
        }
    }
}

Ptr<HoststackSessionApplication>
KernelHost::MakeApplication(std::size_t traffic, bool opens)
{
    m_applications[traffic] = CreateObject<KernelApplication>(*this, traffic, opens);
    return m_applications[traffic];
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
    m_origin = hoststack::MonotonicNow() - NowNs();
    for (const auto& bridge : m_bridges)
    {
        bridge->Begin(m_origin);
    }
    m_watcher = std::thread([this] { Watch(); });
}

void
KernelHost::Watch()
{
    std::vector<pollfd> files{{m_stopped, POLLIN, 0}, {m_socket, POLLIN, 0}};
    for (const auto& bridge : m_bridges)
    {
        files.push_back({bridge->Descriptor(), POLLIN, 0});
    }
    const auto schedule = [](auto job) {
        Simulator::ScheduleWithContext(Simulator::NO_CONTEXT, TimeStep(0), std::move(job));
    };
    while (true)
    {
        if (poll(files.data(), files.size(), -1) < 0 && errno != EINTR)
        {
            return;
        }
        if (files[0].revents != 0)
        {
            return;
        }
        if (files[1].revents != 0)
        {
            LiveNotice notice;
            int descriptor = -1;
            if (!ReceiveNotice(m_socket, notice, descriptor))
            {
                notice.kind = LiveNotice::Kind::Failed;
                SetText(notice, "the process has died");
                files[1].fd = -1;
            }
            schedule([this, notice] { Take(notice); });
        }
        for (std::size_t i = 0; i < m_bridges.size(); ++i)
        {
            if (files[i + 2].revents == 0)
            {
                continue;
            }
            // A burst, then a look at the others.
            constexpr int most = 64;
            for (int count = 0; count < most; ++count)
            {
                auto frame = m_bridges[i]->TakeFrame();
                if (frame.empty())
                {
                    break;
                }
                schedule([bridge = m_bridges[i].get(), frame = std::move(frame)] {
                    bridge->Forward(frame);
                });
            }
        }
    }
}

void
KernelHost::StopWatching()
{
    if (m_watcher.joinable())
    {
        const char word = 0;
        if (write(m_stopper, &word, 1) == 1)
        {
            m_watcher.join();
        }
    }
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
        m_applications[notice.index]->Session(notice.session).Learn(record);
        break;
    }
    case LiveNotice::Kind::Answer:
        m_applications[notice.index]->Session(notice.session).LearnAnswer(notice.value);
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
    case LiveNotice::Kind::Ready:
    case LiveNotice::Kind::Done:
        break;
    }
}

void
KernelHost::End()
{
    StopWatching();
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
    TapBridge::Lateness all;
    for (const auto& bridge : m_bridges)
    {
        all.packets += bridge->GetLateness().packets;
        all.total += bridge->GetLateness().total;
        all.longest = std::max(all.longest, bridge->GetLateness().longest);
    }
    metrics.Set("live.late.mean",
                all.packets > 0 ? hoststack::ToSeconds(all.total) / static_cast<double>(all.packets)
                                : 0);
    metrics.Set("live.late.max", hoststack::ToSeconds(all.longest));
}

} // namespace ns3
