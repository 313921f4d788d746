// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SOCKET_LAYER_H
#define HS_SOCKET_LAYER_H

#include "ns3/hs-dispatch-stage.h"
#include "ns3/hs-notification.h"
#include "ns3/hs-random.h"

#include <deque>
#include <memory>
#include <vector>

namespace hoststack::host
{

/// What a poll has cost.
struct PollCost
{
    TimeNs total{0};
    TimeNs lookup{0};       ///< of it: finding sockets
    TimeNs packets{0};      ///< ... packets through the stack, and their answers
    TimeNs notification{0}; ///< ... everything else: walks, ordered set
    std::uint64_t visits{0};
    std::uint64_t wakeUps{0};
};

/**
 * The socket layer of one machine at work: its table, its notification, prices; sockets that are
 * only there; and polls that bring packets for some of them.
 */
class SocketLayer
{
  public:
    /// What its sockets are.
    struct Population
    {
        SocketProtocol protocol{SocketProtocol::Tcp};
        std::size_t sockets{1};
        std::size_t listeners{0}; ///< further ones, at as many ports
        double armed{1};          ///< share of the connections with a timer
    };

    SocketLayer(const DispatchStage& stage, const Population& population, std::uint64_t seed);

    /**
     * A packet for each of \p targets, then what ends a poll.
     * \param payload bytes of each
     * \param answered whether each is answered with a packet, as data with an ACK
     */
    PollCost Poll(const std::vector<std::size_t>& targets, std::uint32_t payload, bool answered);

    /// A packet for nobody.
    PollCost PollMiss();
    /// A SYN, a request, a FIN and the last ACK of a connection that is new, a poll for each; it is
    /// in TIME-WAIT afterwards where the system has that.
    PollCost ShortConnection(TimeNs now, TimeNs timeWait);
    /// What is over of TIME-WAIT at \p now is gone. \return when the next one is
    TimeNs Expire(TimeNs now);

    /// A socket of the population by a fair die.
    std::size_t Pick();

    /// Of the addresses and ports of a socket of the population.
    std::uint32_t HashOf(std::size_t index) const
    {
        return HashTuple(KeyOf(index));
    }

    std::size_t Sockets() const
    {
        return m_table->Size(SocketProtocol::Tcp) + m_table->Size(SocketProtocol::Udp);
    }

    const DispatchStage& Stage() const
    {
        return m_stage;
    }

  private:
    struct Leaving
    {
        TimeNs at;
        SocketEntry* socket;
    };

    SocketEntry& NewEntry();
    void AddUnconnected(std::uint16_t port);
    PacketKey KeyOf(std::size_t index) const;
    /// \return who got it, nullptr: nobody
    SocketEntry* TakePacket(const PacketKey& packet,
                            std::uint32_t payload,
                            bool answered,
                            PollCost& cost);
    void EndPoll(std::uint64_t events, std::uint64_t sent, std::uint64_t mostSent, PollCost& cost);
    TimeNs Price(const TableTally& tally) const;

    const DispatchStage& m_stage;
    Population m_population;
    RandomStream m_random;
    std::unique_ptr<DispatchTable> m_table;
    std::unique_ptr<Notification> m_notification;
    std::deque<SocketEntry> m_entries; ///< they do not move
    std::vector<SocketEntry*> m_unused;
    std::vector<SocketEntry*> m_sockets; ///< of the population, without listeners
    std::deque<Leaving> m_timeWait;
    std::uint32_t m_nextConnection{0};
    TimeNs m_deadline{1}; ///< of the last timer that was set
};

} // namespace hoststack::host

#endif // HS_SOCKET_LAYER_H
