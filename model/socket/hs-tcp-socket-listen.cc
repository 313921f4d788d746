// SPDX-License-Identifier: GPL-2.0-only

// HoststackTcpSocket: listeners, and connections on their way to the application.

#include "ns3/hs-address-conversion.h"
#include "ns3/hs-listen-queue.h"
#include "ns3/hs-tcp-socket.h"

#include <ns3/node.h>
#include <ns3/simulator.h>

#include <algorithm>
#include <deque>
#include <utility>

namespace ns3
{

using hoststack::IpFamily;
using hoststack::TcpSegment;
using hoststack::host::Context;

int
HoststackTcpSocket::Listen()
{
    return Listen(m_backlog);
}

int
HoststackTcpSocket::Listen(std::uint32_t backlog)
{
    if ((m_open || m_stream) && !m_listening)
    {
        return Fail(ERROR_ISCONN);
    }
    if (!m_listening && !m_bound && Bind() != 0)
    {
        return -1;
    }
    m_backlog = std::min(backlog, HoststackListenQueue::kMaxBacklog);
    Queue().backlog = m_backlog;
    if (!m_listening)
    {
        m_listening = true;
        m_open = true;
        m_protocol->Listen(*this);
    }
    return 0;
}

HoststackListenQueue&
HoststackTcpSocket::Queue()
{
    if (!m_queue)
    {
        m_queue = std::make_unique<HoststackListenQueue>();
    }
    return *m_queue;
}

void
HoststackTcpSocket::OnSyn(Context& context, const HoststackFlowKey& key, const TcpSegment& syn)
{
    const bool mapped = m_key.local.family != key.local.family;
    if (!NotifyConnectionRequest(ToSocketAddress(key.remote, key.remotePort, mapped)) ||
        !m_listening)
    {
        return;
    }
    const auto child = NewChild();
    child->m_mapped = mapped;
    child->Accept(context, *this, key, syn);
}

Ptr<HoststackTcpSocket>
HoststackTcpSocket::NewChild()
{
    return DynamicCast<HoststackTcpSocket>(m_protocol->CreateSocket());
}

void
HoststackTcpSocket::CopyFromListener(const HoststackTcpSocket& /* listener */)
{
}

void
HoststackTcpSocket::Accept(Context& context,
                           HoststackTcpSocket& listener,
                           const HoststackFlowKey& key,
                           const TcpSegment& syn)
{
    SetConfig(listener.GetConfig());
    m_virtualPayload = listener.m_virtualPayload;
    m_ending.sendShut = listener.m_ending.sendShut;
    m_ending.receiveShut = listener.m_ending.receiveShut;
    m_observer = listener.m_observer;
    m_listener = &listener;
    m_key = key;
    HoststackTcpSocketTraces::operator=(listener);
    if (m_traces.IsOwned())
    {
        m_traces.Own().shown = Shown();
    }
    SetIpTos(listener.GetIpTos());
    SetPriority(listener.GetPriority());
    if (listener.GetBoundNetDevice())
    {
        BindToNetDevice(listener.GetBoundNetDevice());
    }
    SetCork(listener.m_corked);
    CopyFromListener(listener);
    if (StartConnection(context))
    {
        listener.AddHalfOpen();
        Activity activity(*this);
        AcceptOnStream(Now(), syn);
    }
    else
    {
        m_listener = nullptr;
    }
}

// Queues

bool
HoststackTcpSocket::AdmitsSyn()
{
    return m_queue->AdmitsSyn(m_protocol->EditListenCounts());
}

bool
HoststackTcpSocket::AdmitsConnection(bool& aborts)
{
    aborts = m_abortOnOverflow;
    // The connections of a listener that has been closed are reset when they are complete.
    return !m_listening || m_queue->HasRoom(m_protocol->EditListenCounts());
}

void
HoststackTcpSocket::AddHalfOpen()
{
    m_queue->AddHalfOpen();
}

void
HoststackTcpSocket::RemoveHalfOpen()
{
    if (m_queue)
    {
        m_queue->RemoveHalfOpen();
    }
}

/// This connection's handshake is over, well or not.
void
HoststackTcpSocket::LeaveListener(std::uint32_t events)
{
    if (!m_listener)
    {
        return;
    }
    const auto listener = std::exchange(m_listener, nullptr);
    listener->RemoveHalfOpen();
    if ((events & hoststack::tcp::kUnreachable) != 0 && m_protocol)
    {
        ++m_protocol->EditListenCounts().listenDrops; // tcp_req_err
    }
}

bool
HoststackTcpSocket::RefusesThird(const TcpSegment& segment)
{
    bool aborts = false;
    if (!m_connection || !m_connection->CompletesHandshake(segment) ||
        m_listener->AdmitsConnection(aborts))
    {
        return false;
    }
    if (aborts)
    {
        Abort();
    }
    return true;
}

void
HoststackTcpSocket::OnConnected()
{
    m_established = true;
    if (!m_listener)
    {
        NotifyConnectionSucceeded();
        FinishClosing();
        return;
    }
    const auto listener = m_listener;
    LeaveListener(0);
    if (!listener->m_listening)
    {
        m_stream->Abort(Now());
        return;
    }
    if (listener->m_acceptByCall)
    {
        m_unaccepted = true;
        listener->m_queue->Complete().emplace_back(this);
        if (const auto& tell = listener->m_queue->acceptReady; !tell.IsNull())
        {
            tell(listener);
        }
        return;
    }
    Address from;
    GetPeerName(from);
    listener->NotifyNewConnectionCreated(this, from);
}

Ptr<HoststackTcpSocket>
HoststackTcpSocket::Accept()
{
    if (!m_queue || m_queue->Complete().empty())
    {
        Fail(m_listening ? ERROR_AGAIN : ERROR_INVAL);
        return nullptr;
    }
    const auto child = m_queue->Complete().front();
    m_queue->Complete().pop_front();
    {
        Activity activity(*child);
        child->m_stream->OnAccepted(child->Now());
    }
    child->m_unaccepted = false;
    if (child->m_waiting != 0)
    {
        Simulator::ScheduleNow([child] { child->TellWaiting(); });
    }
    return child;
}

/// Tells the application what has happened since the handshake.
void
HoststackTcpSocket::TellWaiting()
{
    if (m_stream)
    {
        const Ptr<HoststackTcpSocket> guard(this);
        const Present present(*this, m_protocol->Machine().Current());
        ++m_depth;
        Dispatch(std::exchange(m_waiting, 0));
        --m_depth;
        Settle();
    }
}

void
HoststackTcpSocket::SetAcceptReadyCallback(Callback<void, Ptr<HoststackTcpSocket>> callback)
{
    Queue().acceptReady = callback;
}

std::size_t
HoststackTcpSocket::GetAcceptQueueLength() const
{
    return m_queue ? m_queue->Complete().size() : 0;
}

} // namespace ns3
