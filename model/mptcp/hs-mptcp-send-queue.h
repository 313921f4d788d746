// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_SEND_QUEUE_H
#define HS_MPTCP_SEND_QUEUE_H

#include "ns3/hs-ring.h"
#include "ns3/hs-send-buffer.h"

#include <algorithm>
#include <cstdint>

namespace hoststack::mptcp
{

/**
 * What was written and is not acknowledged at the data level, in fragments (struct
 * mptcp_data_frag), each with a head of its own in one page of 32 KiB (sk_page_frag). Data offsets:
 * acknowledged up to Una(), handed out at least once up to Next(), written up to End(). Fragments
 * are handed out in order; those that are to go again count as not handed out.
 */
class SendQueue
{
  public:
    struct Fragment
    {
        std::uint64_t begin{0};
        std::uint64_t end{0};
        std::uint64_t sent{0}; ///< data offset up to which it has been handed out
        std::uint8_t head{0};  ///< bytes of memory beside the payload
    };

    SendQueue()
    {
        m_buffer.Reset(1);
    }

    /// Where the next bytes of a write go, without a gap in memory.
    struct Place
    {
        std::uint32_t room{0}; ///< bytes
        std::uint32_t head{0}; ///< bytes of memory of the fragment that begins there; 0: none does
    };

    Place NextPlace() const;

    /// \p bytes go to \p place, which NextPlace() has just named and which has room for them.
    void Append(const Payload& bytes, const Place& place);

    /// Bytes that a writer may add until \p memory bytes are in use.
    std::uint64_t RoomWithin(std::uint64_t memory) const;

    /// What it is charged with (sk_wmem_queued of the connection).
    std::uint64_t Memory() const
    {
        return Size() + m_heads;
    }

    std::uint64_t Una() const
    {
        return m_una;
    }

    std::uint64_t Next() const
    {
        return m_next;
    }

    std::uint64_t End() const
    {
        return m_buffer.End();
    }

    /// Bytes written and not acknowledged.
    std::uint64_t Size() const
    {
        return m_buffer.Size();
    }

    /// Bytes written and never handed out.
    std::uint64_t Fresh() const
    {
        return End() - std::min(End(), m_next);
    }

    Payload Gather(std::uint64_t begin, std::uint32_t length) const
    {
        return m_buffer.Gather(begin, length);
    }

    std::size_t Count() const
    {
        return m_fragments.Size();
    }

    const Fragment& operator[](std::size_t i) const
    {
        return m_fragments[i];
    }

    bool HasUnsent() const
    {
        return !m_fragments.Empty() && m_fragments.Back().sent < m_fragments.Back().end;
    }

    /// The first fragment with something to hand out; Count() if there is none.
    std::size_t FirstUnsent();

    /// \p length more bytes of fragment \p i have been handed out. \return how many of them again
    std::uint64_t HandOut(std::size_t i, std::uint32_t length);

    /// Copies have been handed out up to \p offset, by whatever fragment.
    void Reach(std::uint64_t offset);
    /// Fragments that copies have covered are handed out.
    void SyncFragments();

    /// Everything not acknowledged is to go again.
    void TakeBack();

    /// The peer has everything up to \p ack, which is beyond Una().
    void Release(std::uint64_t ack);

    /// Gives memory back that nothing uses.
    void Shrink()
    {
        m_buffer.Shrink();
        m_fragments.Shrink();
    }

  private:
    tcp::SendBuffer m_buffer;
    Ring<Fragment> m_fragments;
    std::uint64_t m_una{1};
    std::uint64_t m_next{1};
    std::size_t m_unsent{0};  ///< what FirstUnsent() found last; checked before it is used
    std::uint32_t m_heads{0}; ///< of all fragments
    std::uint32_t m_page{0};  ///< bytes of the page in use that are taken
};

} // namespace hoststack::mptcp

#endif // HS_MPTCP_SEND_QUEUE_H
