// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-session-application.h"

#include "ns3/hs-tcp-socket-factory.h"
#include "ns3/hs-tcp-socket.h"

#include <ns3/abort.h>
#include <ns3/boolean.h>
#include <ns3/inet6-socket-address.h>
#include <ns3/node.h>
#include <ns3/simulator.h>
#include <ns3/socket-factory.h>
#include <ns3/uinteger.h>

#include <utility>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(HoststackSessionApplication);

TypeId
HoststackSessionApplication::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::HoststackSessionApplication")
            .SetParent<Application>()
            .SetGroupName("Hoststack")
            .AddConstructor<HoststackSessionApplication>()
            .AddAttribute("Protocol",
                          "Socket factory of the transport.",
                          TypeIdValue(HoststackTcpSocketFactory::GetTypeId()),
                          MakeTypeIdAccessor(&HoststackSessionApplication::m_protocol),
                          MakeTypeIdChecker())
            .AddAttribute("Address",
                          "Where to connect to, or where to listen.",
                          AddressValue(),
                          MakeAddressAccessor(&HoststackSessionApplication::m_address),
                          MakeAddressChecker())
            .AddAttribute("Listen",
                          "Accept connections instead of opening them.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&HoststackSessionApplication::m_listen),
                          MakeBooleanChecker())
            .AddAttribute("Connections",
                          "How many connections to open.",
                          UintegerValue(1),
                          MakeUintegerAccessor(&HoststackSessionApplication::m_connections),
                          MakeUintegerChecker<std::uint32_t>())
            .AddAttribute("AcceptDelay",
                          "From listening to the first connection that is accepted.",
                          TimeValue(Time(0)),
                          MakeTimeAccessor(&HoststackSessionApplication::m_acceptDelay),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("AcceptInterval",
                          "Between two accepted connections; 0: all that wait at once.",
                          TimeValue(Time(0)),
                          MakeTimeAccessor(&HoststackSessionApplication::m_acceptInterval),
                          MakeTimeChecker(Time(0)));
    return tid;
}

HoststackSessionApplication::HoststackSessionApplication() = default;
HoststackSessionApplication::~HoststackSessionApplication() = default;

void
HoststackSessionApplication::SetProgram(ProgramFactory factory)
{
    m_factory = std::move(factory);
}

void
HoststackSessionApplication::SetSocketSetup(SocketSetup setup)
{
    m_setup = std::move(setup);
}

void
HoststackSessionApplication::SetSessionHook(SessionHook hook)
{
    m_hook = std::move(hook);
}

std::size_t
HoststackSessionApplication::StopSessions()
{
    std::size_t told = 0;
    for (const auto& session : m_sessions)
    {
        told += session->IsOver() ? 0 : 1;
        session->Stop();
    }
    return told;
}

std::size_t
HoststackSessionApplication::AbortSessions()
{
    std::size_t told = 0;
    for (const auto& session : m_sessions)
    {
        told += session->IsOver() ? 0 : 1;
        session->Abort();
    }
    return told;
}

HoststackSession&
HoststackSessionApplication::Keep(std::unique_ptr<HoststackSession> session)
{
    m_sessions.push_back(std::move(session));
    if (m_hook)
    {
        m_hook(*m_sessions.back());
    }
    return *m_sessions.back();
}

void
HoststackSessionApplication::DoDispose()
{
    m_sessions.clear();
    m_listener = nullptr;
    m_acceptEvent.Cancel();
    Application::DoDispose();
}

void
HoststackSessionApplication::StartApplication()
{
    NS_ABORT_MSG_UNLESS(m_factory || (!m_listen && m_connections == 0),
                        "HoststackSessionApplication has no program");
    if (m_listen)
    {
        Listen();
    }
    else
    {
        Connect();
    }
}

void
HoststackSessionApplication::StopApplication()
{
    m_acceptEvent.Cancel();
    if (m_listener)
    {
        m_listener->Close();
        m_listener = nullptr;
    }
    StopSessions();
}

void
HoststackSessionApplication::Listen()
{
    m_listener = Socket::CreateSocket(GetNode(), m_protocol);
    if (m_setup)
    {
        m_setup(*m_listener);
    }
    m_listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                  MakeCallback(&HoststackSessionApplication::HandleAccept, this));
    auto* own = dynamic_cast<HoststackTcpSocket*>(PeekPointer(m_listener));
    if (own && (m_acceptDelay.IsStrictlyPositive() || m_acceptInterval.IsStrictlyPositive()))
    {
        own->SetAttribute("AcceptByCall", BooleanValue(true));
        own->SetAcceptReadyCallback(MakeCallback(&HoststackSessionApplication::HandleReady, this));
        m_acceptAt = Simulator::Now() + m_acceptDelay;
    }
    NS_ABORT_MSG_IF(m_listener->Bind(m_address) != 0, "cannot bind to the given address");
    NS_ABORT_MSG_IF(m_listener->Listen() != 0, "cannot listen on the given address");
}

void
HoststackSessionApplication::Connect()
{
    for (std::uint32_t i = 0; i < m_connections; ++i)
    {
        Open(m_factory());
    }
}

HoststackSession&
HoststackSessionApplication::Open(std::unique_ptr<hoststack::Program> program)
{
    const auto socket = Socket::CreateSocket(GetNode(), m_protocol);
    if (m_setup)
    {
        m_setup(*socket);
    }
    const bool isIpv6 = Inet6SocketAddress::IsMatchingType(m_address);
    NS_ABORT_MSG_IF((isIpv6 ? socket->Bind6() : socket->Bind()) != 0, "no local port is left");
    auto& session = Begin(socket, std::move(program), false);
    socket->Connect(m_address);
    return session;
}

void
HoststackSessionApplication::HandleAccept(Ptr<Socket> socket, const Address& /* from */)
{
    Begin(socket, m_factory(), true);
}

void
HoststackSessionApplication::HandleReady(Ptr<HoststackTcpSocket> /* listener */)
{
    if (m_acceptEvent.IsExpired())
    {
        m_acceptEvent = Simulator::Schedule(Max(Time(0), m_acceptAt - Simulator::Now()),
                                            &HoststackSessionApplication::AcceptNext,
                                            this);
    }
}

void
HoststackSessionApplication::AcceptNext()
{
    const auto listener = DynamicCast<HoststackTcpSocket>(m_listener);
    const auto socket = listener ? listener->Accept() : nullptr;
    if (socket)
    {
        m_acceptAt = Simulator::Now() + m_acceptInterval;
        Begin(socket, m_factory(), true);
        HandleReady(listener);
    }
}

HoststackSession&
HoststackSessionApplication::Begin(Ptr<Socket> socket,
                                   std::unique_ptr<hoststack::Program> program,
                                   bool accepted)
{
    m_sessions.push_back(std::make_unique<HoststackSession>(std::move(program)));
    HoststackSession& session = *m_sessions.back();
    if (accepted)
    {
        session.Accept(socket, m_hook);
    }
    else
    {
        session.Open(socket, m_hook);
    }
    return session;
}

} // namespace ns3
