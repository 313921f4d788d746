// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_SUBFLOW_H
#define HS_MPTCP_SUBFLOW_H

#include "ns3/hs-mptcp-data-level.h"
#include "ns3/hs-mptcp-mapping.h"
#include "ns3/hs-mptcp-option-plan.h"
#include "ns3/hs-mptcp-options.h"
#include "ns3/hs-mptcp-types.h"
#include "ns3/hs-tcp-connection.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

namespace hoststack::mptcp
{

/// What the sender of the data keeps about a subflow.
struct SendTrack
{
    std::uint64_t averagePacingRate{0};
    std::uint64_t pushedIn{0};    ///< pass of DataSender that has pushed it last
    std::uint64_t pushedBytes{0}; ///< Subflow::dataBytesSent then
    bool scheduled{false};
    std::uint8_t staleCount{0};
    TimeNs staleStamp{-1};     ///< last arrival when staleness was last checked
    std::uint64_t copiedTo{1}; ///< data offset up to which a redundant scheduler has used it
    /// Why the connection gave it nothing while it was idle, and the idle time accounted so far.
    OnDemand<tcp::LimitedFor> idleFor;
    TimeNs idleAccounted{0};
    std::uint64_t bytesAccounted{0}; ///< Subflow::dataBytesSent at that time
    std::uint64_t chosenUntil{1}; ///< data offset the connection had reached when it last had data
};

/// What a join is proved with.
struct JoinState
{
    std::uint32_t localNonce{0};
    std::uint32_t remoteNonce{0};
    TimeNs ackDeadline{kNever}; ///< repetition of the third ACK
};

/// A checksum that was wrong, and what the ends do about it (RFC 8684 section 3.7).
struct FailState
{
    bool sendsInfinite{false};  ///< the next mapping is the infinite one
    bool awaitsInfinite{false}; ///< MP_FAIL was sent
    bool validSeen{false};      ///< a checksum was right
    std::uint64_t sequence{0};  ///< what MP_FAIL says
};

/// The DSS of the last segment with data: all segments cut from one repeat its bytes.
struct RepeatedDss
{
    static constexpr std::size_t kMostBytes = 32;

    std::size_t length{0}; ///< 0: none
    std::array<std::uint8_t, kMostBytes> bytes;
    MptcpDss dss;
    std::uint64_t subflowBegin{0};
    std::uint64_t dataBegin{0};
};

/// What is on its way from the subflow's queue to the connection.
struct TakenPieces
{
    std::vector<Payload> bytes;
    std::vector<BufferMemory> costs; ///< of each
};

/// How a subflow ended.
struct SubflowEnding
{
    TimeNs at{-1};
    tcp::End why{tcp::End::Open};
    MptcpResetReason resetReason{MptcpResetReason::Unspecified}; ///< for our RST
    MptcpResetReason peerResetReason{MptcpResetReason::Unspecified};
};

/**
 * One subflow: a TCP connection, what it adds to its segments and what it takes from the peer's.
 * All that concerns more than one subflow is the data level's.
 */
class Subflow : public tcp::Extension
{
  public:
    enum class Role : std::uint8_t
    {
        Initial, ///< MP_CAPABLE
        Join,    ///< MP_JOIN
    };

    /// How far its handshakes have come.
    enum class Progress : std::uint8_t
    {
        Opening,
        Established, ///< TCP's and the join's are complete at this end
        Proven,      ///< the peer has shown that it has our keys, too
    };

    /// What is left of it.
    enum class Life : std::uint8_t
    {
        Part,
        Detached, ///< no part of the connection any more
        Released, ///< its TCP is done, too: the host has been told
    };

    enum class Speech : std::uint8_t
    {
        Multipath,
        Plain,
        PlainWithMapping, ///< but the infinite mapping still needs its option
        PlainWithAcks,    ///< but the peer may not know and wants DATA_ACKs
    };

    Subflow(DataLevel& level, std::uint32_t id, Role role, bool active);

    std::uint32_t DataOptionBytes() const override;
    void OnTransmit(TimeNs now, TcpSegment& segment, std::uint64_t begin) override;
    bool OnHandshake(TimeNs now, const TcpSegment& segment) override;
    Verdict OnReceive(TimeNs now, const TcpSegment& segment, std::uint64_t begin) override;
    void OnReset(TimeNs now, const TcpSegment& segment) override;
    tcp::Boundary BoundaryAfter(std::uint64_t offset) const override;
    void ShareReceiveState(tcp::ReceiveLedger& state) override;

