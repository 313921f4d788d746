// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RECEIVE_OFFLOAD_H
#define HS_RECEIVE_OFFLOAD_H

#include "ns3/hs-offload-packet.h"
#include "ns3/hs-registry.h"
#include "ns3/hs-units.h"

#include <array>
#include <cstdint>

namespace hoststack
{

/// Settings of a receive offload; each reads those it knows. Times in ns.
struct OffloadSettings
{
    std::uint32_t weight{64};         ///< packets of a full poll (NAPI_POLL_WEIGHT)
    TimeNs tick{4 * kMillisecond};    ///< 1/HZ of the kernel
    TimeNs flushTimeout{0};           ///< gro_flush_timeout
    std::uint32_t deferInterrupts{0}; ///< napi_defer_hard_irqs
    bool udpForwarding{false};     ///< rx-udp-gro-forwarding: merge datagrams that have no socket
    std::uint32_t entries{8};      ///< LRO: flows held at once
    std::uint32_t sortArray{1024}; ///< FreeBSD: packets that a poll sorts (iflib: at most 1024)
    std::uint32_t segments{64};    ///< hardware LRO: most packets of one unit
    std::uint32_t bytes{12288};    ///< hardware LRO: buffer of one unit
    TimeNs aggregation{200 * kMicrosecond}; ///< hardware LRO: longest life of a unit
    TimeNs age{kMillisecond};               ///< hardware LRO: longest wait for the next packet
};

/**
 * Puts received packets together before the stack sees them: between the driver's poll and IP.
 * Without clock and without ns-3: packets and the end of each poll go in, units come out through
 * the sink, in the order in which they go up.
 *
 * The owner of a packet keeps it until a unit with its id was delivered, or it was discarded.
 */
class ReceiveOffload
{
  public:
    class Sink
    {
      public:
        /// \p unit is good during the call.
        virtual void Deliver(const OffloadUnit& unit) = 0;

        /// The stack of that packet's connection takes packets in queues (OffloadUnit::place).
        virtual bool TakesBatches(std::uint32_t /*id*/)
        {
            return false;
        }

        /// The packet of that id is gone; only lossy offloads do that (acknowledgements).
        virtual void Discard(std::uint32_t id) = 0;

      protected:
        ~Sink() = default;
    };

    struct Counters
    {
        std::uint64_t packets{0};
        std::uint64_t units{0};
        std::uint64_t discarded{0};                         ///< packets
        std::array<std::uint64_t, kFlushReasons> reasons{}; ///< units by why they were delivered
    };

    explicit ReceiveOffload(Sink& sink)
        : m_sink(sink)
    {
    }

    virtual ~ReceiveOffload() = default;

    virtual void Add(const OffloadPacket& packet, TimeNs now) = 0;

    /// As many calls of Add(); who can do it with less work does.
    virtual void AddRun(const OffloadRun& run, TimeNs now)
    {
        for (std::uint32_t i = 0; i < run.count; ++i)
        {
            Add(run.At(i), now);
        }
    }

    /**
     * A poll has ended that took \p work packets.
     * \return whether the device's interrupt may come again; else Deadline() says when to poll
     */
    virtual bool EndPoll(std::uint32_t work, TimeNs now) = 0;

    /// Its polls have run on one CPU for so long that connections may rely on it (t_lro_cpu of
    /// FreeBSD).
    virtual bool KnowsCpu() const
    {
        return false;
    }

    /// When a poll is due even if nothing arrives; kNever: none.
    virtual TimeNs Deadline() const
    {
        return kNever;
    }

    const Counters& GetCounters() const
    {
        return m_counters;
    }

  protected:
    void Deliver(OffloadUnit& unit, FlushReason why)
    {
        unit.why = why;
        m_counters.packets += unit.packets.size();
        ++m_counters.units;
        ++m_counters.reasons[static_cast<std::size_t>(why)];
        m_sink.Deliver(unit);
    }

    bool TakesBatches(std::uint32_t id)
    {
        return m_sink.TakesBatches(id);
    }

    void Discard(std::uint32_t id)
    {
        ++m_counters.packets;
        ++m_counters.discarded;
        m_sink.Discard(id);
    }

    /// Delivers one packet as it came.
    void Pass(const OffloadPacket& packet, FlushReason why)
    {
        m_single.head = packet;
        m_single.packets.assign(1, packet.id);
        Deliver(m_single, why);
    }

  private:
    Sink& m_sink;
    Counters m_counters;
    OffloadUnit m_single; ///< its memory serves every packet that passes
};

/// All receive offloads by name; the one place to add a line for a new one is
/// hs-receive-offloads.cc.
Registry<ReceiveOffload, const OffloadSettings&, ReceiveOffload::Sink&>& ReceiveOffloads();

} // namespace hoststack

#endif // HS_RECEIVE_OFFLOAD_H
