// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RECEIVE_QUEUE_H
#define HS_RECEIVE_QUEUE_H

#include "ns3/hs-buffer-memory.h"
#include "ns3/hs-payload.h"
#include "ns3/hs-ring.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace hoststack::tcp
{

/**
 * Bytes received and not yet read: the in-order stream and what lies beyond holes, with the memory
 * both hold (`truesize`). Offsets are stream offsets of the peer's sequence space.
 *
 * Segments that Linux merges into one buffer are several pieces here, the last of which carries the
 * buffer's memory: it is freed when all of the buffer has been read.
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
        bool mergedBeyond{false};        ///< beyond a hole it became part of the buffer before it
        bool duplicate{false};           ///< part or all of it was there already
        std::uint64_t duplicateBegin{0}; ///< what to report in a DSACK
        std::uint64_t duplicateEnd{0};

        /// [\p begin, \p end) was there already: a DSACK grows by what touches it and names the
        /// first part otherwise (tcp_dsack_extend).
        void NoteDuplicate(std::uint64_t begin, std::uint64_t end)
        {
            if (!duplicate)
            {
                duplicate = true;
                duplicateBegin = begin;
                duplicateEnd = end;
            }
            else if (begin <= duplicateEnd && duplicateBegin <= end)
            {
                duplicateBegin = std::min(duplicateBegin, begin);
                duplicateEnd = std::max(duplicateEnd, end);
            }
        }
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

    /// The hole that holds \p offset, up to the next byte that is there; empty if that is there.
    std::pair<std::uint64_t, std::uint64_t> GapAround(std::uint64_t offset) const;

    /// Takes \p bytes that begin at \p offset and cost \p memory, if they do not merge with what
    /// ends there; overlaps are trimmed.
    Result Insert(std::uint64_t offset, const Payload& bytes, const BufferMemory& memory);

    /// No buffer grows beyond \p bytes by merging (__mptcp_try_coalesce); 0: no limit.
    void LimitMerging(std::uint32_t bytes)
    {
        m_mergeLimit = bytes;
    }

    /// All that is in order is being acknowledged.
    void Acknowledge()
    {
        m_acknowledged = m_next;
    }

    /// Offset of the last acknowledgment (rcv_wup, last_ack_sent).
    std::uint64_t Acknowledged() const
    {
        return m_acknowledged;
    }

    /**
     * Copies what lies in badly filled buffers into full ones, beyond holes first
     * (tcp_collapse_ofo_queue, tcp_collapse). \p ratio: payload per 256 bytes of memory that a
     * well filled buffer holds; \p buffer: the receive buffer's size. \return buffers that were
     * copied and freed (TCPRcvCollapsed)
     */
    std::uint32_t Collapse(std::uint32_t ratio, std::uint32_t buffer);

    /// Length of the piece that is read first; 0: nothing waits.
    std::uint32_t FirstPiece() const
    {
        return m_inOrder.Empty() ? 0 : m_inOrder.Front().bytes.Length();
    }

    /// Its buffer's memory if it is that buffer's last; nothing waits: none.
    BufferMemory FirstMemory() const
    {
        return m_inOrder.Empty() ? BufferMemory() : m_inOrder.Front().memory;
    }

    /// Unread bytes of the buffer that is read first.
    std::uint32_t FirstBuffer() const;

    /// Moves up to \p max bytes to \p out (dropped if nullptr); \return their count.
    std::uint32_t Read(std::uint32_t max, std::vector<Payload>* out);

    /**
     * Drops data beyond holes from its far end until \p target bytes of memory are freed, but
     * nothing that begins before \p keepBefore (tcp_prune_ofo_queue). \return true if any went.
     */
    bool PruneOutOfOrder(std::uint32_t target, std::uint64_t keepBefore);

    /// In-order bytes that somebody else takes are counted as if they had been inserted and read.
    void Pass(std::uint32_t length)
    {
        m_next += length;
        m_read += length;
    }

    /// The last Pass() is undone: \p bytes wait here.
    void Keep(const Payload& bytes, const BufferMemory& memory)
    {
        m_next -= bytes.Length();
        m_read -= bytes.Length();
        AppendInOrder(Payload(bytes), memory);
    }

    /// Passes the peer's FIN: Next() counts one more, and what lies beyond is dropped.
    void CountFin();

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
        static constexpr bool kMovesAsBytes = true; // a hole is filled in the middle of many

        std::uint64_t begin{0};
        std::uint64_t end{0};
        BufferMemory memory; ///< of a buffer's last piece; nothing for the others
        Payload bytes;
    };

    std::size_t FindBeyond(std::uint64_t offset) const;
    void AppendInOrder(Payload&& bytes, const BufferMemory& memory);
    void InsertBeyond(std::uint64_t begin,
                      Payload bytes,
                      const BufferMemory& memory,
                      Result& result);
    void MoveBuffer(Result& result);
    bool Merge(Piece& tail, const BufferMemory& next, std::uint32_t* charge) const;
    static std::size_t BufferEnd(const Ring<Piece>& pieces, std::size_t i);
    std::size_t CollapseRun(Ring<Piece>& pieces,
                            std::size_t first,
                            std::size_t last,
                            std::uint32_t ratio,
                            std::uint32_t& freed);

    Ring<Piece> m_inOrder;
    Ring<Piece> m_beyond;
    std::uint64_t m_next{0};
    std::uint64_t m_read{0};
    std::uint64_t m_acknowledged{0};
    std::uint32_t m_beyondBytes{0};
    std::uint32_t m_memory{0};
    std::uint32_t m_mergeLimit{0};
};

} // namespace hoststack::tcp

#endif // HS_RECEIVE_QUEUE_H
