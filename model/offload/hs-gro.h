// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_GRO_H
#define HS_GRO_H

#include "ns3/hs-receive-offload.h"

#include <array>

namespace hoststack
{

/**
 * Generic receive offload of Linux 6.18 (net/core/gro.c dev_gro_receive, net/ipv4/tcp_offload.c
 * tcp_gro_receive, net/ipv4/udp_offload.c udp_gro_receive), with the flush timer and the deferred
 * interrupts of one NAPI instance (napi_complete_done).
 *
 * 8 buckets by hash, each with at most 8 held units, newest first. What it merges can be cut again
 * into the packets that came, byte for byte (hs-frame-segmentation.h).
 *
 * Limits: no encapsulation, no packets that the NIC has merged itself, no big TCP (gro_max_size is
 * 65,536). The rules are those that reproduce what a live kernel did (ctest reference/gro).
 */
class Gro : public ReceiveOffload
{
  public:
    /// Which units keep their packets as they came, one behind the other.
    enum class Chains
    {
        Never,
        WithoutReceiver, ///< rx-gro-list: flows that nobody on this host receives merged
    };

    Gro(const OffloadSettings& settings, Sink& sink, Chains chains = Chains::Never);

    void Add(const OffloadPacket& packet, TimeNs now) override;
    void AddRun(const OffloadRun& run, TimeNs now) override;
    bool EndPoll(std::uint32_t work, TimeNs now) override;
    TimeNs Deadline() const override;

  private:
    static constexpr std::uint32_t kBuckets = 8;
    static constexpr std::uint32_t kPerBucket = 8;

    struct Held
    {
        OffloadUnit unit;
        std::int64_t tick{0}; ///< when it began, in ticks of the kernel
    };

    struct Bucket
    {
        std::uint32_t count{0};
        std::array<Held*, kPerBucket> held{}; ///< newest first; behind `count` those that are free
    };

    void AddTcp(Bucket& bucket, const OffloadPacket& packet, TimeNs now);
    void AddUdp(Bucket& bucket, const OffloadPacket& packet, TimeNs now);
    void Hold(Bucket& bucket, const OffloadPacket& packet, bool isChain, TimeNs now);
    void Release(Bucket& bucket, std::uint32_t at, FlushReason why);
    void Flush(FlushReason why);
    void FlushOld(TimeNs now);
    std::uint32_t AppendRun(const OffloadRun& run, std::uint32_t from);
    void Append(OffloadUnit& unit, const OffloadPacket& packet);

    const OffloadSettings m_settings;
    const Chains m_chains;
    std::uint32_t m_held{0};
    std::uint32_t m_deferred{0}; ///< polls that may still keep the interrupt off
    TimeNs m_timer{kNever};
    std::array<Bucket, kBuckets> m_buckets;
    std::array<Held, kBuckets * kPerBucket> m_units;
};

} // namespace hoststack

#endif // HS_GRO_H
