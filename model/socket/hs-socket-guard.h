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
#include <vector>

namespace ns3
{

class HoststackTcpSocket;

/**
 * The lock of a socket on a machine whose work takes time, and the backlog of segments that came
 * while a thread had it (tcp_add_backlog, release_sock of Linux). Its memory counts until all of it
 * has been done, as sk_backlog.len does; segments are not merged in it.
 */
class HoststackSocketGuard final : private hoststack::host::Work
{
  public:
    explicit HoststackSocketGuard(HoststackTcpSocket& socket)
        : m_socket(socket),
          m_worker(socket)
    {
    }

    /// \return false: a thread has the socket
    bool Acquire(hoststack::host::Context& context)
    {
        return m_lock.Acquire(context);
    }

    /// The thread that has the socket does it before it lets go.
    /// \param subflow of a multipath connection, which has a backlog of its own
    /// \return false: its backlog is full
    bool Leave(std::uint32_t subflow, const hoststack::Burst& burst);
    void Leave(hoststack::host::Work& work);
    void Forget(const hoststack::host::Work& work);

    /**
     * \name Batches that wait for the end of a gap (t_inqueue of FreeBSD)
     * @{
     */
    struct Kept
    {
        hoststack::TcpSegment segment;
        std::uint32_t truesize;
        hoststack::TimeNs arrived;
    };

    /// \p wakes: its options let the batch wait no longer
    void Keep(const hoststack::Burst& burst, hoststack::TimeNs now, bool wakes);

    /// A batch is on its way into it.
    bool IsKeeping() const
    {
        return m_isKeeping;
    }

    bool HasKept() const
    {
        return !m_kept.empty();
    }

    /// Something in it wakes the stack.
    bool IsWoken() const
    {
        return m_isWoken;
    }

    /// All of it.
    std::vector<Kept> TakeKept();

    /// @}

    /// The socket's item for its host's worker.
    hoststack::host::Work& Worker()
    {
        return m_worker;
    }

    /// Does it, in the context of who has the socket. \return whether there was anything
    bool DoLeft(hoststack::host::Context& context);

  private:
    class WorkerItem final : public hoststack::host::Work
    {
      public:
        explicit WorkerItem(HoststackTcpSocket& socket)
            : m_socket(socket)
        {
        }

        void Run(hoststack::host::Context& context) override;

      private:
        HoststackTcpSocket& m_socket;
    };

    void Run(hoststack::host::Context& context) override;

    HoststackTcpSocket& m_socket;
    hoststack::host::SocketLock m_lock;
    WorkerItem m_worker;

    struct Waiting
    {
        std::uint32_t subflow;
        hoststack::TcpSegment segment;
        std::uint32_t truesize;
        hoststack::BatchPlace place;
        bool isEnd{false}; ///< nothing but the end of a batch whose last segments were refused
    };

    /// What waits for a subflow.
    struct Held
    {
        std::uint32_t subflow;
        std::uint64_t bytes;
    };

    std::uint64_t& BytesOf(std::uint32_t subflow);
    void Put(Waiting&& waiting);
    hoststack::BatchPlace PlaceOf(const Waiting& waiting) const;

    std::deque<Waiting> m_backlog;
    std::vector<Held> m_held;
    std::vector<Kept> m_kept;
    bool m_isKeeping{false};
    bool m_isWoken{false};
};

} // namespace ns3

#endif // HS_SOCKET_GUARD_H
