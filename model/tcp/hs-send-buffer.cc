// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-send-buffer.h"

#include <algorithm>
#include <vector>

namespace hoststack::tcp
{

void
SendBuffer::Append(const Payload& bytes)
{
    if (bytes.Length() == 0)
    {
        return;
    }
    if (bytes.IsVirtual() && !m_chunks.Empty() && m_chunks.Back().bytes.IsVirtual())
    {
        m_chunks.Back().end += bytes.Length();
    }
    else
    {
        m_chunks.PushBack(Chunk{m_end, m_end + bytes.Length(), bytes});
    }
    m_end += bytes.Length();
}

void
SendBuffer::Release(std::uint64_t offset)
{
    m_begin = std::min(std::max(m_begin, offset), m_end);
    while (!m_chunks.Empty() && m_chunks.Front().end <= m_begin)
    {
        m_chunks.PopFront();
    }
}

std::size_t
SendBuffer::Find(std::uint64_t offset) const
{
    std::size_t low = 0;
    std::size_t high = m_chunks.Size();
    while (high - low > 1)
    {
        const std::size_t middle = (low + high) / 2;
        (m_chunks[middle].begin <= offset ? low : high) = middle;
    }
    return low;
}

Payload
SendBuffer::Gather(std::uint64_t offset, std::uint32_t length) const
{
    assert(offset >= m_begin && offset + length <= m_end);
    if (length == 0)
    {
        return {};
    }
    std::size_t i = Find(offset);
    const std::uint64_t end = offset + length;
    if (end <= m_chunks[i].end)
    {
        if (m_chunks[i].bytes.IsVirtual())
        {
            return Payload::Virtual(length);
        }
        return m_chunks[i].bytes.Slice(static_cast<std::uint32_t>(offset - m_chunks[i].begin),
                                       length);
    }
    std::vector<std::uint8_t> joined(length, 0);
    for (std::uint64_t at = offset; at < end; ++i)
    {
        const auto& chunk = m_chunks[i];
        const auto part = static_cast<std::uint32_t>(std::min(end, chunk.end) - at);
        if (!chunk.bytes.IsVirtual())
        {
            chunk.bytes.Slice(static_cast<std::uint32_t>(at - chunk.begin), part)
                .CopyTo(joined.data() + (at - offset));
        }
        at += part;
    }
    return Payload::Copy(joined.data(), length);
}

} // namespace hoststack::tcp
