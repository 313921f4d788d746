// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_TYPES_H
#define HS_TCP_TYPES_H

#include "ns3/hs-congestion-control.h"
#include "ns3/hs-network-error.h"
#include "ns3/hs-tcp-segment.h"
#include "ns3/hs-units.h"

#include <array>
#include <cstdint>

namespace hoststack::tcp
{

/// Connection states of RFC 9293 section 3.3.2 (LISTEN belongs to a listener, not a connection).
enum class State : std::uint8_t
{
    Closed,
    SynSent,
    SynReceived,
    Established,
    FinWait1,
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    TimeWait,
};

/// The state's name as `ss` prints it ("ESTAB", "SYN-SENT", ...).
const char* ToString(State state);
/// "open", "disorder", "cwr", "recovery", "loss".
const char* ToString(CaState state);

/// What happened to a connection since the owner last asked (bits of Connection::TakeEvents).
enum Event : std::uint32_t
{
    kConnected = 1u << 0,  ///< the handshake is complete
    kReadable = 1u << 1,   ///< at least the low-water mark of bytes, or the end, can be read
    kWritable = 1u << 2,   ///< room in the send buffer after a Send that did not fit
    kPeerClosed = 1u << 3, ///< the peer's FIN has arrived in order
    kReset = 1u << 4,      ///< the peer reset the connection
    kTimedOut = 1u << 5,   ///< given up: no answer to SYN, data, probes or keep-alives
    kRefused = 1u << 6,    ///< the peer answered the SYN with a RST
    kClosed = 1u << 7,     ///< CLOSED reached; nothing more will come out
    kAllAcked = 1u << 8,   ///< everything written has been acknowledged
    /// Beside kRefused or kTimedOut: the network has given a reason (Info::networkFault).
    kUnreachable = 1u << 9,
};

/// Takes what a connection sends. One call per burst, in the order of sending.
class SegmentSink
{
  public:
    virtual ~SegmentSink() = default;
    /// \p burst may be a super-segment (TcpSegment::mss); its checksum is the sink's work.
    virtual void Transmit(TcpSegment&& burst) = 0;

    /// Its device holds bursts until their departure: TransmitAt() is used (sch_fq, which then sets
    /// SK_PACING_FQ).
    virtual bool HoldsDepartures() const
    {
        return false;
    }

    /// As Transmit(); \p burst is not to leave the host before \p earliest.
    virtual void TransmitAt(TcpSegment&& burst, TimeNs /*earliest*/)
    {
        Transmit(std::move(burst));
    }

    /// What it was given and its host's device has not sent yet, as TruesizeOfSend() counts it
    /// (TCP small queues); nullptr: nothing ever waits there.
    virtual const std::uint64_t* Backlog() const
    {
        return nullptr;
    }

