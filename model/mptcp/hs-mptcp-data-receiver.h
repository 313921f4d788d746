// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_DATA_RECEIVER_H
#define HS_MPTCP_DATA_RECEIVER_H

#include "ns3/hs-memory-account.h"
#include "ns3/hs-mptcp-config.h"
#include "ns3/hs-mptcp-counters.h"
#include "ns3/hs-mptcp-shared-window.h"
#include "ns3/hs-mptcp-types.h"
#include "ns3/hs-receive-queue.h"
#include "ns3/hs-window-policy.h"

#include <memory>
#include <vector>

namespace hoststack::mptcp
{

class Subflow;
struct DataLevelParts;

/**
 * The receiving half of the data level: reassembly in the peer's data offsets, the memory that
 * bounds it, what a byte of the buffer is worth, auto-tuning, and the peer's DATA_FIN (facts sheet
 * linux.md sections 1.8 and 1.11). Nothing in it is pruned.
 */
class DataReceiver
{
  public:
    explicit DataReceiver(const DataLevelParts& parts);

    /// The first subflow is established; \p receive is its state, \p advMss the MSS it announced.
    void Open(TimeNs now, const tcp::ReceiveState& receive, std::uint32_t advMss);

    /// Payload per 256 bytes of memory, until a first read.
    void AssumeRatio(std::uint32_t ratio)
    {
        m_scalingRatio = ratio;
    }

    /// \name Memory
    /// @{
    /// Bytes that a window may announce.
    std::uint32_t FreeSpace() const;

    bool IsFull() const
    {
        // __mptcp_move_skbs_from_subflow looks at the memory before it adds (facts sheet linux.md
        // 1.8.3): what finds more than the limit stays in the subflow's queue, without a DATA_ACK.
        // Nothing is pruned and nothing passes, so that data beyond a hole may lock out for ever
        // what would fill it (measured; only before a first read has taught what the buffer is
        // worth).
        return m_queue.Memory() > m_buffer;
    }

    void Share(tcp::ReceiveLedger& state) const
    {
        state.Tell().sharedBuffer = m_buffer;
        state.Tell().memory = m_queue.Memory();
        state.Tell().sharedRatio = m_scalingRatio;
    }

    /// Data is charged to \p account, which outlives this; nullptr: memory never ends.
    void SetAccount(MemoryAccount* account)
    {
        m_account = account;
    }

    std::uint32_t Buffer() const
    {
        return m_buffer;
    }

    /// @}

    /// \name Data
    /// @{
    struct Taken
    {
        std::uint32_t fresh{0};
        bool inOrder{false};
    };

    /// \p plain: without mappings, so also beyond everything ever announced.
    Taken Take(std::uint64_t begin, const Payload& bytes, const BufferMemory& memory, bool plain);

    /// \p subflow has brought what lies last in the queue, and its sender has that, too.
    void NoteTail(const Subflow& subflow);
    /// Its sender has it no more if that subflow has acknowledged it.
    void SettleTail(const std::vector<std::unique_ptr<Subflow>>& subflows);

    /// Subflows have handed over what they had: what waited beyond a hole may follow.
    void EndBatch()
    {
        m_batchNext = m_queue.Next();
    }

    std::uint32_t Read(std::uint32_t max, std::vector<Payload>* out);

    /// After a read: learns what the buffer is worth, and enlarges it.
    void Tune(TimeNs now, const std::vector<std::unique_ptr<Subflow>>& subflows);

    const tcp::ReceiveQueue& Queue() const
    {
        return m_queue;
    }

    /// @}

    /// \name Length of DATA_ACKs
    /// @{
    bool Acks64() const
    {
        return m_ack64;
    }

    /// \return whether that is new
    bool UseAcks(bool with64)
    {
        const bool isNew = m_ack64 != with64;
        m_ack64 = with64;
        return isNew;
    }

    /// @}

    /// \name The peer's DATA_FIN
    /// @{
    /// \return true if it is a repetition that wants an answer, which leaves now
    bool OnFin(TimeNs now, std::uint64_t offset, bool plain);

    /// All data before it has come, for the first time. \return false: not so
    bool ReachFin(TimeNs now)
    {
        if (!MayReachFin())
        {
            return false;
        }
        TakeFin(now);
        return true;
    }

    bool MayReachFin() const
    {
        return m_fin != 0 && !m_finReached && m_queue.Next() == m_fin;
    }

    /// The peer has said where its data ends.
    bool IsFinKnown() const
    {
        return m_fin != 0;
    }

    void Shrink()
    {
        m_queue.Shrink();
    }

    bool IsFinReached() const
    {
        return m_finReached;
    }

    /// @}

  private:
    /// The subflow that brought what lies last, and up to where of its own stream.
    struct Tail
    {
        std::uint32_t subflow{~std::uint32_t{0}};
        std::uint64_t end{0};
    };

    void TakeFin(TimeNs now);
    void CountOutOfOrder(std::uint64_t begin);
    void ChargeQueue(std::uint32_t before);
    void Enlarge(std::uint64_t copied,
                 std::uint32_t advMss,
                 const std::vector<std::unique_ptr<Subflow>>& subflows);

    const Config& m_config;
    Counters& m_counters;
    OnDemand<Info>& m_info;
    const SharedWindow& m_window;
    tcp::ReceiveQueue m_queue;
    Tail m_tail; ///< only of buffers that their sender has, too
    MemoryAccount* m_account{nullptr};
    /// Where the bytes in order end that subflows have handed over, without what had waited beyond
    /// a hole: Linux looks at that when a batch is over (__mptcp_ofo_queue).
    std::uint64_t m_batchNext{1};
    std::uint32_t m_buffer;
    std::uint32_t m_scalingRatio{128}; ///< smallest of the subflows' when last read
    std::uint64_t m_fin{0};            ///< data offset; 0: not seen
    TimeNs m_finAnswered{0};           ///< when it was last acknowledged for its own sake
    bool m_finReached{false};
    bool m_ack64{false};          ///< the peer uses 64-bit numbers
    std::uint32_t m_readSpace{0}; ///< auto-tuning, as tcp::LinuxWindow
    std::uint64_t m_readFrom{0};
    std::uint64_t m_readTotal{0};
    TimeNs m_readSince{0};
    TimeNs m_readRtt{0}; ///< of the last measurement (rcvq_space.rtt_us)
};

} // namespace hoststack::mptcp

#endif // HS_MPTCP_DATA_RECEIVER_H
