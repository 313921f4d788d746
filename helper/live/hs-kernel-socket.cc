// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-kernel-socket.h"

#include "ns3/hs-scenario-network.h"
#include "ns3/hs-scenario-runner.h"
#include "ns3/hs-topology.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262 // linux/in.h since 5.6
#endif

namespace hoststack
{

namespace
{

/// The link on which the kernel finds the address of \p peer that it connects to.
std::size_t
PeerLink(const Scenario& scenario, const TrafficSpec& traffic, std::size_t peer)
{
    const auto& link = traffic.legs.front().link;
    const auto way = Topology(scenario).FindWay(traffic.from, traffic.to).links;
    return link ? *link : peer == traffic.to ? way.back() : way.front();
}

template <class Value>
void
Require(int socket, int level, int option, const Value& value, const std::string& what)
{
    if (setsockopt(socket, level, option, &value, sizeof value) != 0)
    {
        throw MachineCannot("the kernel refuses " + what + " (" + std::strerror(errno) + ')');
    }
}

/// Beyond net.core.*mem_max if the rights suffice.
void
SetBuffer(int socket, int force, int option, std::uint32_t size, const char* name)
{
    const int wanted = static_cast<int>(size);
    if (size == 0 || setsockopt(socket, SOL_SOCKET, force, &wanted, sizeof wanted) == 0)
    {
        return;
    }
    Require(socket, SOL_SOCKET, option, wanted, name);
    int got = 0;
    socklen_t length = sizeof got;
    getsockopt(socket, SOL_SOCKET, option, &got, &length);
    if (got / 2 < wanted)
    {
        throw MachineCannot(std::string("the kernel gives ") + name + " only " +
                            std::to_string(got / 2) + " of " + std::to_string(wanted) +
                            " bytes; raise net.core.rmem_max and wmem_max, or run it as root");
    }
}

/// \return 0 or errno
int
SetCongestion(int socket, const std::string& name)
{
    const auto size = static_cast<socklen_t>(name.size());
    return setsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, name.data(), size) == 0 ? 0 : errno;
}

/// \throws MachineCannot unless the kernel lets a TCP socket of ours use \p name.
///
/// Asked of a socket that is only for this: without a subflow, a multipath socket of Linux accepts
/// any name, and a subflow made later silently stays with the machine's default.
void
RequireCongestion(const std::string& name)
{
    const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
    if (probe < 0)
    {
        throw MachineCannot(std::string("no TCP socket (") + std::strerror(errno) + ')');
    }
    const int error = SetCongestion(probe, name);
    close(probe);
    if (error != 0)
    {
        throw MachineCannot("the kernel has no congestion control \"" + name + "\" for us (" +
                            std::strerror(error) +
                            "); see net.ipv4.tcp_available_congestion_control");
    }
}

void
Configure(int socket, const KernelSocketSettings& settings)
{
    if (const int error = SetCongestion(socket, settings.congestion))
    {
        throw MachineCannot("the kernel refuses the congestion control \"" + settings.congestion +
                            "\" (" + std::strerror(error) + ')');
    }
    SetBuffer(socket, SO_RCVBUFFORCE, SO_RCVBUF, settings.receiveBuffer, "SO_RCVBUF");
    SetBuffer(socket, SO_SNDBUFFORCE, SO_SNDBUF, settings.sendBuffer, "SO_SNDBUF");
    const int on = 1;
    if (settings.noDelay)
    {
        Require(socket, IPPROTO_TCP, TCP_NODELAY, on, "TCP_NODELAY");
    }
    if (settings.mss > 0)
    {
        const int mss = static_cast<int>(settings.mss);
        Require(socket, IPPROTO_TCP, TCP_MAXSEG, mss, "a given MSS (TCP_MAXSEG)");
    }
    if (settings.maxPacingRate > 0)
    {
        Require(socket,
                SOL_SOCKET,
                SO_MAX_PACING_RATE,
                settings.maxPacingRate,
                "SO_MAX_PACING_RATE");
    }
}

/// What the scenario asks for at the kernel's end of \p spec.
const std::string&
CongestionOf(const Scenario& scenario, const LivePlan& plan, const TrafficSpec& spec)
{
    const auto& config = spec.End(spec.from == plan.host).tcp.config;
    const auto& coupled = scenario.hosts[plan.host].mptcp.config.congestion;
    const bool isMultipath = spec.IsMultipath() && plan.multipath;
    return isMultipath && !coupled.empty() ? coupled : config.congestion;
}

int
MakeSocket(const KernelSocketSettings& settings)
{
    RequireCongestion(settings.congestion);
    const int family = settings.address.family == IpFamily::V6 ? AF_INET6 : AF_INET;
    const int file = socket(family,
                            SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                            settings.multipath ? IPPROTO_MPTCP : IPPROTO_TCP);
    if (file < 0)
    {
        throw MachineCannot(std::string("no ") + (settings.multipath ? "MPTCP" : "TCP") +
                            " socket (" + std::strerror(errno) + ')');
    }
    Configure(file, settings);
    return file;
}

} // namespace

