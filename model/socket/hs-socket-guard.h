// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SOCKET_GUARD_H
#define HS_SOCKET_GUARD_H

#include "ns3/hs-burst.h"
#include "ns3/hs-context.h"
#include "ns3/hs-processor.h"
#include "ns3/hs-socket-lock.h"
#include "ns3/hs-tcp-segment.h"

#include <cstdint>
#include <deque>

namespace ns3
{

class HoststackTcpSocket;

/**
 * The lock of a socket on a machine whose work takes time, and the backlog of segments that came
 * while a thread had it (sk_add_backlog, release_sock of Linux). The backlog has no limit here; the
 * kernel's is the receive and the send buffer.
 */
class HoststackSocketGuard final : private hoststack::host::Work
{
  public:
    explicit HoststackSocketGuard(HoststackTcpSocket& socket)
        : m_socket(socket)
    {
    }

    /// \return false: a thread has the socket
    bool Acquire(hoststack::host::Context& context)
    {
        return m_lock.Acquire(context);
    }

    /// The thread that has the socket does it before it lets go.
    /// \param subflow of a multipath connection
    void Leave(std::uint32_t subflow, const hoststack::Burst& burst);
    void Leave(hoststack::host::Work& work);
    void Forget(const hoststack::host::Work& work);
    /// Does it, in the context of who has the socket. \return whether there was anything
    bool DoLeft(hoststack::host::Context& context);

  private:
    void Run(hoststack::host::Context& context) override;

    HoststackTcpSocket& m_socket;
    hoststack::host::SocketLock m_lock;

    struct Waiting
    {
        std::uint32_t subflow;
        hoststack::TcpSegment segment;
        std::uint32_t truesize;
    };

    std::deque<Waiting> m_backlog;
};

} // namespace ns3

#endif // HS_SOCKET_GUARD_H
