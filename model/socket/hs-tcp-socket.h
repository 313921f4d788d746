// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_SOCKET_H
#define HS_TCP_SOCKET_H

#include "ns3/hs-alarm.h"
#include "ns3/hs-flow.h"
#include "ns3/hs-tcp-configurable.h"
#include "ns3/hs-tcp-connection.h"
#include "ns3/hs-tcp-protocol.h"

#include <cstdint>
#include <memory>
#include <ns3/nstime.h>
#include <ns3/socket.h>
#include <ns3/tcp-header.h>
#include <ns3/tcp-socket-state.h>
#include <ns3/tcp-socket.h>
#include <ns3/traced-callback.h>
#include <vector>

namespace ns3
{

class HoststackTcpSocket;

/// Takes a socket's events without ns-3's callbacks: for applications that read and write often.
class HoststackSocketObserver
{
  public:
    /// \p events are bits of hoststack::tcp::Event. The socket may be used, closed and released.
    virtual void OnSocketEvents(HoststackTcpSocket& socket, std::uint32_t events) = 0;

  protected:
    ~HoststackSocketObserver() = default;
};

/**
 * A TCP socket of hoststack as ns-3's applications use one: it drives one tcp::Connection, or
 * listens.
 *
 * Differences from TcpSocketBase:
 *  - Send takes a packet whole if there is room for its first byte, else refuses it (-1,
 *    ERROR_AGAIN) and calls the send callback once there is room again.
 *  - Unless VirtualPayload is false the content of packets is not carried: it reads as zeros.
 *  - Close leaves the connection to the protocol, which keeps it until TIME-WAIT is over; the
 *    socket can be released at any time, also inside a callback.
 *  - Attributes of the connection count until Connect or Listen (TcpNoDelay always); accepted
 *    sockets have the listener's.
 */
class HoststackTcpSocket : public Socket,
                           public HoststackTcpConfigurable,
                           private hoststack::tcp::SegmentSink,
                           private HoststackAlarm::Owner
{
  public:
    static TypeId GetTypeId();
    HoststackTcpSocket();
    ~HoststackTcpSocket() override;

    /// The socket belongs to \p protocol's node; the protocol calls this once.
    void SetProtocol(Ptr<HoststackTcpProtocol> protocol);

    /// The connection; nullptr before Connect and for a listener.
    const hoststack::tcp::Connection* GetConnection() const
    {
        return m_connection.get();
    }

    /// As Linux' TCP_INFO; all zero without a connection.
    hoststack::tcp::Info GetInfo() const;

    /// \name Reading and writing without packets
    /// @{
    /// \return bytes taken; fewer than given means: wait for kWritable
    std::uint32_t Write(const hoststack::Payload& bytes);
    /// Reads up to \p max bytes into \p out, or drops them. \return bytes read
    std::uint32_t Read(std::uint32_t max, std::vector<hoststack::Payload>* out);
    /// Sends a RST and forgets everything.
    void Abort();
    /// Gets the events instead of the callbacks for data, room and closing; nullptr: none. An
    /// accepted socket has the one of its listener.
    void SetObserver(HoststackSocketObserver* observer);
    /// The host's memory pressure as this connection sees it.
    void SetMemoryPressure(bool on);
    /// @}

    void SetVirtualPayload(bool on);
    bool GetVirtualPayload() const;

    // Socket
    SocketErrno GetErrno() const override;
    SocketType GetSocketType() const override;
    Ptr<Node> GetNode() const override;
    int Bind() override;
    int Bind6() override;
    int Bind(const Address& address) override;
    int Close() override;
    int ShutdownSend() override;
    int ShutdownRecv() override;
    int Connect(const Address& address) override;
    int Listen() override;
    std::uint32_t GetTxAvailable() const override;
    int Send(Ptr<Packet> packet, std::uint32_t flags) override;
    int SendTo(Ptr<Packet> packet, std::uint32_t flags, const Address& to) override;
    std::uint32_t GetRxAvailable() const override;
    Ptr<Packet> Recv(std::uint32_t maxSize, std::uint32_t flags) override;
    Ptr<Packet> RecvFrom(std::uint32_t maxSize, std::uint32_t flags, Address& from) override;
    int GetSockName(Address& address) const override;
    int GetPeerName(Address& address) const override;
    bool SetAllowBroadcast(bool allow) override;
    bool GetAllowBroadcast() const override;
    using Socket::Recv;
    using Socket::RecvFrom;
    using Socket::Send;
    using Socket::SendTo;

    /// \name For the protocol
    /// @{
    const HoststackFlowKey& Key() const
    {
        return m_key;
    }

    std::uint32_t Hash() const
    {
        return m_hash;
    }

    bool IsListening() const
    {
        return m_listening;
    }

    /// A wildcard socket of IPv6 also takes IPv4.
    bool TakesBothFamilies() const;
    /// A SYN for this listener. One that the application refuses gets no answer.
    void OnSyn(hoststack::TimeNs now,
               const HoststackFlowKey& key,
               const hoststack::TcpSegment& syn);
    void OnSegment(hoststack::TimeNs now, const hoststack::TcpSegment& segment);
    std::size_t slot{0}; ///< place in the protocol's list of open sockets
    /// @}

    /// Signature of the trace sources Tx and Rx.
    typedef void (*SegmentTracedCallback)(Ptr<const Packet> payload,
                                          const TcpHeader& header,
                                          Ptr<const Socket> socket);

  protected:
    void DoDispose() override;
    void ConfigChanged() override;

  private:
    class Activity;
    struct Shown;

    // SegmentSink
    void Transmit(hoststack::TcpSegment&& burst) override;
    // HoststackAlarm::Owner
    void OnAlarm(hoststack::TimeNs now) override;

    int BindTo(const hoststack::IpAddress& address, std::uint16_t port);
    int Fail(SocketErrno error) const;
    /// Makes the connection for m_key. \return false if it exists or cannot be.
    bool StartConnection(hoststack::TimeNs now);
    void Accept(hoststack::TimeNs now,
                HoststackTcpSocket& listener,
                const HoststackFlowKey& key,
                const hoststack::TcpSegment& syn);
    HoststackTcpProtocol::PacketOptions Options() const;
    std::uint8_t TrafficClass() const;
    void CloseConnection();
    void FinishClosing();
    void Settle();
    void Rearm();
    void Dispatch(std::uint32_t events);
    void OnConnected();
    void OnReadable();
    void OnWritable();
    void OnEnd(std::uint32_t events);
    void Forget();
    bool CanSend() const;
    bool IsTraced() const;
    void UpdateTraces();
    void TraceSegment(const TracedCallback<Ptr<const Packet>, const TcpHeader&, Ptr<const Socket>>&
                          trace,
                      const hoststack::TcpSegment& segment);

    Ptr<HoststackTcpProtocol> m_protocol;
    std::unique_ptr<hoststack::tcp::Connection> m_connection;
    Ptr<HoststackAlarm> m_alarm;
    Ptr<HoststackTcpRoute> m_route;
    HoststackSocketObserver* m_observer{nullptr};
    hoststack::TimeNs m_now{0};
    HoststackFlowKey m_key;
    std::uint32_t m_hash{0};
    std::uint32_t m_depth{0};      ///< calls into the connection under way
    std::uint32_t m_newlySent{0};  ///< bytes not yet reported to the data-sent callback
    hoststack::Seq32 m_sentTo;     ///< end of what was ever sent
    std::uint16_t m_identification{0}; ///< IPv4's, of the next segment
    mutable SocketErrno m_errno{ERROR_NOTERROR};
    bool m_bound{false};
    bool m_listening{false};
    bool m_open{false};        ///< in the protocol's list
    bool m_established{false}; ///< the handshake is over
    bool m_mapped{false};      ///< IPv4 on a socket of IPv6
    bool m_shutdownSend{false};
    bool m_shutdownReceive{false};
    bool m_closeNotified{false};
    bool m_closing{false};       ///< Close or ShutdownSend waits for m_overflow
    bool m_closeBoth{false};     ///< it was Close
    bool m_virtualPayload{true};
    hoststack::Payload m_overflow; ///< rest of a packet that Send took whole
    Ptr<HoststackTcpSocket> m_listener; ///< until it has been told of this connection

    std::shared_ptr<Shown> m_shown; ///< last values of the trace sources; made when one is used
    TracedCallback<TcpSocket::TcpStates_t, TcpSocket::TcpStates_t> m_stateTrace;
    TracedCallback<TcpSocketState::TcpCongState_t, TcpSocketState::TcpCongState_t> m_congTrace;
    TracedCallback<std::uint32_t, std::uint32_t> m_cwndTrace;
    TracedCallback<std::uint32_t, std::uint32_t> m_ssthreshTrace;
    TracedCallback<std::uint32_t, std::uint32_t> m_inFlightTrace;
    TracedCallback<Time, Time> m_rttTrace;
    TracedCallback<Time, Time> m_rtoTrace;
    TracedCallback<Ptr<const Packet>, const TcpHeader&, Ptr<const Socket>> m_txTrace;
    TracedCallback<Ptr<const Packet>, const TcpHeader&, Ptr<const Socket>> m_rxTrace;
};

} // namespace ns3

#endif // HS_TCP_SOCKET_H
