// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SEND_BUFFER_H
#define HS_SEND_BUFFER_H

#include "ns3/hs-payload.h"
#include "ns3/hs-ring.h"

#include <cstdint>

namespace hoststack::tcp
{

/**
 * The bytes an application has written and the peer has not acknowledged, addressed by stream
 * offset. Neighbouring virtual writes are one chunk, so a bulk sender of virtual bytes costs no
 * memory per write.
 */
class SendBuffer
{
  public:
    /// Starts the stream at \p offset (before the first Append).
    void Reset(std::uint64_t offset)
    {
        m_chunks.Clear();
        m_begin = m_end = offset;
    }

    void Append(const Payload& bytes);

    /// Forgets everything before \p offset.
    void Release(std::uint64_t offset);

    /// The \p length bytes at \p offset; shares memory when they lie in one chunk.
    Payload Gather(std::uint64_t offset, std::uint32_t length) const;

    /// Gives memory back if nothing waits.
    void Shrink()
    {
        m_chunks.Shrink();
    }

    std::uint64_t Begin() const
    {
        return m_begin;
    }

    /// Offset after the last byte written.
    std::uint64_t End() const
    {
        return m_end;
    }

    std::uint64_t Size() const
    {
        return m_end - m_begin;
    }

  private:
    struct Chunk
    {
        std::uint64_t begin{0};
        std::uint64_t end{0};
        Payload bytes; ///< of any length if virtual
    };

    std::size_t Find(std::uint64_t offset) const;

    Ring<Chunk> m_chunks;
    std::uint64_t m_begin{0};
    std::uint64_t m_end{0};
};

} // namespace hoststack::tcp

#endif // HS_SEND_BUFFER_H
