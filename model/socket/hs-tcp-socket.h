// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_SOCKET_H
#define HS_TCP_SOCKET_H

#include "ns3/hs-clock.h"
#include "ns3/hs-context.h"
#include "ns3/hs-flow.h"
#include "ns3/hs-processor.h"
#include "ns3/hs-public.h"
#include "ns3/hs-readiness.h"
#include "ns3/hs-socket-guard.h"
#include "ns3/hs-socket-stream.h"
#include "ns3/hs-tcp-configurable.h"
#include "ns3/hs-tcp-connection.h"
#include "ns3/hs-tcp-endpoint.h"
#include "ns3/hs-tcp-protocol.h"
#include "ns3/hs-tcp-socket-traces.h"

#include <ns3/socket.h>
#include <ns3/tcp-header.h>
#include <ns3/tcp-socket.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace ns3
{

class HoststackListenQueue;
class HoststackTcpSocket;

/// Attributes that count for a listener.
class HoststackListenSettings
{
  protected:
    std::uint32_t m_backlog{4096}; ///< net.core.somaxconn
    bool m_acceptByCall{false};
    bool m_abortOnOverflow{false};
};

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
class HS_PUBLIC HoststackTcpSocket : public Socket,
                                     public HoststackTcpConfigurable,
                                     public HoststackTcpEndpoint,
                                     public HoststackTcpSocketTraces,
                                     public HoststackListenSettings,
                                     private hoststack::Alarm::Owner,
                                     private hoststack::host::Work
{
  public:
    static TypeId GetTypeId();
    HoststackTcpSocket();
    ~HoststackTcpSocket() override;

    /// The socket belongs to \p protocol's node; the protocol calls this once.
    void SetProtocol(Ptr<HoststackTcpProtocol> protocol);

    /// The TCP connection; nullptr before Connect, for a listener and for a multipath socket.
    const hoststack::tcp::Connection* GetConnection() const
    {
        return m_connection;
    }

    /// As Linux' TCP_INFO; all zero without a connection.
    virtual hoststack::tcp::Info GetInfo() const;
    /// GetInfo().cwnd alone: segments, of all open subflows together.
    virtual std::uint32_t CongestionWindow() const;

    /// \name Listening as listen(2) and accept(2) do
    /// @{
    /// Listens with room for \p backlog + 1 half-open connections, and as many complete ones.
    int Listen(std::uint32_t backlog);
    /// With AcceptByCall: the oldest complete connection; nullptr if there is none. Its events
    /// until now come after the call.
    Ptr<HoststackTcpSocket> Accept();
    /// Called with the listener when a connection has become ready for Accept.
    void SetAcceptReadyCallback(Callback<void, Ptr<HoststackTcpSocket>> callback);
    /// Complete connections that wait for Accept.
    std::size_t GetAcceptQueueLength() const;
    /// @}

    /// As poll(2): levels, for a connection, a listener, and a socket that is neither yet. See
    /// docs/models/socket.md.
    hoststack::Readiness Poll() const;
    /// SO_ERROR: the error that the connection has ended with, once; Poll() then shows it no more.
    SocketErrno TakeError();

    /// TCP_CORK: segments that are not full wait, at most 200 ms.
    void SetCork(bool on);

    bool GetCork() const
    {
        return m_corked;
    }

    /// \name Reading and writing without packets
    /// @{
    /// \return bytes taken; fewer than given means: wait for kWritable
    /// \param more as MSG_MORE: more is about to be written
    std::uint32_t Write(const hoststack::Payload& bytes, bool more = false);
    /// Reads up to \p max bytes into \p out, or drops them. \return bytes read
    std::uint32_t Read(std::uint32_t max, std::vector<hoststack::Payload>* out);
    /// A read that takes time is any number of parts ...
    std::uint32_t ReadPart(std::uint32_t max, std::vector<hoststack::Payload>* out);
    /// ... and its end, with their sum, which may announce the window.
    void EndRead(std::uint32_t copied);
    /// The receive window as a reader finds it; closed without a connection.
    hoststack::tcp::WindowStatus GetWindowStatus() const;
    /// Sends a RST and forgets everything.
    void Abort();
    /// Gets the events instead of the callbacks for data, room and closing; nullptr: none. An
    /// accepted socket has the one of its listener.
    void SetObserver(HoststackSocketObserver* observer);
    /// Where the connection notes rare events; also before Connect.
    void SetEventSource(const hoststack::EventSource& source);
    /// The largest and least values of GetInfo() count from now on.
    virtual void RestartPeaks();

    /// Whether anything has been done with it since the last call.
    bool WasActive()
    {
        return std::exchange(m_isActive, false);
    }

    /// The host's memory pressure as this connection sees it; also before Connect.
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
    void BindToNetDevice(Ptr<NetDevice> device) override;
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
    bool IsListening() const
    {
        return m_listening;
    }

    /// A SYN finds room in the queues; else it is counted and gets no answer.
    bool AdmitsSyn();

    /// The listener that has not been told of this connection yet, or nullptr.
    HoststackTcpSocket* Listener() const
    {
        return PeekPointer(m_listener);
    }

    /// The third segment of a handshake finds room. If not it is dropped, and \p aborts says
    /// whether the connection is to be reset (tcp_abort_on_overflow).
    bool AdmitsConnection(bool& aborts);
    /// A connection on its way to this listener ...
    void AddHalfOpen();
    /// ... whose handshake is over, well or not.
    void RemoveHalfOpen();
    /// Tells the stream where to note.
    virtual void UseEventSource(const hoststack::EventSource& source);
    /// A wildcard socket of IPv6 also takes IPv4.
    bool TakesBothFamilies() const;
    /// A SYN for this listener. One that the application refuses gets no answer.
    virtual void OnSyn(hoststack::host::Context& context,
                       const HoststackFlowKey& key,
                       const hoststack::TcpSegment& syn);
    void OnSegment(hoststack::host::Context& context, const hoststack::Burst& burst) override;
    bool TakesBatches() const override;
    bool GiveWay(hoststack::host::Context& context,
                 const hoststack::TcpSegment& syn,
                 hoststack::Seq32& iss) override;
    void OnNetworkError(hoststack::host::Context& context,
                        const hoststack::tcp::NetworkError& error) override;
    bool OnPathMss(hoststack::host::Context& context,
                   hoststack::Seq32 sequence,
                   std::uint32_t mss) override;
    void LimitPathMss(std::uint32_t mss) override;
    void OnDeadlineMoved(hoststack::TimeNs now) override;
    /// A segment that came while a thread had the socket.
    virtual void TakeBacklog(hoststack::host::Context& context,
                             std::uint32_t subflow,
                             const hoststack::Burst& burst);
    /// What a receive offload had queued behind what was taken last is lost.
    void EndBatch(hoststack::host::Context& context);

    /// The host's worker has come to what CallWorker() asked it for.
    virtual void OnWorker(hoststack::host::Context& /* context */)
    {
    }

    /// As the connection's, of a subflow if there are several.
    virtual std::uint32_t MemoryInBacklog(std::uint32_t subflow,
                                          std::uint64_t waiting,
                                          const hoststack::Burst& burst) const;
    std::size_t slot{0}; ///< place in the protocol's list of open sockets
    /// @}

    /// Signature of the trace sources Tx and Rx.
    typedef void (*SegmentTracedCallback)(Ptr<const Packet> payload,
                                          const TcpHeader& header,
                                          Ptr<const Socket> socket);

  protected:
    class Present;
    class Activity;

    void DoDispose() override;
    void ConfigChanged() override;

    /// \name What another kind of connection does differently
    /// @{
    /// A socket for a connection that this listener accepts.
    virtual Ptr<HoststackTcpSocket> NewChild();
    /// Makes the stream for m_key. \return false, with the error set, if it cannot be
    virtual bool StartConnection(hoststack::host::Context& context);
    virtual void ConnectStream(hoststack::TimeNs now);
    virtual void AcceptOnStream(hoststack::TimeNs now, const hoststack::TcpSegment& syn);
    /// Takes over what the listener was told besides what every socket has.
    virtual void CopyFromListener(const HoststackTcpSocket& listener);
    /// The stream is closed: leave the table, give memory back.
    virtual void EndStream();

    virtual void HandleEvents(std::uint32_t /* events */)
    {
    }

    virtual bool IsTraced() const;
    virtual void UpdateTraces();

    /// @}

    /// The stream that StartConnection has made is open from now on.
    void UseStream(std::unique_ptr<HoststackSocketStream> stream);
    int Fail(SocketErrno error) const;
    std::uint8_t TrafficClass() const;
    HoststackTcpProtocol::PacketOptions Options() const override;
    /// Shows \p burst to a trace source, segment by segment.
    void TraceBurst(const SegmentTrace& trace,
                    const HoststackFlowKey& key,
                    const hoststack::TcpSegment& burst);

    /// Of the work that is being done.
    hoststack::TimeNs Now() const
    {
        return m_context->Now();
    }

    /**
     * Work wants the socket. Where no time passes inside work nobody can be in its way.
     * \return false: a thread has it
     */
    bool Enter(hoststack::host::Context& context)
    {
        return context.GetFrame() == nullptr || Acquire(context);
    }

    /// For whoever has it.
    void LeaveBurst(std::uint32_t subflow, const hoststack::Burst& burst);
    void LeaveWork(hoststack::host::Work& work);
    /// \p work is gone.
    void ForgetWork(const hoststack::host::Work& work);
    /// Work that goes on has it still, or gets it now. \return false: a thread has it
    bool Hold(hoststack::host::Context& context);
    /// What has been left for the work that has it, the caller's, is done now.
    /// \return whether there was any
    bool DoLeft(hoststack::host::Context& context);

    /// There is work for the host's worker. \return the others of \p events
    virtual std::uint32_t TakeHostEvents(std::uint32_t events)
    {
        return events;
    }

    /// OnWorker() is to be called by the host's worker; only on a host whose work takes time.
    void CallWorker();
    hoststack::host::Work& WorkerItem();

    /// A program on \p core calls it.
    virtual void TellSteering(hoststack::host::PacketSteering& steering,
                              hoststack::host::CoreId core) const;

    hoststack::host::Context* m_context{nullptr}; ///< of the call into the stream under way
    std::uint32_t m_newlySent{0}; ///< bytes not yet reported to the data-sent callback

  private:
    class PacedFlow;

    /// How far the end has come.
    struct Ending
    {
        Ending()
            : sendShut(false),
              receiveShut(false),
              isTold(false),
              isOrphan(false)
        {
        }

        bool sendShut : 1;      ///< ShutdownSend
        bool receiveShut : 1;   ///< ShutdownRecv
        bool isTold : 1;        ///< a close callback was called
        bool isOrphan : 1;      ///< its host counts it as one
        bool errorTaken{false}; ///< TakeError
    };

    /// What waits until all that Send has taken on is in the stream.
    struct Rest
    {
        bool closes{false};     ///< Close or ShutdownSend
        bool closesBoth{false}; ///< it was Close
        bool hasWritten{false}; ///< Send or Write has taken something
    };

    // HoststackTcpEndpoint
    bool AwaitsSendRoom() const override;
    void OnSendRoom(hoststack::host::Context& context) override;
    // SegmentSink
    void Transmit(hoststack::TcpSegment&& burst) override;
    void TransmitAt(hoststack::TcpSegment&& burst, hoststack::TimeNs earliest) override;
    // Alarm::Owner
    void OnAlarm(hoststack::TimeNs now) override;
    // Work: the timers of the stream
    void Run(hoststack::host::Context& context) override;

    int BindTo(const hoststack::IpAddress& address, std::uint16_t port);
    void Accept(hoststack::host::Context& context,
                HoststackTcpSocket& listener,
                const HoststackFlowKey& key,
                const hoststack::TcpSegment& syn);
    bool Acquire(hoststack::host::Context& context);
    bool KeepForWheel(hoststack::host::Context& context, const hoststack::Burst& burst);
    hoststack::TimeNs TakeKept(hoststack::host::Context& context);

    bool HasKept() const
    {
        return m_guard && m_guard->HasKept();
    }

    HoststackSocketGuard& Guard();
    void ChargeCopyOut(std::uint32_t max);
    void CloseConnection();
    void CloseAfterEnd();
    void FinishClosing();
    void BecomeOrphan();
    void AskAsOrphan();
    void StopBeingOrphan();
    std::uint64_t TimeoutsOfOrphan() const;
    HoststackListenQueue& Queue();
    void LeaveListener(std::uint32_t events);
    bool RefusesThird(const hoststack::TcpSegment& segment);
    void Retire();
    void TellWaiting();
    void Settle();
    void Rearm();
    void MakeAlarm();
    void Dispatch(std::uint32_t events);
    void OnConnected();
    void OnReadable();
    void OnWritable();
    void OnEnd(std::uint32_t events);
    void Forget();
    bool CanSend() const;

    std::uint32_t m_depth{0}; ///< calls into the stream under way
    std::unique_ptr<HoststackSocketStream> m_stream;
    hoststack::tcp::Connection* m_connection{nullptr}; ///< what m_stream is, if it is TCP
    hoststack::AlarmPointer m_alarm;
    HoststackSocketObserver* m_observer{nullptr};
    mutable SocketErrno m_errno{ERROR_NOTERROR};
    std::uint32_t m_waiting{0}; ///< events of the time when it was not accepted
    Ending m_ending;
    Rest m_rest;
    bool m_isActive{true}; ///< as WasActive() says
    bool m_bound{false};
    bool m_listening{false};
    bool m_open{false};        ///< in the protocol's list
    bool m_established{false}; ///< the handshake is over
    bool m_mapped{false};      ///< IPv4 on a socket of IPv6
    bool m_underPressure{false};
    bool m_corked{false};
    bool m_noDelay{false};                         ///< what the stream was told last
    bool m_unaccepted{false};                      ///< waits in its listener's queue
    std::unique_ptr<HoststackListenQueue> m_queue; ///< of a listener
    std::unique_ptr<HoststackSocketGuard> m_guard; ///< once time has passed inside its work
    hoststack::Payload m_unsent;                   ///< of a packet that Send has taken on whole
    std::unique_ptr<Address> m_peer;               ///< as RecvFrom tells it, once it was asked
    Ptr<HoststackTcpSocket> m_listener;            ///< until it has been told of this connection

    hoststack::OnDemand<hoststack::EventSource> m_eventSource;
};

/// The present of a call into the stream. With the end of a call within another one, that of the
/// outer one is back: a packet of ns-3's devices comes outside of any work, and what it wakes runs
/// within it.
class HoststackTcpSocket::Present
{
  public:
    Present(HoststackTcpSocket& socket, hoststack::host::Context& context)
        : m_socket(socket),
          m_outer(socket.m_depth > 0 ? socket.m_context : nullptr)
    {
        socket.m_context = &context;
    }

    ~Present()
    {
        if (m_outer != nullptr)
        {
            m_socket.m_context = m_outer;
        }
    }

    Present(const Present&) = delete;
    Present& operator=(const Present&) = delete;

  private:
    HoststackTcpSocket& m_socket;      ///< the outermost call may be its end
    hoststack::host::Context* m_outer; ///< nullptr: this is the outermost
};

/// A call into the stream. What follows from it (events, timers) is done when the outermost one
/// ends, so that a callback may call anything.
class HoststackTcpSocket::Activity
{
  public:
    explicit Activity(HoststackTcpSocket& socket)
        : m_socket(socket),
          m_outer(socket.m_context),
          m_caller(&socket.m_protocol->Machine())
    {
        socket.m_context = &m_caller->Current();
        socket.m_context->Charge(hoststack::host::Operation::SocketCall);
        socket.Enter(*socket.m_context);
        ++socket.m_depth;
    }

    /// On behalf of work that is being done.
    Activity(HoststackTcpSocket& socket, hoststack::host::Context& context)
        : m_socket(socket),
          m_outer(socket.m_context)
    {
        socket.m_context = &context;
        ++socket.m_depth;
    }

    ~Activity()
    {
        if (--m_socket.m_depth == 0)
        {
            m_socket.Settle(); // may be the end of the socket
            if (m_caller != nullptr)
            {
                m_caller->Trigger();
            }
        }
        else
        {
            m_socket.m_context = m_outer;
        }
    }

    Activity(const Activity&) = delete;
    Activity& operator=(const Activity&) = delete;

  private:
    HoststackTcpSocket& m_socket;
    hoststack::host::Context* m_outer;   ///< counts within another call: see Present
    HoststackMachine* m_caller{nullptr}; ///< of a call, which returns to its program
};

/// A connection's state in ns-3's words.
TcpSocket::TcpStates_t ToNs3(hoststack::tcp::State state);

} // namespace ns3

#endif // HS_TCP_SOCKET_H