socklen_t
FillAddress(const IpAddress& address, std::uint16_t port, sockaddr_storage& out)
{
    std::memset(&out, 0, sizeof out);
    if (address.family == IpFamily::V6)
    {
        auto& v6 = reinterpret_cast<sockaddr_in6&>(out);
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        std::memcpy(&v6.sin6_addr, address.bytes.data(), 16);
        return sizeof v6;
    }
    auto& v4 = reinterpret_cast<sockaddr_in&>(out);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, address.bytes.data(), 4);
    return sizeof v4;
}

std::string
KernelCongestionName(const std::string& name)
{
    return name.substr(0, name.find("-before-"));
}

std::vector<std::string>
CongestionNotes(const Scenario& scenario, const LivePlan& plan)
{
    std::vector<std::string> notes;
    for (const auto& leg : plan.legs)
    {
        if (!leg.Has(plan.host))
        {
            continue;
        }
        const auto wanted = CongestionOf(scenario, plan, leg.spec);
        const auto known = KernelCongestionName(wanted);
        const auto note = "host " + scenario.hosts[plan.host].name + ": the kernel's own \"" +
                          known + "\" stands in for \"" + wanted + '"';
        if (known != wanted && std::find(notes.begin(), notes.end(), note) == notes.end())
        {
            notes.push_back(note);
        }
    }
    return notes;
}

IpAddress
ServerAddress(const Scenario& scenario, const TrafficSpec& leg)
{
    const auto peer = leg.openedByReceiver ? leg.from : leg.to;
    const auto link = PeerLink(scenario, leg, peer);
    return ns3::ScenarioNetwork::AddressOn(scenario, link, Topology(scenario).SideOf(link, peer));
}

KernelSocketSettings
SocketSettingsOf(const Scenario& scenario, const LivePlan& plan, std::size_t leg)
{
    const auto& spec = plan.legs[leg].spec;
    const bool isFrom = spec.from == plan.host;
    const auto& settings = spec.End(isFrom).tcp;
    const auto& config = settings.config;
    KernelSocketSettings result;
    result.multipath = spec.IsMultipath() && plan.multipath;
    result.address.family = scenario.links.front().ipVersion == 6 ? IpFamily::V6 : IpFamily::V4;
    result.port = spec.legs.front().port;
    if (plan.legs[leg].OpensAt(plan.host))
    {
        result.address = ServerAddress(scenario, spec);
    }
    result.congestion = KernelCongestionName(CongestionOf(scenario, plan, spec));
    // The kernel doubles what it is asked for (sk_rcvbuf is the double of SO_RCVBUF).
    result.receiveBuffer = config.receiveBufferLocked ? config.receiveBuffer / 2 : 0;
    result.sendBuffer = config.sendBufferLocked ? config.sendBuffer / 2 : 0;
    result.mss = settings.mssGiven ? config.mss : 0;
    const bool isRelay = plan.legs[leg].IsRelayAt(plan.host);
    result.noDelay = !config.nagle || (isRelay && scenario.hosts[plan.host].proxy.noDelay);
    result.maxPacingRate = config.maxPacingRate;
    return result;
}

void
RequireMultipath()
{
    const int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);
    if (file < 0)
    {
        throw MachineCannot(std::string("the kernel has no multipath TCP (") +
                            std::strerror(errno) +
                            "); it needs CONFIG_MPTCP and net.mptcp.enabled = 1");
    }
    close(file);
}

int
ListenAs(const KernelSocketSettings& settings)
{
    const int file = MakeSocket(settings);
    const int on = 1;
    setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_storage address{};
    const auto size = FillAddress(settings.address, settings.port, address);
    // Estimate: more connections at once than a live run opens; net.core.somaxconn (4096 since
    // Linux 5.4) limits it further.
    constexpr int backlog = 1024;
    if (bind(file, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        listen(file, backlog) != 0)
    {
        throw std::runtime_error("cannot listen on port " + std::to_string(settings.port) + ": " +
                                 std::strerror(errno));
    }
    return file;
}

int
ConnectAs(const KernelSocketSettings& settings)
{
    const int file = MakeSocket(settings);
    sockaddr_storage address{};
    const auto size = FillAddress(settings.address, settings.port, address);
    if (connect(file, reinterpret_cast<const sockaddr*>(&address), size) != 0 &&
        errno != EINPROGRESS)
    {
        close(file);
        return -1;
    }
    return file;
}

void
PrepareAccepted(int socket, const KernelSocketSettings& settings)
{
    const int on = 1;
    if (settings.noDelay)
    {
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
}

} // namespace hoststack
