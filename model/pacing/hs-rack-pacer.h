// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RACK_PACER_H
#define HS_RACK_PACER_H

#include "ns3/hs-hpts-pacer.h"
#include "ns3/hs-rack-goodput.h"
#include "ns3/hs-rack-output.h"

#include <cstdint>
#include <memory>

namespace hoststack
{

/// How FreeBSD's RACK stack puts bursts out, whatever spaces them: on the wheel, with fast output,
/// and what is sent again a segment at a time.
class RackStackPacer : public HptsPacer
{
  public:
    RackStackPacer(const PacingWish& wish, RackVersion version)
        : HptsPacer(wish),
          m_version(version),
          m_way(version)
    {
    }

    std::uint32_t BurstSegments(BytesPerSecond rate) const override;
    std::uint32_t RepairSegments(std::uint32_t burst) const override;

    bool WatchesOutput() const override
    {
        return true;
    }

    OutputPath ChoosePath(const OutputView& view) override;

    bool OnAcked(const AckProgress& view) override
    {
        m_way.OnAcked(view.acked, view.unsent, view.windowLeft);
        return false;
    }

    void OnDisturbance() override
    {
        m_way.Disarm();
    }

    /// Its timers are on the wheel (rack_start_hpts_timer).
    AlarmPointer NewAlarm(Alarm::Owner& owner, Clock& clock) override
    {
        return AlarmOnWheel(owner, clock);
    }

    /// TF2_MBUF_ACKCMP
    bool TakesBatches() const override
    {
        return true;
    }

    OutputCounts Outputs() const override
    {
        return m_way.Counts();
    }

  protected:
    /// While the timer of reordering runs; since 15 in a recovery, too.
    bool KeepsSacks(bool isReordering, bool isRecovering) const override
    {
        return isReordering || (isRecovering && m_version == RackVersion::V15);
    }

    RackVersion Version() const
    {
        return m_version;
    }

  private:
    /// A burst is leaving.
    virtual void Note(const OutputView& /*view*/)
    {
    }

    RackVersion m_version;
    RackWayOut m_way;
};

/**
 * Counts and bursts as rack.c does where it paces: a full segment is 1514 bytes, a burst a
 * millisecond's worth (V14) or four (V15), two segments at least; with a static rate always the
 * largest burst.
 *
 * Without a static rate, and if the congestion control has none of its own, it paces by what it has
 * measured (V14), or by the window over the last RTT once it has measured anything (V15: there the
 * measurement only says how long bursts are). Before that it mitigates bursts.
 */
class RackPacer final : public RackStackPacer
{
  public:
    RackPacer(const PacingWish& wish, RackVersion version);

    std::uint64_t MeasuresFrom() const override;
    void OnAcking(const AckedSends& sends) override;
    bool OnAcked(const AckProgress& view) override;
    void OnNothingSent(std::uint64_t unsent) override;
    void OnSent(TimeNs now, std::uint32_t bytes, std::uint32_t fresh, BytesPerSecond rate) override;

  private:
    std::uint64_t GapUs(std::uint64_t bytes, std::uint64_t rate) const override;
    std::uint64_t RepairGapUs(std::uint64_t bytes, std::uint64_t rate) const override;
    std::uint32_t OwnBurst(std::uint64_t rate) const override;
    void Note(const OutputView& view) override;

    /// What is only there where it paces by what it measures.
    struct Measured
    {
        Measured(const PacingWish& wish, RackVersion version, std::uint32_t maxSegment);

        RackRateView rate;
        RackGoodput goodput;
        OutputView output; ///< of the burst that is leaving
    };

    std::unique_ptr<Measured> m_measured; ///< nullptr: the rate is given
};

/**
 * RACK as it comes (net.inet.tcp.rack.use_pacing 0): it mitigates bursts only. One that is worth
 * whole milliseconds of the largest window so far over the lowest RTT is followed by three quarters
 * of them; any other by the next at once. Between two that are sent again lies a millisecond.
 */
class RackUnpacedPacer final : public RackStackPacer
{
  public:
    using RackStackPacer::RackStackPacer;

  private:
    std::uint64_t GapUs(std::uint64_t bytes, std::uint64_t rate) const override;
    std::uint64_t RepairGapUs(std::uint64_t bytes, std::uint64_t rate) const override;
    std::uint32_t OwnBurst(std::uint64_t rate) const override;
    bool Compensates() const override;
    void Note(const OutputView& view) override;

    std::uint64_t m_largestCwnd{0}; ///< bytes
    std::uint64_t m_minRttUs{0};
    std::uint64_t m_srttUs{0};
};

} // namespace hoststack

#endif // HS_RACK_PACER_H
