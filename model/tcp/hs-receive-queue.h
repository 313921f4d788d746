// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RECEIVE_QUEUE_H
#define HS_RECEIVE_QUEUE_H

#include "ns3/hs-payload.h"
#include "ns3/hs-ring.h"

#include <cstdint>
#include <vector>

namespace hoststack::tcp
{

/**
 * Bytes received and not yet read: the in-order stream and what lies beyond holes, with the memory
 * both hold (`truesize`). Offsets are stream offsets of the peer's sequence space.
 */
class ReceiveQueue
{
  public:
    /// What Insert did with a segment.
    struct Result
    {
        std::uint32_t accepted{0};       ///< new bytes kept
        bool inOrder{false};             ///< it began at or before Next() and advanced it
        bool filledHole{false};          ///< it joined data that was waiting out of order
        bool duplicate{false};           ///< part or all of it was there already
        std::uint64_t duplicateBegin{0}; ///< what to report in a DSACK
        std::uint64_t duplicateEnd{0};
    };

    void Reset(std::uint64_t next)
    {
        m_next = m_read = next;
    }

    /// Offset of the next byte expected (rcv_nxt).
    std::uint64_t Next() const
    {
        return m_next;
    }

    /// Bytes in order and unread.
    std::uint32_t Available() const
    {
        return static_cast<std::uint32_t>(m_next - m_read);
    }

    /// The offset after the last byte that has come, in order or not.
    std::uint64_t HighestByte() const
    {
        return m_beyond.Empty() ? m_next : m_beyond.Back().end;
    }

    bool HasOutOfOrder() const
    {
        return !m_beyond.Empty();
    }

    /// Whether data waiting beyond a hole ends right before \p offset.
    bool ContinuesWaiting(std::uint64_t offset) const
    {
        const auto i = FindBeyond(offset);
        return i > 0 && m_beyond[i - 1].end == offset;
    }

    /// Bytes waiting beyond holes.
    std::uint32_t OutOfOrderBytes() const
    {
        return m_beyondBytes;
    }

    /// Memory of everything queued, bytes of truesize (sk_rmem_alloc).
    std::uint32_t Memory() const
    {
        return m_memory;
    }

    /// End of the contiguous run that holds \p offset beyond the first hole; \p offset if none.
    std::uint64_t RunEnd(std::uint64_t offset) const;
    std::uint64_t RunBegin(std::uint64_t offset) const;

    /// Takes \p bytes that begin at \p offset and cost \p truesize; overlaps are trimmed.
    Result Insert(std::uint64_t offset, const Payload& bytes, std::uint32_t truesize);

    /// Moves up to \p max bytes to \p out (dropped if nullptr); \return their count.
    std::uint32_t Read(std::uint32_t max, std::vector<Payload>* out);

    /**
     * Drops data beyond holes from its far end until \p target bytes of memory are freed, but
     * nothing that ends before \p keepBefore (tcp_prune_ofo_queue). \return true if any went.
     */
    bool PruneOutOfOrder(std::uint32_t target, std::uint64_t keepBefore);

    /// In-order bytes that somebody else takes are counted as if they had been inserted and read.
    void Pass(std::uint32_t length)
    {
        m_next += length;
        m_read += length;
    }

    /// The last Pass() is undone: \p bytes wait here.
    void Keep(const Payload& bytes, std::uint32_t truesize)
    {
        m_next -= bytes.Length();
        m_read -= bytes.Length();
        AppendInOrder(Payload(bytes), truesize);
    }

    /// Passes the peer's FIN: Next() counts one more.
    void CountFin()
    {
        ++m_next;
        ++m_read;
    }

    /// True if pieces lie in order and the sums are theirs (for assertions; walks the queue).
    bool IsConsistent() const;

    void Shrink()
    {
        m_inOrder.Shrink();
        m_beyond.Shrink();
    }

  private:
    struct Piece
    {
        std::uint64_t begin{0};
        std::uint64_t end{0};
        std::uint32_t truesize{0};
        Payload bytes;
    };

    std::size_t FindBeyond(std::uint64_t offset) const;
    void AppendInOrder(Payload&& bytes, std::uint32_t truesize);
    void InsertBeyond(std::uint64_t begin, Payload bytes, std::uint32_t truesize, Result& result);

    Ring<Piece> m_inOrder;
    Ring<Piece> m_beyond;
    std::uint64_t m_next{0};
    std::uint64_t m_read{0};
    std::uint32_t m_beyondBytes{0};
    std::uint32_t m_memory{0};
};

} // namespace hoststack::tcp

#endif // HS_RECEIVE_QUEUE_H
