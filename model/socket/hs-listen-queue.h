// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LISTEN_QUEUE_H
#define HS_LISTEN_QUEUE_H

#include "ns3/hs-tcp-types.h"

#include <ns3/callback.h>
#include <ns3/ptr.h>

#include <cstddef>
#include <cstdint>
#include <deque>

namespace ns3
{

class HoststackTcpSocket;

/**
 * The two queues of a listener (listen(2)): connections whose third segment has not come, and those
 * that are complete and wait for accept(). Each takes one more than the backlog: the test is
 * "longer than", not "as long as" (Linux inet_csk_reqsk_queue_is_full, sk_acceptq_is_full;
 * observed on 6.18).
 *
 * Limits: no SYN cookies (as with net.ipv4.tcp_syncookies = 0), so a full SYN queue drops;
 * half-open connections are not given fewer retries when the queue is half full.
 */
class HoststackListenQueue
{
  public:
    /// net.core.somaxconn
    static constexpr std::uint32_t kMaxBacklog = 4096;

    /// \p counts takes what is dropped.
    bool AdmitsSyn(hoststack::tcp::Info& counts) const
    {
        if (m_halfOpen > backlog)
        {
            ++counts.listenDrops;
            return false;
        }
        return HasRoom(counts);
    }

    /// The third segment of a handshake finds room for a complete connection.
    bool HasRoom(hoststack::tcp::Info& counts) const
    {
        if (m_complete.size() <= backlog)
        {
            return true;
        }
        ++counts.listenOverflows;
        ++counts.listenDrops;
        return false;
    }

    void AddHalfOpen()
    {
        ++m_halfOpen;
    }

    void RemoveHalfOpen()
    {
        --m_halfOpen;
    }

    std::uint32_t HalfOpen() const
    {
        return m_halfOpen;
    }

    /// Complete ones, oldest first.
    std::deque<Ptr<HoststackTcpSocket>>& Complete()
    {
        return m_complete;
    }

    std::uint32_t backlog{kMaxBacklog};
    Callback<void, Ptr<HoststackTcpSocket>> acceptReady; ///< told of each one that is complete

  private:
    std::uint32_t m_halfOpen{0};
    std::deque<Ptr<HoststackTcpSocket>> m_complete;
};

} // namespace ns3

#endif // HS_LISTEN_QUEUE_H