    const tcp::SharedStream& Stream() const override
    {
        return level;
    }

    std::uint32_t ShareReceiveWindow(std::uint32_t window, std::uint8_t shift) override;
    bool OwnWindowMayShrink() const override;
    void OnOptionsSized() override;
    bool TakeInOrder(TimeNs now, std::uint64_t begin, const Payload& bytes) override;
    void OnInOrderData(TimeNs now) override;
    void OnForgotten(std::uint64_t begin, std::uint64_t end) override;

    /// Moves what has come in order to the connection, as far as that has room.
    void HandOver(TimeNs now);

    /// What was appended last carries PSH at its end, unless more is added to it.
    void PushTail();

    /// Appends \p bytes at \p dataOffset to what this subflow sends; \p continues: in memory they
    /// follow those before.
    void Append(std::uint64_t dataOffset,
                const Payload& bytes,
                std::uint32_t mappingLimit,
                bool continues);

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
        return IsEstablished() && !IsClosed() && !stale && (IsProven() || role == Role::Initial);
    }

    /// A join of ours whose third ACK has not been answered.
    bool AwaitsFourth() const
    {
        return role == Role::Join && active && m_progress == Progress::Established;
    }

    bool IsEstablished() const
    {
        return m_progress >= Progress::Established;
    }

    bool IsProven() const
    {
        return m_progress == Progress::Proven;
    }

    /// It never goes back.
    void Reach(Progress progress)
    {
        m_progress = std::max(m_progress, progress);
    }

    bool IsClosed() const
    {
        return m_life != Life::Part;
    }

    bool IsReleased() const
    {
        return m_life == Life::Released;
    }

    void Detach()
    {
        m_life = std::max(m_life, Life::Detached);
    }

    void Release()
    {
        m_life = Life::Released;
    }

    bool IsMultipath() const
    {
        return m_speech == Speech::Multipath;
    }

    /// MP_PRIO, MP_FAIL or MP_FASTCLOSE goes with the next segment that may carry it.
    void Owe(MptcpSubtype what)
    {
        m_owed |= MptcpOptions::Bit(what);
    }

    /// Subflow offset up to which the connection has what came.
    std::uint64_t ReadEnd() const
    {
        return m_read;
    }

    /// Subflow offset less data offset of the bytes written next, the first being \p dataNext.
    std::uint64_t SendShift(std::uint64_t dataNext) const;

    /// Data sequence number that an MP_FAIL of this subflow names.
    std::uint64_t MapSequence() const;

    /// Gives memory back that nothing uses.
    void Shrink()
    {
        tcp->Shrink();
        m_out.Release(tcp->GetSendStatus().sndUna);
        m_out.Shrink();
        m_in.Release(m_read);
        m_in.Shrink();
        if (m_in.Size() == 0)
        {
            m_last.Release();
        }
        m_taken.Release();
    }

    /// From now on plain TCP.
    void BecomePlain(Speech speech);

    DataLevel& level;
    std::unique_ptr<tcp::Connection> tcp;
    tcp::SegmentSink* sink{nullptr};
    std::uint32_t id;
    Role role;
    bool active; ///< we opened it
    /// From when on the connection counts it among its subflows.
    TimeNs countsFrom{0};
    Endpoint local;
    Endpoint remote;
    std::uint8_t localId{0};
    std::uint8_t remoteId{0};

    bool backup{false};        ///< the peer's wish
    bool requestBackup{false}; ///< ours
    bool stale{false};
    bool finSent{false};
    bool plainSyn{false}; ///< the last SYN went without the option
    std::uint32_t synsSent{0};
    std::uint64_t dataBytesSent{0};
    std::uint64_t dataBytesReceived{0};
    std::uint64_t rightEdge{0}; ///< shared edge when this subflow last announced it
    SendTrack send;
    JoinState join;
    FailState fail;
    SubflowEnding ending;

  private:
    /// Why a mapping that has come cannot be used.
    enum class Fault : std::uint8_t
    {
        Infinite,     ///< there are no more mappings
        Mapping,      ///< it contradicts another one or what was negotiated; its number has 8 bytes
        ShortMapping, ///< the same with 4
    };

    bool Owes(MptcpSubtype what) const
    {
        return (m_owed & MptcpOptions::Bit(what)) != 0;
    }

