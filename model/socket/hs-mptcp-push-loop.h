// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_PUSH_LOOP_H
#define HS_MPTCP_PUSH_LOOP_H

#include "ns3/hs-mptcp-socket.h"
#include "ns3/hs-processor.h"

namespace ns3
{

/**
 * A writer's push loop that goes round without sending (__mptcp_push_pending of Linux, with a
 * scheduler that marks a subflow which refuses): work that asks to go on while it holds the lock of
 * the connection.
 *
 * Each subflow's own lock is let go in every round (release_sock), so what has come for subflows
 * meanwhile, and their timers, are done then, and a kernel without preemption may switch threads
 * after that (cond_resched in __release_sock). What needs the connection's lock waits: its
 * retransmission timer, the path manager, the application's other calls.
 *
 * Rounds are taken together in pieces of 100 us, in which nothing can change but by an interrupt.
 */
class HoststackMptcpSocket::PushLoop final : private hoststack::host::Work
{
  public:
    explicit PushLoop(HoststackMptcpSocket& socket)
        : m_socket(socket)
    {
    }

    /// The loop of a write in \p context has begun.
    void Begin(hoststack::host::Context& context);

    /// The socket is over.
    void Forget()
    {
        m_self = nullptr;
    }

  private:
    void Run(hoststack::host::Context& context) override;
    void Spend(hoststack::host::Context& context);

    HoststackMptcpSocket& m_socket;
    Ptr<HoststackMptcpSocket> m_self; ///< while the loop goes on
};

} // namespace ns3

#endif // HS_MPTCP_PUSH_LOOP_H
