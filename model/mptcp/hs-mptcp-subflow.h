// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_SUBFLOW_H
#define HS_MPTCP_SUBFLOW_H

#include "ns3/hs-mptcp-mapping.h"
#include "ns3/hs-mptcp-option-plan.h"
#include "ns3/hs-mptcp-options.h"
#include "ns3/hs-mptcp-types.h"
#include "ns3/hs-tcp-connection.h"

#include <memory>
#include <vector>

namespace hoststack::mptcp
{

class Connection;

/**
 * One subflow: a TCP connection, what it adds to its segments and what it takes from the peer's.
 * All that concerns more than one subflow is the Connection's.
 */
class Subflow : public tcp::Extension
{
  public:
    enum class Role : std::uint8_t
    {
        Initial, ///< MP_CAPABLE
        Join,    ///< MP_JOIN
    };

    Subflow(Connection& parent, std::uint32_t id, Role role, bool active);

    std::uint32_t DataOptionBytes() const override;
    void OnTransmit(TimeNs now, TcpSegment& segment, std::uint64_t begin) override;
    bool OnHandshake(TimeNs now, const TcpSegment& segment) override;
    bool OnReceive(TimeNs now, const TcpSegment& segment, std::uint64_t begin) override;
    void OnReset(TimeNs now, const TcpSegment& segment) override;
    std::uint64_t BoundaryAfter(std::uint64_t offset) const override;
    void ShareReceiveState(tcp::ReceiveState& state) override;
    std::uint32_t ShareReceiveWindow(std::uint32_t window, std::uint8_t shift) override;
    bool OwnWindowMayShrink() const override;
    void OnOptionsSized() override;
    bool TakeInOrder(TimeNs now, std::uint64_t begin, const Payload& bytes) override;
    void OnInOrderData(TimeNs now) override;

    /// Moves what has come in order to the connection, as far as that has room.
    void HandOver(TimeNs now);

    /// Appends \p bytes at \p dataOffset to what this subflow sends.
    void Append(std::uint64_t dataOffset, const Payload& bytes, std::uint32_t mappingLimit);

    /// What was appended last gets a mapping of its own.
    void FreezeMapping()
    {
        m_out.Last()->frozen = true;
    }

    /// True if data may be sent on it (Linux __mptcp_subflow_active).
    bool Active() const
    {
        return Usable() && tcp->GetSendStatus().canSend;
    }

    /// The part of Active() that is not the TCP connection's.
    bool Usable() const
    {
        return established && !closed && !stale && (fullyEstablished || role == Role::Initial);
    }

    /// A join of ours whose third ACK has not been answered.
    bool AwaitsFourth() const
    {
        return role == Role::Join && active && established && !fullyEstablished;
    }

    /// Subflow offset less data offset of the bytes written next, the first being \p dataNext.
    std::uint64_t SendShift(std::uint64_t dataNext) const;

    /// Data sequence number that an MP_FAIL of this subflow names.
    std::uint64_t MapSequence() const;

    /// From now on plain TCP; \p keepRoom: but the infinite mapping still needs its option.
    void BecomePlain(bool keepRoom);

    Connection& parent;
    std::unique_ptr<tcp::Connection> tcp;
    tcp::SegmentSink* sink{nullptr};
    std::uint32_t id;
    Role role;
    bool active; ///< we opened it
    Endpoint local;
    Endpoint remote;
    std::uint8_t localId{0};
    std::uint8_t remoteId{0};

    bool mptcp{true};             ///< false after fallback
    bool established{false};      ///< handshake of TCP and of the join is complete
    bool fullyEstablished{false}; ///< the peer has shown that it has our keys, too
    bool backup{false};           ///< the peer's wish
    bool requestBackup{false};    ///< ours
    bool closed{false};           ///< no part of the connection any more
    tcp::End end{tcp::End::Open}; ///< why it is closed
    TimeNs endedAt{-1};
    bool released{false}; ///< its TCP is done, too: the host has been told
    bool finSent{false};
    bool plainSyn{false}; ///< the last SYN went without the option
    std::uint32_t synsSent{0};
    std::uint32_t localNonce{0};
    std::uint32_t remoteNonce{0};
    TimeNs joinAckDeadline{kNever}; ///< repetition of the third ACK of a join

