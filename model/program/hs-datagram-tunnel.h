// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DATAGRAM_TUNNEL_H
#define HS_DATAGRAM_TUNNEL_H

#include "ns3/hs-content-queue.h"
#include "ns3/hs-departures.h"
#include "ns3/hs-program.h"
#include "ns3/hs-ring.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace hoststack
{

/// How a VPN carries datagrams in a stream.
struct TunnelSettings
{
    std::uint32_t size{1200};   ///< bytes of each datagram at the tunnel's device, with its headers
    std::uint32_t overhead{40}; ///< beside it in the stream
    std::uint64_t count{0};     ///< datagrams; 0: until it is stopped
    std::uint64_t queueLimit{0}; ///< datagrams that wait for the stream at most
    /// The stream carries content, and each datagram begins with when it came (8 bytes,
    /// big-endian): the ends are processes of one machine, whose clocks are one.
    bool isInBand{false};
};

/// The datagrams in a stream that carries no content: when each came to the tunnel. Both ends have
/// it; in band, only the sending one.
struct TunnelLedger
{
    Ring<TimeNs> sent;
    std::uint64_t dropped{0}; ///< there was no room in the queue
};

/**
 * The sending end of a VPN over a stream: datagrams come at the times of a Departures, wait in a
 * queue for room in the stream, and are dropped when it is full. The stream brings them in order,
 * so one that is lost on the way keeps all behind it.
 */
class TunnelSender : public Program
{
  public:
    TunnelSender(const TunnelSettings& settings,
                 std::unique_ptr<Departures> departures,
                 std::shared_ptr<TunnelLedger> ledger);

    void Step(ProgramIo& io, Ready ready) override;

  private:
    void Push(ProgramIo& io);
    void Begin(TimeNs came);
    void Schedule(ProgramIo& io);
    bool GoesOn() const;

    TunnelSettings m_settings;
    std::unique_ptr<Departures> m_departures;
    std::shared_ptr<TunnelLedger> m_ledger;
    TimeNs m_begun{-1};
    TimeNs m_next{kNever};
    std::uint64_t m_came{0};
    bool m_stopped{false};
    Ring<TimeNs> m_queue;     ///< when each came
    ContentQueue m_unwritten; ///< of the one that the stream has begun to take
};

/// The receiving end: tells how long each datagram took from its coming until it was there whole.
class TunnelReceiver : public Program
{
  public:
    TunnelReceiver(const TunnelSettings& settings, std::shared_ptr<TunnelLedger> ledger);

    void Step(ProgramIo& io, Ready ready) override;

    const std::vector<TimeNs>* FindAskTimes() const override
    {
        return &m_sent;
    }

    const std::vector<TimeNs>* FindResponseTimes() const override
    {
        return &m_delays;
    }

  private:
    void Take(TimeNs came, TimeNs now);

    TunnelSettings m_settings;
    std::shared_ptr<TunnelLedger> m_ledger;
    ContentQueue m_held; ///< of a datagram that is not whole yet
    std::vector<TimeNs> m_sent;
    std::vector<TimeNs> m_delays;
};

} // namespace hoststack

#endif // HS_DATAGRAM_TUNNEL_H
