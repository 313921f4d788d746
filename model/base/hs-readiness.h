// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_READINESS_H
#define HS_READINESS_H

namespace hoststack
{

/// What poll(2) and epoll(7) say of a socket: levels that hold as long as their reason does, not
/// events that have happened.
struct Readiness
{
    bool readable{false};   ///< EPOLLIN: a read returns at once: with data, the end, or an error
    bool writable{false};   ///< EPOLLOUT: a write returns at once: it takes something, or fails
    bool peerClosed{false}; ///< EPOLLRDHUP: nothing more will come than what can be read now
    bool closed{false};     ///< EPOLLHUP: neither direction is open, or none was ever opened
    bool failed{false};     ///< EPOLLERR: the connection has ended with an error

    bool Any() const
    {
        return readable || writable || peerClosed || closed || failed;
    }

    friend bool operator==(const Readiness& a, const Readiness& b)
    {
        return a.readable == b.readable && a.writable == b.writable &&
               a.peerClosed == b.peerClosed && a.closed == b.closed && a.failed == b.failed;
    }
};

/// What of a stream decides its readiness.
struct StreamLevels
{
    bool isClosed{false};   ///< not opened yet, or over (TCP_CLOSE)
    bool isOpening{false};  ///< SYN-SENT or SYN-RECEIVED
    bool readShut{false};   ///< RCV_SHUTDOWN: the peer's end has arrived, or this end reads no more
    bool writeShut{false};  ///< SEND_SHUTDOWN
    bool isReadable{false}; ///< enough data waits (tcp_epollin_ready, mptcp_epollin_ready)
    bool hasRoom{false};    ///< a third of the send buffer is free (sk_stream_is_writeable)
    bool hasFailed{false};  ///< sk_err
};

/// tcp_poll() and mptcp_poll() of Linux 6.18, which put these together alike.
constexpr Readiness
ReadinessOf(const StreamLevels& levels)
{
    Readiness result;
    result.closed = levels.isClosed || (levels.readShut && levels.writeShut);
    result.peerClosed = levels.readShut;
    result.readable = levels.readShut || (!levels.isOpening && levels.isReadable);
    result.writable = !levels.isOpening && (levels.writeShut || levels.hasRoom);
    result.failed = levels.hasFailed;
    return result;
}

} // namespace hoststack

#endif // HS_READINESS_H
