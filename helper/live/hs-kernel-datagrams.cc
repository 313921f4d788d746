// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-kernel-datagrams.h"

#include "ns3/hs-datagram-run.h"
#include "ns3/hs-kernel-socket.h"
#include "ns3/hs-scenario-network.h"
#include "ns3/hs-scenario-runner.h"
#include "ns3/hs-topology.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace hoststack
{

namespace
{

constexpr std::size_t kHeader = ns3::kDatagramHeader;
constexpr std::size_t kEchoHeader = 8; // RFC 792
/// As ns3::HoststackPing keeps them.
constexpr std::size_t kMostOpen = 1024;

/// RFC 1071.
std::uint16_t
Checksum(const std::vector<std::uint8_t>& bytes)
{
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
    {
        sum += static_cast<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
    }
    while (sum > 0xffff)
    {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    return static_cast<std::uint16_t>(~sum);
}

void
Write(std::uint64_t value, std::size_t bytes, std::uint8_t* out)
{
    for (std::size_t i = 0; i < bytes; ++i)
    {
        out[i] = static_cast<std::uint8_t>(value >> (8 * (bytes - 1 - i)));
    }
}

std::uint64_t
Read(std::size_t bytes, const std::uint8_t* in)
{
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i)
    {
        value = value << 8 | in[i];
    }
    return value;
}

} // namespace

KernelDatagrams::KernelDatagrams(const Scenario& scenario, std::size_t index, bool sends)
    : m_spec(scenario.datagrams[index]),
      m_identifier(static_cast<std::uint16_t>(index))
{
    const bool isPing = m_spec.kind == DatagramKind::Ping;
    if (isPing && !sends)
    {
        return; // its kernel answers
    }
    const int family = scenario.links.front().ipVersion == 6 ? AF_INET6 : AF_INET;
    m_socket = isPing ? socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMP)
                      : socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (m_socket < 0)
    {
        throw MachineCannot(std::string("no socket for ") + (isPing ? "ICMP" : "UDP") + " (" +
                            std::strerror(errno) + ')');
    }
    m_packet.resize(m_spec.size + (isPing ? kEchoHeader : 0));
    if (sends)
    {
        Connect(scenario);
        return;
    }
    sockaddr_storage address{};
    const auto length = FillAddress(IpAddress{family == AF_INET6 ? IpFamily::V6 : IpFamily::V4, {}},
                                    m_spec.port,
                                    address);
    if (bind(m_socket, reinterpret_cast<const sockaddr*>(&address), length) != 0)
    {
        throw std::runtime_error("cannot bind port " + std::to_string(m_spec.port) + ": " +
                                 std::strerror(errno));
    }
}

KernelDatagrams::~KernelDatagrams()
{
    if (m_socket >= 0)
    {
        close(m_socket);
    }
}

/// From the address of its own link to the other's, as in a simulation.
void
KernelDatagrams::Connect(const Scenario& scenario)
{
    const Topology topology(scenario);
    const auto way = m_spec.link ? std::vector<std::size_t>{*m_spec.link}
                                 : topology.FindWay(m_spec.from, m_spec.to).links;
    const auto place = [&](std::size_t link, std::size_t host, std::uint16_t port, auto call) {
        sockaddr_storage address{};
        const auto length = FillAddress(
            ns3::ScenarioNetwork::AddressOn(scenario, link, topology.SideOf(link, host)),
            port,
            address);
        return call(m_socket, reinterpret_cast<const sockaddr*>(&address), length) == 0;
    };
    if (!place(way.front(), m_spec.from, 0, bind) ||
        !place(way.back(), m_spec.to, m_spec.port, connect))
    {
        throw std::runtime_error("datagrams " + m_spec.name +
                                 " have no way: " + std::strerror(errno));
    }
    if (m_spec.kind != DatagramKind::Ping)
    {
        m_departures = ns3::MakeDepartures(m_spec, scenario.run.seed);
    }
}

void
KernelDatagrams::Start()
{
    m_start = MonotonicNow();
    if (m_departures)
    {
        PlanNext();
    }
    else
    {
        m_due = m_start;
    }
}

void
KernelDatagrams::Stop()
{
    m_due = kNever;
    m_overAt = m_overAt < 0 ? MonotonicNow() : m_overAt;
}