    bool stale{false};
    std::uint8_t staleCount{0};
    TimeNs staleStamp{-1}; ///< last arrival when staleness was last checked
    bool scheduled{false};
    std::uint64_t averagePacingRate{0};
    std::uint64_t dataBytesSent{0};
    std::uint64_t dataBytesReceived{0};
    std::uint64_t copiedTo{1};  ///< data offset up to which a redundant scheduler has used it
    std::uint64_t rightEdge{0}; ///< shared edge when this subflow last announced it
    /// Why the connection gave it nothing while it was idle, and the idle time accounted so far.
    std::array<TimeNs, static_cast<std::size_t>(tcp::Limit::Count)> idleFor{};
    TimeNs idleAccounted{0};
    std::uint64_t bytesAccounted{0}; ///< dataBytesSent at that time
    std::uint64_t chosenUntil{1}; ///< data offset the connection had reached when it last had data

    /// For the RST that closes it.
    MptcpResetReason resetReason{MptcpResetReason::Unspecified};
    MptcpResetReason peerResetReason{MptcpResetReason::Unspecified};
    bool sendFastClose{false};
    bool sendFail{false};       ///< MP_FAIL goes with the next segment that has room
    bool sendPriority{false};   ///< MP_PRIO, too
    bool sendInfinite{false};   ///< the next mapping is the infinite one
    bool awaitsInfinite{false}; ///< MP_FAIL was sent
    bool validChecksumSeen{false};
    std::uint64_t failSequence{0};

  private:
    /// Why a mapping that has come cannot be used.
    enum class Fault : std::uint8_t
    {
        Infinite,     ///< there are no more mappings
        Mapping,      ///< it contradicts another one or what was negotiated; its number has 8 bytes
        ShortMapping, ///< the same with 4
    };

    void WriteSyn(TcpSegment& segment);
    void WriteReset(TcpSegment& segment);
    MptcpCapable Capable(std::uint8_t flags) const;
    MptcpCapable CapableWithKeys(const TcpSegment& segment, std::uint64_t begin);
    bool BuildDss(const TcpSegment& segment, std::uint64_t begin, MptcpDss& dss);
    bool HasToSay() const;
    void WriteWithSignals(TcpSegment& segment, std::uint64_t begin, bool firstNumbers);
    void WriteWhatFits(TcpSegment& segment, MptcpOptions& wanted, SegmentKind kind);
    void CountSent(const MptcpOptions& said);
    MptcpDss DataAck() const;
    void WriteInfinite(TcpSegment& segment, std::uint64_t begin);
    bool ReadSynAck(TimeNs now, const MptcpOptions& options);
    void RefuseThirdAck(TimeNs now, const TcpSegment& segment, MptcpResetReason reason);
    bool ReadThirdAck(TimeNs now, const TcpSegment& segment, const MptcpOptions& options);
    void WriteDss(TcpSegment& segment, std::uint64_t begin);
    void NoteFault(std::uint64_t begin, Fault fault);
    bool OnFault(TimeNs now);
    bool ReadDss(TimeNs now, const TcpSegment& segment, const MptcpDss& dss, std::uint64_t begin);
    void UseMapping(const Mapping& mapping);
    void UseAcks(bool with64);
    std::uint16_t ChecksumOf(Mapping& mapping, bool fin);
    bool OnBadChecksum(TimeNs now, const Mapping& mapping);
    void AfterTaking();
    bool AddMapping(const MptcpDss& dss,
                    std::uint64_t subflowBegin,
                    std::uint64_t dataBegin,
                    std::uint64_t carrier);
    bool ChecksumHolds(const Mapping& mapping, const std::vector<Payload>& pieces) const;

    bool m_keepsRoom{false};
    bool m_keepsAcks{false}; ///< plain TCP, but the peer may not know and wants DATA_ACKs
    bool m_ackSeen{false};   ///< some data of this subflow was acknowledged with a DATA_ACK
    MappingTable m_out;
    MappingTable m_in;
    bool m_carriesAck{false}; ///< the segment about to leave has a DATA_ACK
    std::uint64_t m_read{1};  ///< subflow offset of the first byte not yet moved to the connection
    std::uint64_t m_mapBegin{1}; ///< data offset at which the mapping used last begins (map_seq)
    std::uint64_t m_faultAt{~std::uint64_t{0}}; ///< subflow offset of a mapping that cannot be used
    Fault m_fault{Fault::Infinite};
    std::uint64_t m_ackedUpTo{1}; ///< subflow offset acknowledged by the segments before this one
    std::vector<Payload> m_pieces;
};

} // namespace hoststack::mptcp

#endif // HS_MPTCP_SUBFLOW_H
