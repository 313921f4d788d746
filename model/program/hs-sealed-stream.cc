// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-sealed-stream.h"

#include <vector>

namespace hoststack
{

SealedStream
SealedStream::InBand(const Sealing& sealing,
                     std::uint32_t first,
                     const std::optional<TunnelRequest>& request)
{
    SealedStream stream(sealing, first);
    stream.m_isInBand = true;
    stream.m_request = request;
    return stream;
}

SealedStream
SealedStream::FromRequest()
{
    SealedStream stream(Sealing{}, 0);
    stream.m_isInBand = true;
    stream.m_awaitsRequest = true;
    return stream;
}

void
SealedStream::AppendHeader(const Chunk& chunk, ContentQueue& out) const
{
    if (!m_isInBand)
    {
        out.AppendVirtual(chunk.wire - chunk.plain);
        return;
    }
    // Tags, salts and padding are there as zeros.
    std::vector<std::uint8_t> header(chunk.wire - chunk.plain);
    const bool withRequest = chunk.first > 0 && m_request;
    if (withRequest)
    {
        WriteTunnelRequest(*m_request, header.data());
    }
    WriteChunkLength(chunk.plain, header.data() + (withRequest ? kTunnelRequestSize - 2 : 0));
    out.Append(Payload::Copy(header.data(), static_cast<std::uint32_t>(header.size())));
}

bool
SealedStream::ReadHeader(const ContentQueue& arrived)
{
    std::uint8_t bytes[kTunnelRequestSize];
    std::uint32_t at = 0;
    if (m_awaitsRequest)
    {
        if (!arrived.CopyFront(bytes, kTunnelRequestSize))
        {
            return false;
        }
        m_request = ReadTunnelRequest(bytes);
        m_isBroken = !m_request;
        if (m_isBroken)
        {
            return false;
        }
        m_awaitsRequest = false;
        m_sealing = m_request->sealing;
        m_first = m_sealing.firstUp;
        at = kTunnelRequestSize - 2;
    }
    else if (!arrived.CopyFront(bytes, 2))
    {
        return false;
    }
    const auto plain = ReadChunkLength(bytes + at);
    const Chunk chunk{plain, plain + (plain > 0 ? m_sealing.overhead : 0) + m_first, m_first};
    m_isBroken = plain > m_sealing.mostPlain || chunk.wire == 0;
    if (!m_isBroken)
    {
        m_first = 0;
        m_chunks.PushBack(chunk);
    }
    return !m_isBroken;
}

} // namespace hoststack
