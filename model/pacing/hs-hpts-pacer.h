// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HPTS_PACER_H
#define HS_HPTS_PACER_H

#include "ns3/hs-hpts-alarm.h"
#include "ns3/hs-hpts-entry.h"
#include "ns3/hs-hpts-host.h"
#include "ns3/hs-pacer.h"
#include "ns3/hs-rack-pacing.h"

#include <cstdint>
#include <memory>

namespace hoststack
{

/**
 * A sender that lives on FreeBSD's HPTS, as the RACK stack does (facts sheet freebsd.md, sections 2
 * and 3): after a burst nothing leaves before the wheel serves the connection, or, once the time
 * that was asked for has passed, before something else lets it send. Early and late output are made
 * up for.
 *
 * With a host the wheel is shared with its other connections; without one the connection is alone
 * on a punctual wheel. A connection has one place on it, for the end of a gap and for its timers,
 * if they are there: the earlier of the two decides when it is served, as rapid recovery
 * (use_rack_rr) has it. A largest rate is a static one: it is used whatever the window is.
 */
class HptsPacer : public Pacer, public HptsEntry, private HptsAlarm::Seat
{
  public:
    explicit HptsPacer(const PacingWish& wish);
    ~HptsPacer() override;

    bool HoldsOutput() const override
    {
        return true;
    }

    TimeNs EarliestDeparture() const override
    {
        return m_next;
    }

    TimeNs WakesAt() const override
    {
        return m_host ? kNever : m_next;
    }

    bool WantsHost() const override
    {
        return true;
    }

    PacingHost* Host() const override
    {
        return m_host.get();
    }

    void OnSent(TimeNs now, std::uint32_t bytes, std::uint32_t fresh, BytesPerSecond rate) override;
    void OnNothingSent(std::uint64_t unsent) override;
    std::uint32_t BurstSegments(BytesPerSecond rate) const override;

    bool OnOutput(const HptsWheel& wheel) override;
    bool OnQueuedInput(const HptsWheel& wheel) override;

    bool HasQueuedInput() const override
    {
        return m_hasInput;
    }

    InputWait KeepsInput(bool isReordering, bool isRecovering) override;

    void OnInputTaken() override
    {
        m_hasInput = false;
    }

    void Follow(Pacer& before) override;
    void OnOver() override;
    bool OnTimer() override;

    /// Output goes no further than to a gap that is not over (rack_output), with a timer as well.
    bool HoldsAcks() const override
    {
        return m_host != nullptr;
    }

  protected:
    /// The gap is over; \return whether there was one
    bool DropGap(TimeNs now);

    /// An alarm that the wheel serves once the connection is established; nullptr without a host.
    AlarmPointer AlarmOnWheel(Alarm::Owner& owner, Clock& clock);

    /// The gap after a burst, us. \p rate: 0 if none is known.
    virtual std::uint64_t GapUs(std::uint64_t bytes, std::uint64_t rate) const = 0;

    /// The same for what was sent before.
    virtual std::uint64_t RepairGapUs(std::uint64_t bytes, std::uint64_t rate) const
    {
        return GapUs(bytes, rate);
    }

    /// No option of what LRO has queued ends the wait for the end of a gap.
    virtual bool KeepsSacks(bool /*isReordering*/, bool /*isRecovering*/) const
    {
        return false;
    }

    /// Segments of a burst that nobody has bounded.
    virtual std::uint32_t OwnBurst(std::uint64_t rate) const = 0;

    std::uint32_t Mss() const
    {
        return m_mss;
    }

    std::uint32_t MaxSegment() const
    {
        return m_mss + m_optionBytes;
    }

    bool IsFixed() const
    {
        return m_fixedRate > 0;
    }

    /// A burst still holds the next one back.
    bool IsHolding(TimeNs now) const
    {
        return m_next > now;
    }

    /// Early and late output is accounted for (rc_always_pace).
    virtual bool Compensates() const
    {
        return true;
    }

  private:
    bool TakeTimer(TimeNs now, TimeNs at) override;
    void OnAlarmGone() override;
    void Place(TimeNs now, std::uint64_t targetUs);
    void Put(TimeNs now, std::uint64_t us);
    void EndGap(TimeNs now);

    std::uint32_t m_mss;
    std::uint32_t m_optionBytes;
    std::uint32_t m_burst;
    bool m_isPacing{false};  ///< PACE_PKT_OUTPUT
    bool m_isWaiting{false}; ///< for the wheel, at the end of a gap
    bool m_hasInput{false};  ///< packets wait until then (t_inqueue)
    BytesPerSecond m_fixedRate;
    std::shared_ptr<HptsHost> m_host;
    HptsAlarm* m_alarm{nullptr}; ///< of the connection's timers; it says when it goes
    std::function<void(TimeNs)> m_ready;
    std::uint32_t m_device; ///< that its packets come by
    RackCompensation m_compensation;
    std::uint64_t m_targetUs{0}; ///< rc_last_output_to
    std::uint64_t m_placeUs{0};  ///< when the wheel is to serve it
    TimeNs m_releasedAt{-1};     ///< the sender was let go on then
    TimeNs m_next{0};
    TimeNs m_lastBurst{0};
};

/**
 * Counts bytes of IP, one millisecond's worth in a burst and at least one segment: the figures of
 * the FreeBSD Journal's pacing article, whose 12 Mbit/s are one packet of 1500 bytes a millisecond.
 */
class ArticlePacer final : public HptsPacer
{
  public:
    using HptsPacer::HptsPacer;

  private:
    std::uint64_t GapUs(std::uint64_t bytes, std::uint64_t rate) const override;
    std::uint32_t OwnBurst(std::uint64_t rate) const override;
};

} // namespace hoststack

#endif // HS_HPTS_PACER_H