/// As HoststackDatagramSource::PlansNext and HoststackPing::Send.
void
KernelDatagrams::PlanNext()
{
    const auto lasts = m_spec.stop == kNever ? kNever : m_spec.stop - m_spec.start;
    const auto gap = m_departures ? m_departures->Next() : m_due + m_spec.every - m_start;
    if (m_overAt < 0 && m_spec.count > 0 && m_sent >= m_spec.count && m_departures)
    {
        Stop();
    }
    m_due = m_overAt < 0 ? m_start + std::min(gap, lasts) : kNever;
}

void
KernelDatagrams::Run()
{
    while (m_due <= MonotonicNow())
    {
        const bool isAll = m_spec.count > 0 && m_sent >= m_spec.count;
        if (isAll || (m_spec.stop != kNever && m_due - m_start >= m_spec.stop - m_spec.start))
        {
            Stop();
            break;
        }
        Send();
        PlanNext();
    }
    if (m_socket >= 0)
    {
        Receive();
    }
}

void
KernelDatagrams::Send()
{
    const auto now = MonotonicNow();
    if (m_departures)
    {
        Write(m_sent, 8, m_packet.data());
        Write(static_cast<std::uint64_t>(now), 8, m_packet.data() + 8);
    }
    else
    {
        std::fill_n(m_packet.begin(), kEchoHeader, std::uint8_t{0});
        m_packet[0] = ICMP_ECHO;
        Write(m_identifier, 2, &m_packet[4]);
        Write(m_sent & 0xffff, 2, &m_packet[6]);
        Write(Checksum(m_packet), 2, &m_packet[2]);
        m_open.push_back({m_sent, now});
        if (m_open.size() > kMostOpen)
        {
            m_open.pop_front();
        }
    }
    // What the kernel does not take is lost.
    const auto taken = send(m_socket, m_packet.data(), m_packet.size(), MSG_NOSIGNAL);
    m_sent += taken >= 0 || errno != EINTR ? 1 : 0;
}

void
KernelDatagrams::Receive()
{
    std::array<std::uint8_t, 65536> bytes;
    while (true)
    {
        const auto got = recv(m_socket, bytes.data(), bytes.size(), 0);
        if (got < 0 && errno == EINTR)
        {
            continue;
        }
        if (got < 0)
        {
            return; // nothing more, or what ICMP says of those that were sent
        }
        const auto size = static_cast<std::size_t>(got);
        if (m_spec.kind == DatagramKind::Ping)
        {
            TakeEcho(bytes.data(), size);
        }
        else if (!m_departures && size >= kHeader)
        {
            const auto sent = static_cast<TimeNs>(Read(8, bytes.data() + 8));
            Arrived(Read(8, bytes.data()), MonotonicNow() - sent, size);
        }
    }
}

void
KernelDatagrams::TakeEcho(const std::uint8_t* bytes, std::size_t size)
{
    const std::size_t ip = size > 0 ? std::size_t{bytes[0] & 0x0fu} * 4 : 0;
    if (size < ip + kEchoHeader || bytes[ip] != ICMP_ECHOREPLY ||
        Read(2, bytes + ip + 4) != m_identifier)
    {
        return;
    }
    const auto number = Read(2, bytes + ip + 6);
    const auto asked = std::find_if(m_open.begin(), m_open.end(), [number](const Open& open) {
        return (open.number & 0xffff) == number;
    });
    if (asked != m_open.end())
    {
        const auto open = *asked;
        m_open.erase(asked);
        Arrived(open.number, MonotonicNow() - open.at, m_spec.size);
    }
}

void
KernelDatagrams::Arrived(std::uint64_t number, TimeNs delay, std::uint64_t bytes)
{
    DatagramNews news;
    news.arrivedAt = MonotonicNow();
    news.delay = delay;
    news.bytes = bytes;
    news.isLate = number < m_highest;
    m_highest = std::max(m_highest, number);
    m_arrivals.push_back(news);
}

bool
KernelDatagrams::TakeNews(DatagramNews& news)
{
    const bool any = !m_arrivals.empty() || m_told.sent != m_sent || m_told.overAt != m_overAt;
    news = {};
    if (!m_arrivals.empty())
    {
        news = m_arrivals.front();
        m_arrivals.pop_front();
    }
    news.sent = m_told.sent = m_sent;
    news.overAt = m_told.overAt = m_overAt;
    return any;
}

} // namespace hoststack
