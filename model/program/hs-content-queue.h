// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CONTENT_QUEUE_H
#define HS_CONTENT_QUEUE_H

#include "ns3/hs-payload.h"
#include "ns3/hs-ring.h"

#include <cstdint>

namespace hoststack
{

/// Bytes that a program holds between reading and writing them, in order. Virtual bytes are only
/// counted; real ones keep their content.
class ContentQueue
{
  public:
    std::uint64_t Length() const
    {
        return m_length;
    }

    void AppendVirtual(std::uint64_t bytes);
    void Append(Payload bytes);
    /// Moves the first \p bytes to the end of \p other.
    void MoveTo(ContentQueue& other, std::uint64_t bytes);
    void Drop(std::uint64_t bytes);
    /// The first bytes, as many as lie together, at most \p most.
    Payload Front(std::uint64_t most) const;
    /// The first \p bytes to \p out, virtual ones as zeros. \return false: there are fewer
    bool CopyFront(std::uint8_t* out, std::uint64_t bytes) const;

  private:
    std::uint64_t m_length{0};
    Ring<Payload> m_pieces; ///< empty: all bytes are virtual
};

} // namespace hoststack

#endif // HS_CONTENT_QUEUE_H
