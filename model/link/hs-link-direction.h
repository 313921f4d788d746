// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LINK_DIRECTION_H
#define HS_LINK_DIRECTION_H

#include "ns3/hs-link-behaviour.h"
#include "ns3/hs-link-config.h"
#include "ns3/hs-link-packet.h"
#include "ns3/hs-random.h"
#include "ns3/hs-ring.h"
#include "ns3/hs-units.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hoststack
{

/// Totals since the start. A packet is counted as delivered or dropped when Offer refuses it or
/// Deliver gives it out, so offered = delivered + dropped + waiting + in flight at any time.
struct LinkCounters
{
    std::uint64_t offeredPackets{0};
    std::uint64_t offeredBytes{0};
    std::uint64_t deliveredPackets{0};
    std::uint64_t deliveredBytes{0};
    std::array<std::uint64_t, kLinkDrops> dropped{}; ///< by LinkDrop
    std::uint64_t marked{0};                         ///< accepted with CE set
    /// Time with a packet in service, the present one counted to its end; fractions rounded up.
    TimeNs busyTime{0};
    std::uint64_t maxWaitingPackets{0};
    /// Sum over delivered packets of the time from the arrival at the queue to the departure of the
    /// last bit, less the time in which the link was sending the packet's own bits.
    TimeNs waitedTime{0};

    std::uint64_t Dropped(LinkDrop reason) const
    {
        return dropped[static_cast<std::size_t>(reason)];
    }
};

/// What was largest since it was last asked for.
struct LinkPeaks
{
    TimeNs wait{0};           ///< as LinkCounters::waitedTime; of a packet that waits still: so far
    std::uint64_t waiting{0}; ///< packets
};

/// Of a link whose capacity comes from a trace, wire bytes since the start.
struct LinkOpportunities
{
    std::uint64_t offered{0}; ///< could have left
    std::uint64_t used{0};    ///< left
};

/**
 * One direction of a path: a drop-tail queue, a serialiser with a rate, and a delay, computed
 * instead of simulated. There is no event inside; the owner offers packets, asks when to come
 * back, and collects what has arrived by then.
 *
 * \code
 *   if (!link.Offer(now, packet)) { ...lost at the tail, link.Refusal() says why... }
 *   schedule(link.NextDelivery());
 *   ...later, at that time...
 *   while (link.Deliver(now, out)) { ...out.cookie arrived at out.at, or is lost... }
 *   schedule(link.NextDelivery());       // kNever: nothing to wait for
 * \endcode
 *
 * Times are exact: the serialiser carries fractions of a nanosecond within a busy period, so N
 * packets take N * bits / rate; only the reported departure is rounded up to a whole nanosecond.
 * A departure at time t makes room before an arrival at time t is judged. Packets never overtake
 * each other unless a behaviour that reorders is configured.
 *
 * A call must not carry an earlier \p now than the one before it. Cookies of accepted packets are
 * given back exactly once by Deliver, also for packets that are lost later.
 */
class LinkDirection
{
  public:
    /// What an outage does with packets.
    enum class Outage
    {
        Drop, ///< a silent black hole: those queued, in flight and offered while down are lost
        Hold, ///< nothing departs; what is in flight arrives, the queue fills
    };

    /**
     * \param config what it is like
     * \param seed the run's seed
     * \param name names the random streams ("links/x55/down"); appears in errors
     * \throws LinkConfigError
     */
    LinkDirection(const LinkConfig& config, std::uint64_t seed, std::string name);
    ~LinkDirection();
    LinkDirection(LinkDirection&&) noexcept;
    LinkDirection& operator=(LinkDirection&&) noexcept;

    /// Takes a packet, or refuses it (false: dropped at once, the caller keeps the cookie).
    bool Offer(TimeNs now, const LinkPacket& packet);

    /// Cookies of a burst's packets are this far apart.
    static constexpr std::uint64_t kNextCookie = std::uint64_t{1} << 32;

    /**
     * Takes \p count packets at once, with the times that as many calls of Offer would give: all
     * like \p packet but the last, which has \p lastBytes; their cookies count up by kNextCookie.
     * \return false: nothing was taken, they have to be offered one by one. A link that is not
     * plain (IsPlain()) looks at each, and a queue that has not room for all decides about each.
     */
    bool OfferBurst(TimeNs now,
                    const LinkPacket& packet,
                    std::uint32_t count,
                    std::uint32_t lastBytes);

    /// Rate, delay and a drop-tail queue at present: when a packet arrives is known as it is
    /// offered, and only a change while running alters it.
    bool IsPlain() const
    {
        return m_fast;
    }

    /// Why the last refused packet was refused.
    LinkDrop Refusal() const
    {
        return m_refusal;
    }

    /**
     * When to call Deliver next, or kNever; in the past for an owner that is late. While a packet
     * waits behind a gate and nothing is in flight this is a lower bound: Deliver may then give
     * nothing, and the owner asks again.
     */
    TimeNs NextDelivery() const;

    /// The same for an owner that lets the next \p skipped packets of a plain link lie; kNever: no
    /// more are on their way.
    TimeNs NextDelivery(std::uint32_t skipped) const;

    /// The next packet that arrived (or whose loss is known) at or before \p now; false: none.
    bool Deliver(TimeNs now, LinkDelivery& out);

    /**
     * Of a plain link, the next packets that arrived before \p before, as many as follow each other
     * in one burst: \p first is the first of them, the cookies of the others count up.
     * \return how many; 0: none
     */
    std::uint32_t DeliverRun(TimeNs now, TimeNs before, LinkDelivery& first);

    /// \name Changes while running
    /// @{
    /// The packet in service continues at the new rate; 0 stops the serialiser.
    /// \throws LinkConfigError on a link whose capacity comes from a trace
    void SetRate(TimeNs now, BitsPerSecond rate);
    /// For packets that depart after \p now. A shorter delay never lets them overtake.
    void SetDelay(TimeNs now, TimeNs delay);
    /// For packets whose service starts after \p now.
    void SetLoss(TimeNs now, double probability);
    /// For packets whose service starts after \p now.
    void SetJitter(TimeNs now, TimeNs jitter);
    /// For packets offered from now on; what waits already stays.
    void SetQueueLimit(TimeNs now, const LinkQueueLimit& limit);
    void SetDown(TimeNs now, bool down, Outage outage = Outage::Drop);

    /// @}

    /// \name State
    /// @{
    const std::string& Name() const
    {
        return m_name;
    }

    /// The time of the last call.
    TimeNs Now() const
    {
        return m_now;
    }

    BitsPerSecond Rate() const
    {
        return m_rate;
    }

    TimeNs Delay() const
    {
        return m_delay;
    }

    bool IsDown() const
    {
        return m_dropping || m_holding;
    }

    /// Packets that wait, without the one in service, as of the last call.
    std::uint64_t WaitingPackets() const;

    /// IP bytes that wait, as of the last call.
    std::uint64_t WaitingBytes() const;

    /// Packets that have begun service, or are lost, and were not given out yet.
    std::size_t InFlightPackets() const
    {
        return m_flight.Size() - (m_fast ? m_waitingPackets : 0) + m_reports.Size();
    }

    /// Time that a packet offered now would wait for its first bit to leave, at the present rate
    /// and without gates; kNever when nothing leaves.
    TimeNs QueueingDelay(TimeNs now) const;

    /// Bytes that \p ipBytes take on the wire after overhead and framing.
    std::uint64_t WireBytes(std::uint32_t ipBytes) const
    {
        const std::uint64_t bytes = std::uint64_t{ipBytes} + m_overhead;
        return m_atm ? AtmBytes(bytes) : bytes;
    }

    /// As of the last call.
    const LinkCounters& Counters() const
    {
        return m_counters;
    }

    /// Brings state and counters up to \p now. Changes nothing else but when losses at the head of
    /// the queue are known: the owner asks NextDelivery() again.
    void CatchUp(TimeNs now);
    /// After CatchUp.
    LinkPeaks TakePeaks();
    /// After CatchUp; false if the capacity comes from the rate.
    bool FindOpportunities(LinkOpportunities& out);

    /// @}

  private:
    static std::uint64_t AtmBytes(std::uint64_t bytes);

    struct Waiting
    {
        LinkPacket packet;
        TimeNs arrived{0};
        TimeNs eligible{0};
        bool removed{false};
        bool marked{false};
    };

    struct Flight
    {
        TimeNs arrives{0};
        TimeNs departs{0};
        TimeNs waited{0};
        std::uint64_t cookie{0};
        std::uint32_t bytes{0};
        LinkDrop dropped{LinkDrop::None};
        bool marked{false};
        bool overtakes{false};
    };

    /// The packet that began service last, with what is needed to time it anew.
    struct Service
    {
        TimeNs from{0};          ///< whole nanosecond at or before its first bit
        std::uint64_t need{0};   ///< nanobits from there to its last bit
        std::uint64_t burst{0};  ///< nanobits of a burst that were left for it at that instant
        TimeNs waited{0};        ///< before from
        TimeNs extra{0};         ///< delay beyond m_delay
        TimeNs inOrderBefore{0}; ///< m_lastInOrder before it
    };

    /// Capacity over [from, until).
    struct Segment
    {
        TimeNs from{0};
        TimeNs until{0};
        double factor{1};       ///< of the rate
        std::uint64_t burst{0}; ///< nanobits that may leave at once, at from
    };

    struct Extras;

    void AdvanceFast(TimeNs now);
    void NoteWaitingPeak();
    void PushFast(std::uint64_t cookie,
                  std::uint32_t bytes,
                  TimeNs arrived,
                  TimeNs from,
                  std::uint64_t need);
    bool OfferSlow(TimeNs now, const LinkPacket& packet);
    void LeaveFast(TimeNs now);
    void EnterFast();
    void Advance(TimeNs now);
    void AdvanceQueue(TimeNs now);
    bool OfferToExtras(TimeNs now, const LinkPacket& packet);
    void OfferToQueue(TimeNs now, const Waiting& waiting, const LinkQueueState& state);
    bool AdvanceFlowQueue(TimeNs now);
    void ReleaseQueued(TimeNs now);
    TimeNs NextRelease() const;
    void TakeQueued(const LinkPacket& packet);
    void ReportQueued();
    bool Refuse(LinkDrop reason);
    void PushWaiting(const Waiting& waiting);
    void PopWaiting();
    /// \return when it might have left; kNever: there is none
    TimeNs RemoveWaiting(std::uint64_t position);
    void StartHead();
    void Start(const Waiting& head);
    void Serve(TimeNs from, std::uint64_t need);
    void ServeSegments();
    std::uint64_t Remaining(TimeNs now);
    TimeNs StillTime(TimeNs from, TimeNs until);
    TimeNs WaitOfService();
    TimeNs LongestWaitSoFar();
    const Segment& SegmentAt(std::size_t index);
    BitsPerSecond RateIn(const Segment& segment) const;
    void Travel(const LinkPacket& packet, Flight& flight);
    void Place(Flight flight);
    template <class Change>
    void ChangeService(TimeNs now, Change change);
    void LoseEverything(TimeNs now);
    void Report(TimeNs now, std::uint64_t cookie, LinkDrop reason);
    TimeNs NextStartBound() const;
    LinkQueueState QueueState(TimeNs now) const;
    RandomStream& Stream(std::unique_ptr<RandomStream>& stream, const char* what) const;
    void BuildExtras(const LinkConfig& config);
    void BeforeChange(TimeNs now);
    void AfterChange(TimeNs now);

    // Two ways to the same result. A plain link (m_fast) places each packet in m_flight as it is
    // offered; the last m_waitingPackets of them have not begun service. All others keep waiting
    // packets in m_waiting and begin their service one by one. Every change while running leaves
    // the first way and enters it again.
    Ring<Flight> m_flight; ///< in order of arrival
    TimeNs m_now{0};
    bool m_fast{false};
    bool m_atm{false};
    std::uint32_t m_overhead{0};
    TimeNs m_serviceDeparts{0}; ///< fast: when the packet in service has left, rounded up
    TimeNs m_departs{0};        ///< the same for the packet placed last
    TimeNs m_endFloor{0};       ///< exactly, that one leaves at m_endFloor + m_endRest / m_rate
    std::uint64_t m_endRest{0};
    BitsPerSecond m_rate{0};
    TimeNs m_delay{0};
    TimeNs m_lastInOrder{0}; ///< latest arrival among packets that keep their order
    std::uint64_t m_waitingPackets{0};
    std::uint64_t m_waitingBytes{0};
    LinkQueueLimit m_limit;
    LinkCounters m_counters;
    LinkPeaks m_peaks;

    Ring<Waiting> m_waiting;
    std::uint64_t m_waitingWireBytes{0}; ///< of m_waiting
    Ring<LinkDelivery> m_reports;
    TimeNs m_nextTick{kNever};
    Service m_service;
    bool m_dropping{false};  ///< an outage that loses packets
    bool m_holding{false};   ///< an outage that keeps them
    bool m_travels{false};   ///< loss, jitter or behaviours on the way
    bool m_segmented{false}; ///< capacity comes from behaviours
    LinkDrop m_refusal{LinkDrop::None};
    double m_loss{0};
    TimeNs m_jitter{0};
    BitsPerSecond m_configuredRate{0};
    std::uint64_t m_seed{0};
    std::string m_name;
    mutable std::unique_ptr<RandomStream> m_lossStream;
    mutable std::unique_ptr<RandomStream> m_jitterStream;
    std::unique_ptr<Extras> m_extras;
};

} // namespace hoststack

#endif // HS_LINK_DIRECTION_H
