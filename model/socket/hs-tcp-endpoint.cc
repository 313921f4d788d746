// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-endpoint.h"

#include "ns3/hs-frame-codec.h"
#include "ns3/hs-ip-codec.h"
#include "ns3/hs-send-backlog.h"
#include "ns3/hs-tcp-codec.h"

#include <algorithm>
#include <utility>

namespace ns3
{

using hoststack::Seq32;
using hoststack::TcpSegment;
using hoststack::TimeNs;
using hoststack::host::Context;

/// That of an endpoint, as long as it is there.
class HoststackTcpEndpoint::Account final : public HoststackSendAccount
{
  public:
    explicit Account(HoststackTcpEndpoint& endpoint)
        : HoststackSendAccount(hoststack::tcp::kSendHead),
          m_endpoint(&endpoint)
    {
    }

    bool IsAwaited() const override
    {
        return m_endpoint != nullptr && m_endpoint->AwaitsSendRoom();
    }

    void Leave() override
    {
        m_endpoint = nullptr;
    }

    void Run(Context& context) override
    {
        if (m_endpoint != nullptr)
        {
            m_endpoint->OnSendRoom(context);
        }
    }

  private:
    HoststackTcpEndpoint* m_endpoint;
};

HoststackTcpEndpoint::~HoststackTcpEndpoint()
{
    if (m_account)
    {
        m_account->Leave();
    }
}

bool
HoststackTcpEndpoint::OpenPath(const Context& context, Socket::SocketErrno& error)
{
    m_route = m_protocol->FindRoute(m_key, Options(), context.Now(), error);
    if (!m_route)
    {
        return false;
    }
    UseAccount();
    m_key.local = m_route->source;
    m_hash = HashFlow(m_key.remote,
                      m_key.local,
                      m_key.remotePort,
                      m_key.localPort,
                      HoststackTcpProtocol::kProtocolNumber);
    if (!m_protocol->Insert(*this))
    {
        error = Socket::ERROR_ADDRINUSE;
        return false;
    }
    m_inTable = true;
    return true;
}

/// A device with a queue tells of what it has sent.
void
HoststackTcpEndpoint::UseAccount()
{
    if (m_route && m_route->egress->device && m_route->egress->device->TransmitPath())
    {
        if (!m_account)
        {
            m_account = Create<Account>(*this);
        }
        m_route->account = m_account;
    }
}

void
HoststackTcpEndpoint::ClosePath()
{
    if (std::exchange(m_inTable, false) && m_protocol)
    {
        m_protocol->Erase(*this);
    }
    m_route = nullptr;
    m_arrivesBy = nullptr;
}

std::uint32_t
HoststackTcpEndpoint::FixedHeaders() const
{
    // RFC 9293 section 3.7.1.
    return static_cast<std::uint32_t>(hoststack::IpHeaderLength(m_key.remote.family) +
                                      hoststack::kTcpMinHeader);
}

std::uint32_t
HoststackTcpEndpoint::NoteSent(const TcpSegment& burst)
{
    if (burst.Has(hoststack::kSyn))
    {
        m_sentTo = burst.seq + 1;
    }
    const Seq32 end = burst.seq + burst.payload.Length();
    if (burst.payload.Length() == 0 || !(end > m_sentTo))
    {
        return 0;
    }
    const auto fresh = static_cast<std::uint32_t>(end - m_sentTo);
    m_sentTo = end;
    return fresh;
}

namespace
{

/// What building \p burst costs, by the way that it took through the stack.
hoststack::host::Operation
BuildingOf(const TcpSegment& burst)
{
    using hoststack::OutputPath;
    using hoststack::host::Operation;
    if (burst.payload.Length() == 0)
    {
        return Operation::TransmitAck;
    }
    return burst.path == OutputPath::Full   ? Operation::TransmitUnit
           : burst.path == OutputPath::Fast ? Operation::TransmitFast
                                            : Operation::RetransmitFast;
}

void
ChargeSending(Context& context,
              const TcpSegment& burst,
              std::uint32_t count,
              const HoststackTcpRoute* route)
{
    using hoststack::host::Operation;
    context.Charge(BuildingOf(burst));
    context.Charge(Operation::TransmitSegment, count - 1);
    if (count > 1 && route != nullptr && route->egress->device &&
        route->egress->device->CutsInSoftware())
    {
        context.Charge(Operation::Segment, count);
    }
}

} // namespace

void
HoststackTcpEndpoint::SendBurst(Context& context,
                                std::uint8_t trafficClass,
                                TcpSegment&& burst,
                                hoststack::TimeNs earliest)
{
    const auto now = context.Now();
    if (!m_route || !m_protocol->IsFresh(*m_route, trafficClass, now))
    {
        Socket::SocketErrno error;
        m_route = m_protocol->FindRoute(m_key, Options(), now, error);
        UseAccount();
    }
    const auto length = burst.payload.Length();
    const auto identification = m_identification;
    const auto count = burst.SegmentCount();
    ChargeSending(context, burst, count, PeekPointer(m_route));
    if (m_route) // IP numbers only what it has a route for
    {
        m_identification = static_cast<std::uint16_t>(m_identification + count);
    }
    if (m_route && m_route->egress->device)
    {
        const auto header = DirectHeaderLength(*m_route, burst);
        const auto largest = burst.mss == 0 ? length : std::min<std::uint32_t>(length, burst.mss);
        if (header + largest <= m_route->egress->device->GetMtu())
        {
            if (m_route->account && length > 0)
            {
                m_route->account->Take(length);
            }
            if (context.IsAhead())
            {
                SendLater(context, std::move(burst), header, identification, earliest);
                return;
            }
            m_route->egress->device
                ->SendBurst(now, m_route, std::move(burst), header, identification, earliest);
            return;
        }
    }
    if (context.IsAhead())
    {
        SendThroughIpLater(context, std::move(burst));
        return;
    }
    m_protocol->SendThroughIp(m_key, PeekPointer(m_route), Options(), burst);
}

/// The socket layer of the host, if it is charged for one.
void
HoststackTcpEndpoint::TellDispatch(Context& context,
                                   const TcpSegment& burst,
                                   std::uint32_t interface) const
{
    if (auto* dispatch = m_protocol->Machine().Dispatch())
    {
        dispatch->OnSent(context, m_dispatchHandle, interface, burst.SegmentCount());
    }
}

/// A burst leaves when it has been paid.
void
HoststackTcpEndpoint::SendLater(Context& context,
                                TcpSegment&& burst,
                                std::uint32_t header,
                                std::uint16_t identification,
                                hoststack::TimeNs earliest)
{
    TellDispatch(context, burst, m_route->egress->device->GetIfIndex());
    auto send = [route = m_route, burst = std::move(burst), header, identification, earliest](
                    TimeNs at) mutable {
        route->egress->device
            ->SendBurst(at, route, std::move(burst), header, identification, earliest);
    };
    m_protocol->Machine().Later().Release(context, std::move(send));
}

void
HoststackTcpEndpoint::SendThroughIpLater(Context& context, TcpSegment&& burst)
{
    TellDispatch(context, burst, 0);
    auto send = [protocol = m_protocol,
                 route = m_route,
                 key = m_key,
                 options = Options(),
                 burst = std::move(burst)](TimeNs) {
        protocol->SendThroughIp(key, PeekPointer(route), options, burst);
    };
    m_protocol->Machine().Later().Release(context, std::move(send));
}

} // namespace ns3
