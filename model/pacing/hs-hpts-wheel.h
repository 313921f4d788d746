// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HPTS_WHEEL_H
#define HS_HPTS_WHEEL_H

#include "ns3/hs-hpts-counters.h"
#include "ns3/hs-hpts-entry.h"
#include "ns3/hs-hpts-platform.h"
#include "ns3/hs-hpts-settings.h"
#include "ns3/hs-hpts-slots.h"
#include "ns3/hs-hpts-version.h"

#include <cstdint>

namespace hoststack
{

/// What an insertion did (struct hpts_diag); zeros where it did not get that far.
struct HptsInsertion
{
    bool isTaken{false}; ///< else it was on a wheel, or asked for what the version refuses
    std::uint32_t slot{0};
    std::uint32_t remaining{0};  ///< slots beyond what fits
    std::uint32_t request{0};    ///< slots
    std::uint32_t maxSlots{0};   ///< how far ahead the wheel may be used
    std::uint32_t haveSlept{0};  ///< slots since the last run
    std::uint32_t yetToSleep{0}; ///< in HptsVersion's sleepUs
    std::uint32_t rearmUs{0};    ///< the timer was brought forward to so far from now
    std::uint32_t nextSlot{0};   ///< p_nxt_slot: what tcp_hpts_insert() returned until 2025
};

/// What the wheels of one host share.
struct HptsShared
{
    const HptsVersion& version;
    HptsSettings& settings;
    HptsPlatform& platform;
    HptsCounters& counters;
    std::int32_t wheelsOverThreshold{0}; ///< hpts_that_need_softclock
};

/// Chooses the wheel of a connection; the service of all wheels does.
class HptsCpuChoice
{
  public:
    /// tcp_set_hpts()
    virtual void SetCpu(HptsEntry& entry) = 0;

  protected:
    ~HptsCpuChoice() = default;
};

/**
 * The wheel of one CPU (struct tcp_hpts_entry of sys/netinet/tcp_hpts.c): 102,400 slots of 10 us,
 * the thread that serves them, and its timer. Slots are cheap to skip here; what a kernel pays for
 * walking them is said to the platform.
 *
 * Its oddities are kept where they change when a connection is served (facts sheet freebsd.md,
 * section 1): a distance of nothing counts as a whole revolution less one slot, so an insertion in
 * the slot of the last run wakes the thread, and a run reports either nothing or N - 1 slots.
 */
class HptsWheel
{
  public:
    HptsWheel(HptsShared& shared, HptsCpuChoice& choice, std::uint16_t index);
    HptsWheel(const HptsWheel&) = delete;
    HptsWheel& operator=(const HptsWheel&) = delete;

    /// Arms the timer for the first time.
    void Start();

    /// tcp_hpts_insert(): \p entry is to be served in \p us. It must not be on the wheel.
    HptsInsertion Insert(HptsEntry& entry, std::uint64_t us);
    /// tcp_hpts_remove()
    void Remove(HptsEntry& entry);
    /// \p entry goes for good, also from a list that a run holds.
    void Forget(HptsEntry& entry);

    /// The timer has gone off (hpts_timeout_swi).
    void OnCallout();
    /// tcp_hpts_thread()
    void OnThread();
    /// The soft-timer hook has chosen this wheel.
    void OnHook();

    /// Somebody else is inside: the hook turns away.
    void SetHeld(bool isHeld)
    {
        m_isHeld = isHeld;
    }

    /// How late the slot that is being served is, as far as this run knows (p_delayed_by), us.
    std::uint32_t DelayedBy() const
    {
        return m_delayedBy;
    }

    std::uint16_t Index() const
    {
        return m_index;
    }

    /// The 32-bit microsecond at which it last ran (cts_last_ran).
    std::uint32_t LastRan() const
    {
        return m_lastRan;
    }

    std::uint32_t Count() const
    {
        return m_count;
    }

    const HptsHistograms& Histograms() const
    {
        return m_histograms;
    }

