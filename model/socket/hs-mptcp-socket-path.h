// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_SOCKET_PATH_H
#define HS_MPTCP_SOCKET_PATH_H

#include "ns3/hs-mptcp-socket.h"

#include <utility>

namespace ns3
{

/// The way of one subflow.
class HoststackMptcpSocket::Path : public HoststackTcpEndpoint
{
  public:
    Path(HoststackMptcpSocket& socket, const HoststackFlowKey& key)
        : m_socket(socket)
    {
        m_protocol = socket.m_protocol;
        m_virtualPayload = socket.m_virtualPayload;
        m_key = key;
    }

    ~Path() override
    {
        Close();
        if (const auto* work = SendRoomWork())
        {
            m_socket.ForgetWork(*work);
        }
    }

    /// \return false and sets \p error if it cannot be used
    bool Open(const hoststack::host::Context& context, bool sourceBound, SocketErrno& error)
    {
        m_device = sourceBound ? m_protocol->DeviceOf(m_key.local) : nullptr;
        if (OpenPath(context, error))
        {
            return true;
        }
        const bool again = m_device && error != ERROR_ADDRINUSE;
        m_device = nullptr;
        return again && OpenPath(context, error);
    }

    void Close()
    {
        ClosePath();
        LeaveListener();
        if (portClaimed)
        {
            m_protocol->ReleasePort(m_socket, m_key.localPort);
            portClaimed = false;
        }
    }

    std::uint32_t Mss() const
    {
        return m_route->mtu - FixedHeaders();
    }

    bool IsLoopback() const
    {
        return m_key.local == m_key.remote;
    }

    void OnSegment(hoststack::host::Context& context, const hoststack::Burst& burst) override
    {
        const auto& segment = burst.segment;
        const Ptr<HoststackMptcpSocket> guard(&m_socket);
        if (!m_socket.Enter(context))
        {
            m_socket.LeaveBurst(id, burst);
            return;
        }
        auto* waits = id == 1 ? m_socket.Listener() : PeekPointer(listener);
        if (waits && m_socket.m_multipath->CompletesHandshake(id, segment))
        {
            bool aborts = false;
            if (!waits->AdmitsConnection(aborts))
            {
                Refuse(aborts);
                return;
            }
            LeaveListener();
        }
        using hoststack::host::Operation;
        context.Charge(segment.payload.Length() > 0 ? Operation::ReceiveTcp
                                                    : Operation::ReceiveAck);
        context.Charge(Operation::ReceiveMptcp);
        Activity activity(m_socket, context);
        if (!m_socket.m_traces->rx.IsEmpty())
        {
            m_socket.TraceBurst(m_socket.m_traces->rx, m_key, segment);
        }
        m_socket.m_multipath->OnSegment(m_socket.Now(), id, burst);
    }

    void OnNetworkError(hoststack::host::Context& context,
                        const hoststack::tcp::NetworkError& error) override
    {
        const Ptr<HoststackMptcpSocket> guard(&m_socket);
        Activity activity(m_socket, context);
        m_socket.m_multipath->OnNetworkError(m_socket.Now(), id, error);
    }

    bool OnPathMss(hoststack::host::Context& context,
                   hoststack::Seq32 sequence,
                   std::uint32_t mss) override
    {
        const Ptr<HoststackMptcpSocket> guard(&m_socket);
        Activity activity(m_socket, context);
        return m_socket.m_multipath->OnPathMss(m_socket.Now(), id, sequence, mss);
    }

    bool GiveWay(hoststack::host::Context& context,
                 const hoststack::TcpSegment& syn,
                 hoststack::Seq32& iss) override
    {
        const Ptr<HoststackMptcpSocket> guard(&m_socket);
        Activity activity(m_socket, context);
        const auto start = m_socket.m_multipath->GiveWay(m_socket.Now(), id, syn);
        iss = start.value_or(iss);
        return start.has_value();
    }

    void LimitPathMss(std::uint32_t mss) override
    {
        m_socket.m_multipath->LimitPathMss(id, mss);
    }

    /// There is no room for it at the listener.
    void Refuse(bool aborts)
    {
        if (aborts && id == 1)
        {
            m_socket.Abort();
        }
        else if (aborts)
        {
            m_socket.DropSubflow(id);
        }
    }

    void LeaveListener()
    {
        if (listener)
        {
            std::exchange(listener, nullptr)->RemoveHalfOpen();
        }
    }

    static hoststack::mptcp::Endpoint LocalOf(const HoststackFlowKey& key)
    {
        return {key.local, key.localPort};
    }

    static hoststack::mptcp::Endpoint RemoteOf(const HoststackFlowKey& key)
    {
        return {key.remote, key.remotePort};
    }

    std::uint32_t id{1};
    bool portClaimed{false};
    Ptr<HoststackMptcpSocket> listener; ///< of a join whose third segment has not come

  protected:
    HoststackTcpProtocol::PacketOptions Options() const override
    {
        auto options = m_socket.Options();
        options.device = options.device ? options.device : m_device;
        return options;
    }

  private:
    bool AwaitsSendRoom() const override
    {
        return m_socket.m_multipath != nullptr && m_socket.m_multipath->AwaitsSendBacklog(id);
    }

    void OnSendRoom(hoststack::host::Context& context) override
    {
        if (m_socket.m_multipath == nullptr)
        {
            return;
        }
        const Ptr<HoststackMptcpSocket> guard(&m_socket);
        if (!m_socket.Enter(context))
        {
            m_socket.LeaveWork(*SendRoomWork());
            return;
        }
        Activity activity(m_socket, context);
        m_socket.m_multipath->OnSendBacklog(context.Now(), id);
    }

    void OnDeadlineMoved(hoststack::TimeNs now) override
    {
        m_socket.OnDeadlineMoved(now);
    }

    void Transmit(hoststack::TcpSegment&& burst) override
    {
        Path::TransmitAt(std::move(burst), 0);
    }

    void TransmitAt(hoststack::TcpSegment&& burst, hoststack::TimeNs earliest) override
    {
        if (!m_socket.m_traces->tx.IsEmpty())
        {
            m_socket.TraceBurst(m_socket.m_traces->tx, m_key, burst);
        }
        m_socket.m_newlySent += NoteSent(burst);
        m_socket.m_context->Charge(hoststack::host::Operation::TransmitMptcp);
        m_socket.ChargeScheduling();
        SendBurst(*m_socket.m_context, m_socket.TrafficClass(), std::move(burst), earliest);
    }

    HoststackMptcpSocket& m_socket;
    Ptr<NetDevice> m_device; ///< that it is bound to by its source address
};

} // namespace ns3

#endif // HS_MPTCP_SOCKET_PATH_H
