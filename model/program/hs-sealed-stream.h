// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SEALED_STREAM_H
#define HS_SEALED_STREAM_H

#include "ns3/hs-relay-settings.h"
#include "ns3/hs-ring.h"

#include <cstdint>

namespace hoststack
{

/**
 * One direction of an authenticated tunnel: a stream of chunks, each with a header and a tag, which
 * can be opened only when it is there whole. Streams carry no content here, so the lengths of the
 * chunks are kept beside them: the end that seals appends, the end that opens takes them out.
 */
class SealedStream
{
  public:
    struct Chunk
    {
        std::uint32_t plain{0};
        std::uint32_t wire{0}; ///< all of it; what is not payload comes first
    };

    /// \param first bytes before the first chunk
    SealedStream(const Sealing& sealing, std::uint32_t first)
        : m_sealing(sealing),
          m_first(first)
    {
    }

    std::uint32_t MostPlain() const
    {
        return m_sealing.mostPlain;
    }

    /// \param plain at most MostPlain(); 0, the first time: only what comes before all chunks
    Chunk Seal(std::uint32_t plain)
    {
        const Chunk chunk{plain, plain + (plain > 0 ? m_sealing.overhead : 0) + m_first};
        m_first = 0;
        m_chunks.PushBack(chunk);
        return chunk;
    }

    bool HasBegun() const
    {
        return m_first == 0;
    }

    bool IsEmpty() const
    {
        return m_chunks.Empty();
    }

    /// The next one to be opened.
    const Chunk& Next() const
    {
        return m_chunks.Front();
    }

    void Open()
    {
        m_chunks.PopFront();
    }

  private:
    Sealing m_sealing;
    std::uint32_t m_first;
    Ring<Chunk> m_chunks;
};

/// Both directions between two programs.
struct SealedTunnel
{
    explicit SealedTunnel(const Sealing& sealing)
        : up(sealing, sealing.firstUp),
          down(sealing, sealing.firstDown)
    {
    }

    SealedStream up; ///< from the end that opened the connection
    SealedStream down;
};

} // namespace hoststack

#endif // HS_SEALED_STREAM_H