    /// Everything that a debugger would see, by the kernel's names.
    struct State
    {
        std::uint32_t previous;     ///< p_prev_slot
        std::uint32_t current;      ///< p_cur_slot
        std::uint32_t next;         ///< p_nxt_slot
        std::uint32_t running;      ///< p_runningslot
        bool isActive;              ///< p_hpts_active
        bool isComplete;            ///< p_wheel_complete
        bool isOnMinSleep;          ///< p_on_min_sleep
        bool isDirectWake;          ///< p_direct_wake
        bool isWakeScheduled;       ///< p_hpts_wake_scheduled
        bool isOverThreshold;       ///< hit_callout_thresh
        std::uint32_t count;        ///< p_on_queue_cnt
        std::uint32_t sleepTime;    ///< p_hpts_sleep_time, in HptsVersion's sleepUs
        std::uint32_t mySleepUs;    ///< p_mysleep
        std::uint32_t shownUs;      ///< now_sleeping
        std::uint32_t overriddenUs; ///< overidden_sleep
        bool isCalloutPending;
        bool isCalloutActive;
        TimeNs calloutAt;
        std::uint32_t lastRan;
        std::uint32_t lastClock; ///< p_lasttick
        std::uint32_t clock;     ///< p_curtick
    };

    State GetState() const;

  private:
    /// One call of tcp_hptsi().
    struct Run
    {
        bool isByThread;
        bool hasSeen{false}; ///< a slot held something
        std::int32_t loops{0};
        std::uint32_t wraps{0};
        std::uint32_t passes{0};
        std::uint32_t services{0}; ///< connections
        std::uint32_t calls{0};    ///< of them: for input, for output
        std::uint32_t slotsWalked{0};
        std::uint64_t us{0};     ///< the last reading of the clock
        std::uint32_t passUs{0}; ///< when the pass began
    };

    std::uint32_t Add(std::uint32_t slot, std::uint32_t plus) const;
    /// hpts_slots_diff(): from a slot to itself it is N - 1.
    std::uint32_t Distance(std::uint32_t from, std::uint32_t to) const;
    /// The same where equal slots are \p ifEqual apart.
    std::uint32_t Distance(std::uint32_t from, std::uint32_t to, std::uint32_t ifEqual) const;
    /// max_slots_available()
    std::uint32_t MaxSlots(std::uint32_t wheelSlot, std::uint32_t& lastSlot) const;
    bool IsMidRun() const;
    bool IsOverThreshold() const;

    std::uint64_t NowUs() const;
    std::uint32_t ClockOf(std::uint64_t us) const;
    void Link(HptsEntry& entry);
    void InsertNow(HptsEntry& entry, HptsInsertion& done);
    void ConsiderSleep(std::uint32_t wheelSlot, HptsInsertion& done);
    void Wake();
    void ArmCallout(std::uint32_t us);

    std::uint32_t RunSlots(bool isByThread);
    bool Pass(Run& run);
    std::uint32_t BeginPass(Run& run);
    void WalkSlots(Run& run, std::uint32_t slots);
    void Serve(Run& run, HptsEntry& entry, std::uint32_t slotsLeft);
    bool PutBack(HptsEntry& entry, std::uint32_t slotsLeft);
    void Call(Run& run, HptsEntry& entry, std::uint32_t slotsLeft);
    void ReadClock(Run& run);
    void FindSleep(std::uint32_t wraps);
    void Record(const Run& run, std::uint64_t begunUs);

    std::uint32_t SleepMode(std::uint32_t runUnits);
    std::uint32_t SleepAfterCollision();
    void AdaptSleep(bool isLonger);

    HptsShared& m_shared;
    HptsCpuChoice& m_choice;
    HptsSlots m_slots;
    HptsList m_detached; ///< what the run holds of the slot that it serves
    HptsHistograms m_histograms;

    std::uint32_t m_count{0};
    std::uint32_t m_previous{0};
    std::uint32_t m_current{0};
    std::uint32_t m_next{0};
    std::uint32_t m_running{0};
    std::uint32_t m_delayedBy{0};
    std::uint32_t m_sleepTime{0};
    std::uint32_t m_mySleepUs{0};
    std::uint32_t m_shownUs{0};
    std::uint32_t m_overriddenUs{0};
    std::uint32_t m_lastRan{0};
    std::uint32_t m_lastClock{0};
    std::uint32_t m_clock{0};
    std::uint32_t m_mostQueued{0};
    TimeNs m_calloutAt{0};
    std::uint16_t m_index;

    bool m_isActive{false};
    bool m_isComplete{false};
    bool m_isOnMinSleep{false};
    bool m_isDirectWake{false};
    bool m_isWakeScheduled{false};
    bool m_isOverThreshold{false};
    bool m_isCalloutPending{false};
    bool m_isCalloutActive{false};
    bool m_isHeld{false};
};

} // namespace hoststack

#endif // HS_HPTS_WHEEL_H
