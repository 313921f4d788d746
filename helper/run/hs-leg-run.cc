// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-leg-run.h"

#include "ns3/hs-application.h"
#include "ns3/hs-hoststack-helper.h"
#include "ns3/hs-mptcp-socket-factory.h"
#include "ns3/hs-mptcp-socket.h"
#include "ns3/hs-ns3-clock.h"
#include "ns3/hs-ns3-congestion-name.h"
#include "ns3/hs-ns3-tcp-socket.h"
#include "ns3/hs-tcp-socket.h"
#include "ns3/hs-topology.h"

#include <ns3/boolean.h>
#include <ns3/node.h>
#include <ns3/object-factory.h>
#include <ns3/tcp-congestion-ops.h>
#include <ns3/tcp-socket-base.h>
#include <ns3/uinteger.h>

#include <algorithm>
#include <utility>

namespace ns3
{

namespace
{

/// IP and TCP header without options (RFC 9293 section 3.7.1).
std::uint32_t
FixedHeaders(int ipVersion)
{
    return ipVersion == 6 ? 60 : 40;
}

std::uint32_t
LargestMtu(const hoststack::Scenario& scenario, std::size_t host)
{
    const hoststack::Topology topology(scenario);
    std::uint32_t mtu = 0;
    for (const auto link : topology.LinksOf(host))
    {
        mtu = std::max(mtu, scenario.links[link].mtu);
    }
    return mtu;
}

} // namespace

LegRun::LegRun(const hoststack::Scenario& scenario,
               std::size_t index,
               const hoststack::TrafficSpec& spec,
               Relays relays,
               ScenarioNetwork& network,
               RunEvents& events)
    : m_scenario(scenario),
      m_index(index),
      m_spec(spec),
      m_leg(spec.legs.front()),
      m_relays(relays),
      m_network(network),
      m_events(events)
{
    const auto way = network.Connect(m_spec.from, m_spec.to, m_leg.link);
    if (m_leg.multipath)
    {
        network.ConnectEachLink(m_spec.from, m_spec.to);
        network.ConnectEachLink(m_spec.to, m_spec.from);
    }
    m_meter = std::make_unique<TrafficMeter>(scenario, spec, network, way);
    SetConfigs(way);
    const bool fromOpens = !m_spec.openedByReceiver;
    m_from = MakeApplication(true, fromOpens);
    m_to = MakeApplication(false, !fromOpens);
    m_meter->SetApplications(m_from, m_to);
    const auto& opener = fromOpens ? m_from : m_to;
    const auto& listener = fromOpens ? m_to : m_from;
    const auto target = fromOpens ? network.GetAddress(m_spec.to, way.back(), m_leg.port)
                                  : network.GetAddress(m_spec.from, way.front(), m_leg.port);
    opener->SetAttribute("Address", AddressValue(target));
    // A proxy opens one for each that it takes.
    const bool opensItself = !(fromOpens ? relays.atFrom : relays.atTo);
    opener->SetAttribute("Connections", UintegerValue(opensItself ? m_spec.connections : 0));
    opener->SetStartTime(NanoSeconds(opensItself ? m_spec.start : 0));
    listener->SetAttribute("Address", AddressValue(network.GetAnyAddress(m_leg.port)));
    listener->SetAttribute("Listen", BooleanValue(true));
    ConfigureListener(listener, !fromOpens);
    network.GetNode(fromOpens ? m_spec.to : m_spec.from)->AddApplication(listener);
}

void
LegRun::AddOpener()
{
    const bool fromOpens = !m_spec.openedByReceiver;
    m_network.GetNode(fromOpens ? m_spec.from : m_spec.to)
        ->AddApplication(fromOpens ? m_from : m_to);
}

void
LegRun::SetConfigs(const std::vector<std::size_t>& way)
{
    const auto config =
        [&](const hoststack::TcpSettings& settings, std::size_t host, std::size_t link) {
            auto copy = std::make_shared<hoststack::tcp::Config>(settings.config);
            if (!settings.mssGiven)
            {
                // Each subflow is limited further, by its own way.
                const auto mtu =
                    m_leg.multipath ? LargestMtu(m_scenario, host) : m_network.MtuOf(host, link);
                const bool hasIpv4 =
                    m_leg.multipath && std::any_of(m_scenario.links.begin(),
                                                   m_scenario.links.end(),
                                                   [](const auto& l) { return l.ipVersion == 4; });
                copy->mss = mtu - FixedHeaders(hasIpv4 ? 4 : m_network.IpVersionOf(link));
            }
            return copy;
        };
    m_fromConfig = config(m_spec.End(true).tcp, m_spec.from, way.front());
    m_toConfig = config(m_spec.End(false).tcp, m_spec.to, way.back());
    const auto switchesOff = [this](bool isRelay, std::size_t host) {
        return isRelay && m_scenario.hosts[host].proxy.noDelay;
    };
    for (const auto& [off, end] :
         {std::pair(switchesOff(m_relays.atFrom, m_spec.from), &m_fromConfig),
          std::pair(switchesOff(m_relays.atTo, m_spec.to), &m_toConfig)})
    {
        if (off)
        {
            auto copy = std::make_shared<hoststack::tcp::Config>(**end);
            copy->nagle = false;
            *end = copy;
        }
    }
    m_mtu = m_network.MtuOf(m_spec.from, way.front());
    m_ipVersion = m_network.IpVersionOf(way.front());
}

Ptr<HoststackSessionApplication>
LegRun::MakeApplication(bool atFrom, bool opens)
{
    auto* outside = m_network.FindOutside(atFrom ? m_spec.from : m_spec.to);
    const bool isRelay = atFrom ? m_relays.atFrom : m_relays.atTo;
    const auto application =
        outside ? outside->MakeApplication(m_index, m_relays.leg, opens && !isRelay)
                : MakeSimulated(atFrom);
    application->SetAttribute("Listen", BooleanValue(!opens));
    application->SetSessionHook(
        [this, atFrom](HoststackSession& session) { Hook(session, atFrom); });
    return application;
}

Ptr<HoststackSessionApplication>
LegRun::MakeSimulated(bool atFrom)
{
    const auto host = atFrom ? m_spec.from : m_spec.to;
    const auto application = CreateObject<HoststackSessionApplication>();
    if (m_scenario.hosts[host].ns3Stack)
    {
        application->SetAttribute("Protocol",
                                  TypeIdValue(HoststackNs3TcpSocketFactory::GetTypeId()));
    }
    else if (IsMultipath(host))
    {
        application->SetAttribute("Protocol",
                                  TypeIdValue(HoststackMptcpSocketFactory::GetTypeId()));
    }
    if (atFrom ? m_relays.atFrom : m_relays.atTo)
    {
        application->SetSocketSetup([this, atFrom](Socket& socket) { Configure(socket, atFrom); });
        return application; // what a proxy runs is its own business
    }
    application->SetProgram([this, atFrom] {
        return m_spec.application->MakeProgram(atFrom, hoststack::Application::Machine::Simulated);
    });
    application->SetSocketSetup([this, atFrom](Socket& socket) { Configure(socket, atFrom); });
    return application;
}

void
LegRun::Configure(Socket& socket, bool atFrom)
{
    if (auto* own = dynamic_cast<HoststackTcpSocket*>(&socket))
    {
        own->SetConfig(atFrom ? m_fromConfig : m_toConfig);
    }
    else
    {
        ConfigureForeign(socket, m_spec.End(atFrom).tcp);
    }
}

void
LegRun::ConfigureForeign(Socket& socket, const hoststack::TcpSettings& settings)
{
    const auto& config = settings.config;
    const auto announced = settings.mssGiven ? config.mss : m_mtu - FixedHeaders(m_ipVersion);
    // Its segment size is that of the payload; the option takes 12 bytes (RFC 7323 appendix A).
    const std::uint32_t options = config.timestamps ? 12 : 0;
    // Its buffers count payload, of which ours hold about half.
    const auto receive =
        config.receiveBufferLocked ? config.receiveBuffer : config.receiveBufferMax;
    const auto send = config.sendBufferLocked ? config.sendBuffer : config.sendBufferMax;
    socket.SetAttribute("SegmentSize", UintegerValue(announced - options));
    socket.SetAttribute("RcvBufSize", UintegerValue(receive / 2));
    socket.SetAttribute("SndBufSize", UintegerValue(send / 2));
    socket.SetAttribute("InitialCwnd", UintegerValue(config.initialCwnd));
    socket.SetAttribute("TcpNoDelay", BooleanValue(!config.nagle));
    socket.SetAttribute("DelAckTimeout", TimeValue(NanoSeconds(config.delayedAckMin)));
    socket.SetAttribute("Sack", BooleanValue(config.sack));
    socket.SetAttribute("Timestamp", BooleanValue(config.timestamps));
    socket.SetAttribute("WindowScaling", BooleanValue(config.windowScaling));
    socket.SetAttribute("MinRto", TimeValue(NanoSeconds(config.rtoMin)));
    if (auto* base = dynamic_cast<TcpSocketBase*>(&socket))
    {
        ObjectFactory factory(*hoststack::Ns3CongestionName(config.congestion));
        base->SetCongestionControlAlgorithm(factory.Create<TcpCongestionOps>());
    }
}

void
LegRun::Hook(HoststackSession& session, bool atFrom)
{
    const bool isRelay = atFrom ? m_relays.atFrom : m_relays.atTo;
    if (m_scenario.run.content || (m_network.IsLive() && session.GetOwnSocket()))
    {
        if (isRelay)
        {
            session.PassContent();
        }
        else
        {
            session.CarryContent(TrafficContent(m_index, atFrom), TrafficContent(m_index, !atFrom));
        }
    }
    m_meter->Watch(session, atFrom, m_events);
    session.SetOverCallback([this] {
        if (m_onOver)
        {
            m_onOver();
        }
    });
    const auto& hook = atFrom ? m_fromHook : m_toHook;
    if (hook)
    {
        hook(session);
    }
}

bool
LegRun::IsMultipath(std::size_t host) const
{
    return m_leg.multipath && m_scenario.hosts[host].mptcp.enabled;
}

const LegRun::Sessions&
LegRun::Source() const
{
    return (m_spec.application->IsFedByFrom() ? m_from : m_to)->GetSessions();
}

const LegRun::Sessions&
LegRun::Sink() const
{
    return (m_spec.application->IsFedByFrom() ? m_to : m_from)->GetSessions();
}

bool
LegRun::IsOver()
{
    const auto& sink = Sink();
    while (m_over < sink.size() && sink[m_over]->IsOver())
    {
        ++m_over;
    }
    return sink.size() >= m_spec.connections && m_over == sink.size();
}

bool
LegRun::IsSettled() const
{
    return std::all_of(Source().begin(), Source().end(), [](const auto& session) {
        const auto* own = session->GetOwnSocket();
        return !own || own->GetInfo().sendQueue == 0;
    });
}

} // namespace ns3