    /// NextDeadline() has become \p now though nobody has called the connection.
    virtual void OnDeadlineMoved(TimeNs /*now*/)
    {
    }
};

/// What kept a sender from sending more, at one moment.
enum class Limit : std::uint8_t
{
    Handshake,     ///< not yet established
    Application,   ///< nothing to send
    Cwnd,          ///< congestion window
    ReceiveWindow, ///< the peer's window
    SendBuffer,    ///< the application was refused because the send buffer is full
    Pacing,        ///< the pacer's next slot is in the future, or the host's device has enough
    SharedWindow,  ///< subflow: the connection has data, but its shared window is used up
    Scheduler,     ///< subflow: the connection may send, but its scheduler gave this one nothing
    Timeout,       ///< recovering after a retransmission time-out
    Count,
};

/// How a connection ended.
enum class End : std::uint8_t
{
    Open,    ///< not yet
    Closed,  ///< both sides had said all; its TIME-WAIT may last
    Aborted, ///< by this end
    Reset,   ///< by the peer
    Refused, ///< the peer answered the SYN with a RST
    GivenUp, ///< no answer to repeated SYNs, data or probes
};

/// "open", "closed", "aborted", "reset", "refused", "given-up".
const char* ToString(End end);

/// What every connection counts, from its start to its end.
struct Traffic
{
    std::uint64_t bytesSent{0};    ///< payload incl. retransmissions
    std::uint64_t segmentsSent{0}; ///< all
    std::uint64_t segmentsReceived{0};
    std::uint64_t dataSegmentsSent{0};
    std::uint64_t dataSegmentsReceived{0};
    std::uint64_t pureAcksSent{0};
    std::uint64_t rttSamples{0}; ///< of the estimator
    TimeNs rttSum{0};            ///< of these samples
    TimeNs rttLeast{kNever}; ///< sample since the start or RestartPeaks; the delay of ACKs left out
    TimeNs rttMost{0};       ///< the same, largest
    TimeNs endedAt{-1};
    std::uint32_t cwndMost{0}; ///< segments, since the start or RestartPeaks
    End end{End::Open};
};

/// What only some connections come to count: losses and repairs, shut windows, the end of patience.
struct Troubles
{
    std::uint64_t bytesRetransmitted{0};
    std::uint64_t retransmissions{0}; ///< segments
    std::uint64_t fastRecoveries{0};
    std::uint64_t timeouts{0};      ///< retransmission time-outs
    std::uint64_t lossProbes{0};    ///< TLP
    std::uint64_t undos{0};         ///< reductions taken back
    std::uint64_t duplicateAcks{0}; ///< received
    std::uint64_t dsacksReceived{0};
    std::uint64_t dsacksSent{0};
    std::uint64_t reorderings{0}; ///< reordering events seen
    std::uint64_t ecnReductions{0};
    std::uint64_t zeroWindowsSent{0};  ///< transitions of the announced window to zero
    std::uint64_t zeroWindowProbes{0}; ///< sent
    std::uint64_t windowUpdates{0};    ///< ACKs sent only to open the window
    std::uint64_t outOfOrder{0};       ///< segments received out of order
    std::uint64_t rcvPruned{0};        ///< segments refused or dropped for lack of memory
    std::uint32_t retries{0};          ///< unanswered in a row when it was given up
    std::uint32_t collapsed{0};        ///< buffers of the receive queue copied into fuller ones
    TimeNs repairedFor{0};             ///< since its first repetition, when it was given up
    std::uint64_t outOfWindowIcmps{0}; ///< ICMP messages about nothing in flight
    std::uint64_t listenOverflows{0};  ///< of a host: SYNs and third segments, the queue being full
    std::uint64_t listenDrops{0};      ///< of a host: those, and others that listeners dropped
};

/// ns by what limited the sender.
using LimitedFor = std::array<TimeNs, static_cast<std::size_t>(Limit::Count)>;

/// All that is counted from the start of a connection to its end.
struct Tally : Traffic, Troubles
{
    LimitedFor limitedFor{};
};

/// A picture of a connection, after Linux' `struct tcp_info`.
struct Info : Tally
{
    State state{State::Closed};
    CaState caState{CaState::Open};
    NetworkFault networkFault{NetworkFault::None}; ///< the last that ICMP reported
    std::uint32_t mss{0};                          ///< bytes of payload per full segment
    std::uint32_t receiveMss{0};                   ///< estimate of the peer's segment size, bytes
    std::uint32_t cwnd{0};                         ///< segments
    std::uint32_t ssthresh{0};                     ///< segments
    std::uint32_t inFlight{0};                     ///< segments
    std::uint32_t sendWindow{0};                   ///< bytes, as the peer announced
    std::uint32_t receiveWindow{0};                ///< bytes, as last announced
    std::uint32_t receiveSsthresh{0};
    std::uint32_t receiveBuffer{0}; ///< sk_rcvbuf
    std::uint32_t receiveMemory{0}; ///< sk_rmem_alloc
    std::uint32_t sendBuffer{0};    ///< sk_sndbuf
    std::uint32_t sendQueue{0};     ///< bytes written and not yet acknowledged
    std::uint32_t unsent{0};        ///< bytes written and not yet sent
    TimeNs srtt{0};
    TimeNs rttvar{0};
    TimeNs minRtt{0};
    TimeNs rto{0};
    TimeNs receiverRtt{0};
    BytesPerSecond pacingRate{0};
    OutputCounts outputs; ///< if its stack has more than one way out
    BytesPerSecond deliveryRate{0};
    std::uint64_t bytesAcked{0};
    std::uint64_t backlogDrops{0};  ///< of a host: segments that a socket's backlog refused
    std::uint64_t rcvCollapsed{0};  ///< Tally::collapsed
    std::uint64_t bytesReceived{0}; ///< in order, handed to the reader or waiting for it
};

} // namespace hoststack::tcp

#endif // HS_TCP_TYPES_H