    void WriteSyn(TcpSegment& segment);
    void WriteReset(TcpSegment& segment);
    MptcpCapable CapableWithKeys(const TcpSegment& segment, std::uint64_t begin);
    bool BuildDss(const TcpSegment& segment,
                  std::uint64_t begin,
                  const DataLevel::Numbers& numbers,
                  MptcpDss& dss);
    bool HasToSay() const;
    void WriteWithSignals(TcpSegment& segment, std::uint64_t begin, bool firstNumbers);
    void WriteWhatFits(TcpSegment& segment, MptcpOptions& wanted, SegmentKind kind);
    void CountSent(const MptcpOptions& said);
    MptcpDss DataAck(const DataLevel::Numbers& numbers) const;
    void WriteInfinite(TcpSegment& segment, std::uint64_t begin);
    /// Data with MP_CAPABLE: a mapping, and the proof that the peer has our keys.
    void TakeFirstData(TimeNs now, const MptcpCapable& capable, std::uint64_t begin);
    bool ReadSynAck(TimeNs now, const MptcpOptions& options);
    void RefuseThirdAck(TimeNs now, const TcpSegment& segment, MptcpResetReason reason);
    bool ReadThirdAck(TimeNs now, const TcpSegment& segment, const MptcpOptions& options);
    void WriteDss(TcpSegment& segment, std::uint64_t begin);
    void NoteFault(std::uint64_t begin, Fault fault);
    bool OnFault(TimeNs now);
    Verdict ReadDss(TimeNs now,
                    const TcpSegment& segment,
                    const MptcpDss& dss,
                    std::uint64_t begin);
    Verdict TakeOther(TimeNs now,
                      const TcpSegment& segment,
                      std::uint64_t begin,
                      std::uint64_t ackedBefore);
    bool TakeLoneDss(TimeNs now, const TcpSegment& segment, std::uint64_t begin, Verdict& verdict);

    void ForgetRepeated()
    {
        if (m_last.IsOwned())
        {
            m_last.Own().length = 0;
            m_last.Own().subflowBegin = 0;
        }
    }

    bool RepeatsDss(const TcpSegment& segment, std::uint64_t begin) const;
    Verdict TakeRepeated(TimeNs now, const TcpSegment& segment, std::uint64_t begin);
    bool TakeLoneDataAck(TimeNs now, const TcpSegment& segment);
    bool HasRoomFor(std::uint64_t begin) const;
    void LearnSharedEdge(std::uint32_t length);
    void UseMapping(const Mapping& mapping);
    void UseAcks(bool with64);
    std::uint16_t ChecksumOf(Mapping& mapping, bool fin);
    bool OnBadChecksum(TimeNs now, const Mapping& mapping);
    void TakePieces(std::uint32_t length);
    inline void AfterTaking();
    bool AddMapping(const MptcpDss& dss,
                    std::uint64_t subflowBegin,
                    std::uint64_t dataBegin,
                    std::uint64_t carrier);
    bool ChecksumHolds(const Mapping& mapping, const std::vector<Payload>& pieces) const;

    Progress m_progress{Progress::Opening};
    Life m_life{Life::Part};
    Speech m_speech{Speech::Multipath};
    std::uint16_t m_owed{0};  ///< bits of MptcpOptions::Bit()
    bool m_ackSeen{false};    ///< some data of this subflow was acknowledged with a DATA_ACK
    bool m_carriesAck{false}; ///< the segment about to leave has a DATA_ACK
    Fault m_fault{Fault::Infinite};
    MappingTable m_out;
    MappingTable m_in;
    std::uint64_t m_read{1}; ///< subflow offset of the first byte not yet moved to the connection
    std::uint64_t m_mapBegin{1}; ///< data offset at which the mapping used last begins (map_seq)
    std::uint64_t m_faultAt{~std::uint64_t{0}}; ///< subflow offset of a mapping that cannot be used
    std::uint64_t m_ackedUpTo{1}; ///< subflow offset acknowledged by the segments before this one
    OnDemand<RepeatedDss> m_last;
    OnDemand<TakenPieces> m_taken;
};

/// The RST that answers a join that is refused: a SYN whose token belongs to no connection
/// (subflow_check_req: MPTCP_RST_EMPTCP), or a third ACK.
TcpSegment RefusedJoin(const TcpSegment& segment,
                       MptcpResetReason reason = MptcpResetReason::MptcpError);

} // namespace hoststack::mptcp

#endif // HS_MPTCP_SUBFLOW_H
