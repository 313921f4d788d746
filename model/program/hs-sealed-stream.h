// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SEALED_STREAM_H
#define HS_SEALED_STREAM_H

#include "ns3/hs-content-queue.h"
#include "ns3/hs-relay-settings.h"
#include "ns3/hs-ring.h"
#include "ns3/hs-tunnel-header.h"

#include <cstdint>
#include <optional>

namespace hoststack
{

/**
 * One direction of an authenticated tunnel: a stream of chunks, each with a header and a tag, which
 * can be opened only when it is there whole. What travels has the same lengths in both forms:
 *
 * - beside: streams carry no content, so both ends share this object, which keeps the lengths of
 *   the chunks: the end that seals appends, the end that opens takes them out.
 * - in band: headers say the lengths (hs-tunnel-header.h), and each end has an object of its own,
 *   in a program of its own.
 */
class SealedStream
{
  public:
    struct Chunk
    {
        std::uint32_t plain{0};
        std::uint32_t wire{0};  ///< all of it; what is not payload comes first
        std::uint32_t first{0}; ///< of that, what goes before the first chunk
    };

    /// Beside. \param first bytes before the first chunk
    SealedStream(const Sealing& sealing, std::uint32_t first)
        : m_sealing(sealing),
          m_first(first)
    {
    }

    /// In band. \param request goes before the first chunk, or will be found there
    static SealedStream InBand(const Sealing& sealing,
                               std::uint32_t first,
                               const std::optional<TunnelRequest>& request);
    /// In band, to be opened; all else is in its request.
    static SealedStream FromRequest();

    std::uint32_t MostPlain() const
    {
        return m_sealing.mostPlain;
    }

    /// \name For the end that seals
    /// @{
    /// \param plain at most MostPlain(); 0, the first time: only what comes before all chunks
    Chunk Seal(std::uint32_t plain)
    {
        const Chunk chunk{plain, plain + (plain > 0 ? m_sealing.overhead : 0) + m_first, m_first};
        m_first = 0;
        if (!m_isInBand)
        {
            m_chunks.PushBack(chunk);
        }
        return chunk;
    }

    /// Appends what goes before the payload of \p chunk, which Seal() has given.
    void AppendHeader(const Chunk& chunk, ContentQueue& out) const;

    bool HasBegun() const
    {
        return m_first == 0;
    }

    /// @}

    /// \name For the end that opens
    /// @{
    /// \param arrived from the next chunk on \return whether it is known how long that one is
    bool Knows(const ContentQueue& arrived)
    {
        return !m_chunks.Empty() || (m_isInBand && !m_isBroken && ReadHeader(arrived));
    }

    /// Bytes that Knows() may need.
    std::uint32_t Needs() const
    {
        return m_isInBand ? kTunnelRequestSize : 0;
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

    /// Something has arrived that is no chunk; nothing can be opened any more.
    bool IsBroken() const
    {
        return m_isBroken;
    }

    /// What FromRequest() has found; nothing: not yet, or it is not such a one.
    const std::optional<TunnelRequest>& Request() const
    {
        return m_request;
    }

    /// @}

  private:
    bool ReadHeader(const ContentQueue& arrived);

    Sealing m_sealing;
    std::uint32_t m_first;
    bool m_isInBand{false};
    bool m_awaitsRequest{false};
    bool m_isBroken{false};
    std::optional<TunnelRequest> m_request;
    Ring<Chunk> m_chunks;
};

/// Both directions between two programs.
struct SealedTunnel
{
    /// Beside; for both ends.
    explicit SealedTunnel(const Sealing& sealing)
        : up(sealing, sealing.firstUp),
          down(sealing, sealing.firstDown)
    {
    }

    /// In band, for the end that opens the connection. \param leadsTo what the other end shall open
    SealedTunnel(const Sealing& sealing, const TunnelTarget& leadsTo)
        : up(SealedStream::InBand(sealing, sealing.firstUp, TunnelRequest{leadsTo, sealing})),
          down(SealedStream::InBand(sealing, sealing.firstDown, std::nullopt))
    {
    }

    /// In band, for the end that is called: all is in the request.
    SealedTunnel()
        : up(SealedStream::FromRequest()),
          down(Sealing{}, 0)
    {
    }

    /// The request has arrived, by which the answer is sealed.
    void Answer()
    {
        if (const auto& request = up.Request())
        {
            down = SealedStream::InBand(request->sealing, request->sealing.firstDown, std::nullopt);
        }
    }

    SealedStream up; ///< from the end that opened the connection
    SealedStream down;
};

} // namespace hoststack

#endif // HS_SEALED_STREAM_H
