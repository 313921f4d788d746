// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LOSSY_LRO_H
#define HS_LOSSY_LRO_H

#include "ns3/hs-receive-offload.h"

#include <optional>
#include <vector>

namespace hoststack
{

/**
 * Large receive offload that throws headers away, in two styles.
 *
 * Software, as drivers did it in 2009 (LWN 358910: it "merges everything in sight"): TCP over IPv4
 * in order. The first packet's header stands for all, with the last acknowledgement and window;
 * options, TTL, DSCP, ECN marks and identifications of the others are lost, and acknowledgements
 * without data are swallowed by a held unit that is older. The end of a poll ends all units.
 *
 * Hardware, as NICs do it (facts sheets linux.md 7.6.4, hardware.md 1: MediaTek's engine): options
 * but time stamps must be equal, PSH ends a unit, and it ends by time, not with the poll:
 * `aggregation` after its first packet, `age` after its last, 64 packets or a full buffer.
 *
 * Limits: one table of flows, the oldest is pushed out; no bandwidth threshold before a flow is
 * merged (MediaTek's engine has one).
 */
class LossyLro : public ReceiveOffload
{
  public:
    enum class Style
    {
        Software,
        Hardware,
    };

    LossyLro(const OffloadSettings& settings, Sink& sink, Style style);

    void Add(const OffloadPacket& packet, TimeNs now) override;
    bool EndPoll(std::uint32_t work, TimeNs now) override;
    TimeNs Deadline() const override;

  private:
    struct Held
    {
        OffloadUnit unit;
        TimeNs first{0};
        TimeNs last{0};
    };

    std::optional<FlushReason> WhyNotMerged(const OffloadUnit& unit,
                                            const OffloadPacket& next) const;
    void Merge(Held& held, const OffloadPacket& next, TimeNs now);
    void Release(std::size_t at, FlushReason why);
    TimeNs EndOf(const Held& held) const;

    const OffloadSettings m_settings;
    const Style m_style;
    std::vector<Held> m_held; ///< oldest first; those behind m_count are free
    std::size_t m_count{0};
};

} // namespace hoststack

#endif // HS_LOSSY_LRO_H
