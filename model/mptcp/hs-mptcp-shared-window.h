// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_SHARED_WINDOW_H
#define HS_MPTCP_SHARED_WINDOW_H

#include <algorithm>
#include <cstdint>

namespace hoststack::mptcp
{

/**
 * The receive window that all subflows of a connection announce (RFC 8684 section 3.3.1; Linux:
 * mptcp_set_rwin, rcv_wnd_sent): one right edge in the data stream, which never moves left. Data
 * offsets in bytes; 1 is the first byte of data.
 */
class SharedWindow
{
  public:
    /// TCP's handshake has allowed \p window bytes. They count until a window goes with a DSS.
    void OpenByHandshake(std::uint32_t window)
    {
        m_edge = std::max<std::uint64_t>(m_edge, 1);
        m_handshakeEdge = 1 + window;
    }

    /**
     * A subflow is about to announce \p window bytes beyond \p next, with a DSS. \p most is the
     * largest window that its header can say.
     * \return the bytes it announces: at least to the edge of the others
     */
    std::uint32_t Announce(std::uint64_t next, std::uint32_t window, std::uint64_t most)
    {
        const auto edge = next + window;
        if (edge > m_edge)
        {
            m_edge = edge;
            return window;
        }
        return static_cast<std::uint32_t>(std::min(m_edge > next ? m_edge - next : 0, most));
    }

    /// Furthest edge ever announced with a DSS.
    std::uint64_t Edge() const
    {
        return m_edge;
    }

    /// Bytes that the peer may send beyond \p offset.
    std::uint32_t LeftFrom(std::uint64_t offset) const
    {
        const auto edge = m_edge > 1 ? m_edge : m_handshakeEdge;
        return edge > offset ? static_cast<std::uint32_t>(edge - offset) : 0;
    }

    /// What a later read compares the free space with (old_wspace).
    std::uint32_t Remembered() const
    {
        return m_remembered;
    }

    void Remember(std::uint32_t bytes)
    {
        m_remembered = bytes;
    }

  private:
    std::uint64_t m_edge{0};
    std::uint64_t m_handshakeEdge{0};
    std::uint32_t m_remembered{0};
};

} // namespace hoststack::mptcp

#endif // HS_MPTCP_SHARED_WINDOW_H
