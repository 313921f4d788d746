// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-content-queue.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

namespace hoststack
{

namespace
{

/// A payload counts its bytes in 32 bits.
constexpr std::uint64_t kMostOfPiece = std::numeric_limits<std::uint32_t>::max();

} // namespace

void
ContentQueue::AppendVirtual(std::uint64_t bytes)
{
    m_length += bytes;
    for (std::uint64_t left = m_pieces.Empty() ? 0 : bytes; left > 0;)
    {
        const auto piece = std::min(left, kMostOfPiece);
        m_pieces.PushBack(Payload::Virtual(static_cast<std::uint32_t>(piece)));
        left -= piece;
    }
}

void
ContentQueue::Append(Payload bytes)
{
    if (bytes.IsVirtual())
    {
        AppendVirtual(bytes.Length());
        return;
    }
    if (m_pieces.Empty())
    {
        const auto before = std::exchange(m_length, 0);
        for (std::uint64_t left = before; left > 0;)
        {
            const auto piece = std::min(left, kMostOfPiece);
            m_pieces.PushBack(Payload::Virtual(static_cast<std::uint32_t>(piece)));
            left -= piece;
        }
        m_length = before;
    }
    m_length += bytes.Length();
    m_pieces.PushBack(std::move(bytes));
}

void
ContentQueue::MoveTo(ContentQueue& other, std::uint64_t bytes)
{
    assert(bytes <= m_length);
    if (m_pieces.Empty())
    {
        other.AppendVirtual(bytes);
        m_length -= bytes;
        return;
    }
    for (auto left = bytes; left > 0;)
    {
        auto piece = Front(left);
        left -= piece.Length();
        Drop(piece.Length());
        other.Append(std::move(piece));
    }
}

void
ContentQueue::Drop(std::uint64_t bytes)
{
    assert(bytes <= m_length);
    m_length -= bytes;
    while (bytes > 0 && !m_pieces.Empty())
    {
        auto& front = m_pieces.Front();
        if (front.Length() > bytes)
        {
            front.TrimFront(static_cast<std::uint32_t>(bytes));
            return;
        }
        bytes -= front.Length();
        m_pieces.PopFront();
    }
}

Payload
ContentQueue::Front(std::uint64_t most) const
{
    if (m_pieces.Empty())
    {
        return Payload::Virtual(
            static_cast<std::uint32_t>(std::min({most, m_length, kMostOfPiece})));
    }
    const auto& front = m_pieces.Front();
    return front.Slice(0,
                       static_cast<std::uint32_t>(std::min<std::uint64_t>(most, front.Length())));
}

bool
ContentQueue::CopyFront(std::uint8_t* out, std::uint64_t bytes) const
{
    if (bytes > m_length)
    {
        return false;
    }
    if (m_pieces.Empty())
    {
        std::fill_n(out, bytes, std::uint8_t{0});
        return true;
    }
    for (std::size_t i = 0; bytes > 0; ++i)
    {
        const auto part = std::min<std::uint64_t>(bytes, m_pieces[i].Length());
        m_pieces[i].Slice(0, static_cast<std::uint32_t>(part)).CopyTo(out);
        out += part;
        bytes -= part;
    }
    return true;
}

} // namespace hoststack
