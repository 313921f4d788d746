// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-kernel-agent.h"

#include "ns3/hs-application.h"
#include "ns3/hs-kernel-counters.h"
#include "ns3/hs-kernel-datagrams.h"
#include "ns3/hs-kernel-namespace.h"
#include "ns3/hs-kernel-relay.h"
#include "ns3/hs-kernel-socket.h"
#include "ns3/hs-kernel-stream-loop.h"
#include "ns3/hs-kernel-stream.h"
#include "ns3/hs-live-messages.h"
#include "ns3/hs-live-settings.h"
#include "ns3/hs-monotonic-clock.h"
#include "ns3/hs-outside-host.h"
#include "ns3/hs-scenario-runner.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <memory>
#include <poll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace hoststack
{

namespace
{

/// Progress is told no more often than this.
constexpr TimeNs kTelling = 5 * kMillisecond;
/// Between two looks at what the kernel knows of connections, as a simulated run looks at its own;
/// of so many at once, and next time of others: the questions of all would be load of their own.
constexpr TimeNs kLooking = 10 * kMillisecond;
constexpr std::size_t kMostLookedAt = 32;

class Agent
{
  public:
    Agent(const Scenario& scenario, const LivePlan& plan, int socket)
        : m_scenario(scenario),
          m_plan(plan),
          m_socket(socket),
          m_timer(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK))
    {
        if (m_timer < 0)
        {
            throw std::runtime_error(std::string("timer: ") + std::strerror(errno));
        }
    }

    void Prepare()
    {
        EnterNetworkNamespace();
        WriteSysctls(m_plan.early);
        for (std::size_t i = 0; i < m_plan.devices.size(); ++i)
        {
            const int device = MakeTapDevice(m_plan.devices[i]);
            LiveNotice notice;
            notice.kind = LiveNotice::Kind::Device;
            notice.index = static_cast<std::uint32_t>(i);
            const bool sent = SendNotice(m_socket, notice, device);
            close(device); // it lives on at the other side
            if (!sent)
            {
                throw std::runtime_error("the simulator is gone");
            }
        }
        if (m_plan.multipath)
        {
            RequireMultipath();
        }
        WriteSysctls(m_plan.settings);
        for (const auto& command : m_plan.commands)
        {
            RunIp(command);
        }
        for (std::size_t i = 0; i < m_plan.legs.size(); ++i)
        {
            m_ends.emplace_back();
            const auto& leg = m_plan.legs[i];
            if (!leg.Has(m_plan.host) || leg.OpensAt(m_plan.host))
            {
                continue;
            }
            m_ends[i].listener = ListenAs(Settings(i));
            if (leg.IsRelayAt(m_plan.host))
            {
                m_ends[i].relay = MakeRelay(i);
            }
        }
        for (std::size_t i = 0; i < m_scenario.datagrams.size(); ++i)
        {
            const auto& spec = m_scenario.datagrams[i];
            m_datagrams.emplace_back();
            if (spec.from == m_plan.host || spec.to == m_plan.host)
            {
                m_datagrams[i] =
                    std::make_unique<KernelDatagrams>(m_scenario, i, spec.from == m_plan.host);
            }
        }
        TellSettings();
        m_before = ReadCounters();
        Tell(LiveNotice::Kind::Ready);
    }

    void Run()
    {
        while (Wait())
        {
        }
    }

  private:
    struct Connection
    {
        std::unique_ptr<KernelStream> stream;
        KernelStream::Record told;
        TimeNs toldAt{-kSecond};
        bool hasLooked{false}; ///< since it was told
    };

    /// The kernel's end of a leg.
    struct End
    {
        int listener{-1};
        std::unique_ptr<KernelRelay> relay; ///< takes its connections; nullptr: no proxy
        std::vector<Connection> connections;
    };

    KernelSocketSettings Settings(std::size_t leg) const
    {
        return SocketSettingsOf(m_scenario, m_plan, leg);
    }

    std::unique_ptr<KernelRelay> MakeRelay(std::size_t leg)
    {
        return std::make_unique<KernelRelay>(
            m_scenario,
            m_plan.legs,
            leg,
            [this, leg](std::unique_ptr<Program> program, const TunnelTarget* target) {
                const auto onward = m_ends[leg].relay->Onward();
                auto settings = Settings(onward);
                if (target)
                {
                    settings.address = target->address;
                    settings.port = target->port;
                }
                Connect(onward, std::move(program), settings);
            });
    }

    void Tell(LiveNotice::Kind kind, const std::string& text = {})
    {
        LiveNotice notice;
        notice.kind = kind;
        SetText(notice, text);
        SendNotice(m_socket, notice);
    }

    /// After all commands, which can change some of them.
    void TellSettings()
    {
        for (std::size_t i = 0; i < m_plan.settings.size(); ++i)
        {
            const auto record = ReadBack(m_plan.settings[i], m_scenario.hosts[m_plan.host].name);
            LiveNotice notice;
            notice.kind = LiveNotice::Kind::Setting;
            notice.index = static_cast<std::uint32_t>(i);
            notice.value = static_cast<std::int64_t>(record.state);
            SetText(notice, record.detail);
            SendNotice(m_socket, notice);
        }
    }

    std::unique_ptr<Program> MakeProgram(std::size_t leg) const
    {
        const auto& spec = m_plan.legs[leg].spec;
        return spec.application->MakeProgram(spec.from == m_plan.host, Application::Machine::Real);
    }

    KernelStream& Add(std::size_t leg, std::unique_ptr<Program> program)
    {
        const bool isFrom = m_plan.legs[leg].spec.from == m_plan.host;
        const auto traffic = m_plan.legs[leg].traffic;
        Connection connection;
        connection.stream = std::make_unique<KernelStream>(std::move(program),
                                                           ns3::TrafficContent(traffic, isFrom),
                                                           ns3::TrafficContent(traffic, !isFrom));
        connection.stream->SetMultipath(Settings(leg).multipath);
        auto& connections = m_ends[leg].connections;
        connections.push_back(std::move(connection));
        return *connections.back().stream;
    }

    void Connect(std::size_t leg,
                 std::unique_ptr<Program> program,
                 const KernelSocketSettings& settings)
    {
        auto& stream = Add(leg, std::move(program));
        const int socket = ConnectAs(settings);
        if (socket >= 0)
        {
            stream.Begin(socket, false);
            m_loop.Add(stream);
        }
        else
        {
            stream.Refuse();
        }
    }

    void Open(std::size_t leg)
    {
        for (std::uint32_t i = 0; i < m_plan.legs[leg].spec.connections; ++i)
        {
            Connect(leg, MakeProgram(leg), Settings(leg));
        }
    }

    void Accept(std::size_t leg)
    {
        while (true)
        {
            const int socket =
                accept4(m_ends[leg].listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (socket < 0)
            {
                return;
            }
            PrepareAccepted(socket, Settings(leg));
            auto& relay = m_ends[leg].relay;
            auto& stream = Add(leg, relay ? relay->Accept() : MakeProgram(leg));
            stream.Begin(socket, true);
            m_loop.Add(stream);
        }
    }

    void Obey(const LiveOrder& order)
    {
        switch (order.kind)
        {
        case LiveOrder::Kind::Open:
            Open(order.index);
            break;
        case LiveOrder::Kind::Stop:
        case LiveOrder::Kind::Abort:
            for (auto& connection : m_ends[order.index].connections)
            {
                if (order.kind == LiveOrder::Kind::Stop)
                {
                    connection.stream->Stop();
                }
                else
                {
                    connection.stream->Abort();
                }
            }
            break;
        case LiveOrder::Kind::Send:
            m_datagrams[order.index]->Start();
            break;
        case LiveOrder::Kind::Cease:
            m_datagrams[order.index]->Stop();
            break;
        case LiveOrder::Kind::Command:
            RunIp(m_plan.events.at(order.index));
            MonotonicClock::Own().NoteWait();
            break;
        case LiveOrder::Kind::Report:
            TellAll();
            break;
        }
    }

    /// poll(2) puts a time-out off by up to a thousandth of it (select_estimate_accuracy), a timer
    /// of timerfd_create(2) comes on time.
    void SetTimer(TimeNs at)
    {
        if (at == m_timerAt)
        {
            return;
        }
        m_timerAt = at;
        itimerspec when{};
        if (at != kNever)
        {
            const auto time = std::max<TimeNs>(1, at); // 0 would be never
            when.it_value = {time / kSecond, time % kSecond};
        }
        if (timerfd_settime(m_timer, TFD_TIMER_ABSTIME, &when, nullptr) != 0)
        {
            throw std::runtime_error(std::string("timer: ") + std::strerror(errno));
        }
    }

    /// \return false when the simulator is gone
    bool Wait()
    {
        m_polled.assign(
            {{m_socket, POLLIN, 0}, {m_loop.Descriptor(), POLLIN, 0}, {m_timer, POLLIN, 0}});
        const auto first = m_polled.size();
        m_listening.clear();
        TimeNs deadline = m_loop.Deadline();
        for (std::size_t i = 0; i < m_ends.size(); ++i)
        {
            if (m_ends[i].listener >= 0)
            {
                m_polled.push_back({m_ends[i].listener, POLLIN, 0});
                m_listening.push_back(i);
            }
            for (const auto& connection : m_ends[i].connections)
            {
                deadline = std::min({deadline,
                                     IsNews(connection) ? connection.toldAt + kTelling : kNever,
                                     WantsLook(connection) ? m_lookAt : kNever});
            }
        }
        for (const auto& datagrams : m_datagrams)
        {
            if (datagrams)
            {
                m_polled.push_back({datagrams->Descriptor(), POLLIN, 0}); // -1: ignored
                deadline = std::min(deadline, datagrams->Deadline());
            }
        }
        SetTimer(deadline);
        if (poll(m_polled.data(), m_polled.size(), -1) < 0 && errno != EINTR)
        {
            throw std::runtime_error(std::string("poll: ") + std::strerror(errno));
        }
        MonotonicClock::Own().NoteWait();
        if (m_polled[0].revents != 0)
        {
            LiveOrder order;
            if (!ReceiveOrder(m_socket, order))
            {
                return false;
            }
            Obey(order);
        }
        for (std::size_t i = 0; i < m_listening.size(); ++i)
        {
            if (m_polled[first + i].revents != 0)
            {
                Accept(m_listening[i]);
            }
        }
        m_loop.Run();
        RunDatagrams();
        const auto now = MonotonicNow();
        LookAtSome(now);
        for (std::size_t i = 0; i < m_ends.size(); ++i)
        {
            for (std::size_t c = 0; c < m_ends[i].connections.size(); ++c)
            {
                TellNews(i, c, false, now);
            }
        }
        return true;
    }

    void RunDatagrams()
    {
        for (std::size_t i = 0; i < m_datagrams.size(); ++i)
        {
            LiveNotice notice;
            notice.kind = LiveNotice::Kind::Datagrams;
            notice.index = static_cast<std::uint32_t>(i);
            if (m_datagrams[i])
            {
                m_datagrams[i]->Run();
            }
            while (m_datagrams[i] && m_datagrams[i]->TakeNews(notice.datagrams))
            {
                SendNotice(m_socket, notice);
            }
        }
    }

    bool WantsLook(const Connection& connection) const
    {
        return connection.stream->Descriptor() >= 0 &&
               connection.stream->GetRecord().connected >= 0;
    }

    void LookAtSome(TimeNs now)
    {
        if (now < m_lookAt)
        {
            return;
        }
        m_lookAt = now + kLooking;
        const auto first = std::exchange(m_lookFrom, 0);
        std::size_t place = 0;
        std::size_t looks = 0;
        for (auto& end : m_ends)
        {
            for (auto& connection : end.connections)
            {
                if (place++ < first || !WantsLook(connection))
                {
                    continue;
                }
                if (looks++ == kMostLookedAt)
                {
                    m_lookFrom = place - 1;
                    return;
                }
                connection.stream->Look();
                connection.hasLooked = true;
            }
        }
    }

    static bool IsNews(const Connection& connection)
    {
        return connection.hasLooked || std::memcmp(&connection.told,
                                                   &connection.stream->GetRecord(),
                                                   sizeof connection.told) != 0;
    }

    /// A change of state at once, progress now and then.
    static bool IsUrgent(const Connection& connection)
    {
        const auto& now = connection.stream->GetRecord();
        const auto& then = connection.told;
        return now.opened != then.opened || now.connected != then.connected ||
               now.finished != then.finished || now.failed != then.failed ||
               now.wrongAt != then.wrongAt;
    }

    void TellNews(std::size_t leg, std::size_t index, bool always, TimeNs now)
    {
        auto& connection = m_ends[leg].connections[index];
        LiveNotice notice;
        notice.index = static_cast<std::uint32_t>(leg);
        notice.session = static_cast<std::uint32_t>(index);
        for (const auto took : connection.stream->TakeAnswers())
        {
            notice.kind = LiveNotice::Kind::Answer;
            notice.value = took;
            SendNotice(m_socket, notice);
        }
        for (const auto took : connection.stream->TakeResumptions())
        {
            notice.kind = LiveNotice::Kind::Resumption;
            notice.value = took;
            SendNotice(m_socket, notice);
        }
        if (always)
        {
            connection.stream->Look();
        }
        if (!always &&
            (!IsNews(connection) || (!IsUrgent(connection) && now < connection.toldAt + kTelling)))
        {
            return;
        }
        notice.kind = LiveNotice::Kind::Record;
        notice.record = connection.stream->GetRecord();
        notice.picture = connection.stream->GetPicture();
        connection.hasLooked = false;
        std::memcpy(&connection.told, &connection.stream->GetRecord(), sizeof connection.told);
        connection.toldAt = now;
        SendNotice(m_socket, notice);
    }

    void TellAll()
    {
        RunDatagrams();
        const auto now = MonotonicNow();
        for (std::size_t i = 0; i < m_ends.size(); ++i)
        {
            for (std::size_t c = 0; c < m_ends[i].connections.size(); ++c)
            {
                TellNews(i, c, true, now);
            }
            if (m_ends[i].relay)
            {
                LiveNotice notice;
                notice.kind = LiveNotice::Kind::Relay;
                notice.index = static_cast<std::uint32_t>(i);
                notice.relay = m_ends[i].relay->Figures();
                SendNotice(m_socket, notice);
            }
        }
        for (const auto& [name, value] : ReadCounters())
        {
            LiveNotice notice;
            notice.kind = LiveNotice::Kind::Counter;
            notice.value = value - m_before[name];
            SetText(notice, name);
            SendNotice(m_socket, notice);
        }
        Tell(LiveNotice::Kind::Done);
    }

    const Scenario& m_scenario;
    const LivePlan& m_plan;
    int m_socket;
    int m_timer;                                               ///< readable from m_timerAt on
    std::vector<End> m_ends;                                   ///< by leg of the plan
    std::vector<std::unique_ptr<KernelDatagrams>> m_datagrams; ///< of the scenario; null: not here
    KernelStreamLoop m_loop;
    KernelCounters m_before;
    TimeNs m_lookAt{0};
    std::size_t m_lookFrom{0}; ///< the first connection of the next look, in the order of m_ends
    TimeNs m_timerAt{kNever};
    std::vector<pollfd> m_polled;
    std::vector<std::size_t> m_listening; ///< legs whose listeners are polled, in that order
};

} // namespace

int
RunKernelAgent(const Scenario& scenario, const LivePlan& plan, int socket)
{
    LiveNotice notice;
    try
    {
        Agent agent(scenario, plan, socket);
        agent.Prepare();
        agent.Run();
        return 0;
    }
    catch (const MachineCannot& error)
    {
        notice.kind = LiveNotice::Kind::Cannot;
        SetText(notice, error.what());
    }
    catch (const std::exception& error)
    {
        notice.kind = LiveNotice::Kind::Failed;
        SetText(notice, error.what());
    }
    SendNotice(socket, notice);
    return 1;
}

} // namespace hoststack
