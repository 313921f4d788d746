// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HPTS_VERSION_H
#define HS_HPTS_VERSION_H

#include <cstdint>
#include <string>
#include <vector>

namespace hoststack
{

/**
 * What tells one state of FreeBSD's tcp_hpts.c from another, as far as it changes when a connection
 * is served (facts sheet freebsd.md, section 1, which names the commits).
 */
struct HptsVersion
{
    std::string name;
    std::string about;

    std::uint32_t slotUs{10};    ///< length of a slot
    std::uint32_t slots{102400}; ///< of a wheel
    /// What the 32-bit clock that is mapped to the wheel counts: 10 us or 1 us. Where it wraps, the
    /// position on the wheel jumps, unless the number of slots is a power of two.
    std::uint32_t clockUs{10};
    /// What `maxsleep`, `less_sleep` and `more_sleep` count: 10 us (a slot) or 1 us.
    std::uint32_t sleepUs{10};

    std::uint32_t longUs{1000000}; ///< a request for more counts as a long timer

    std::int32_t lessSleep{1000};
    std::int32_t moreSleep{100};
    std::int32_t maxSleep{51200}; ///< also the largest that can be set

    /// A run is compared with when the last pass began; else with when the last run ended, so that
    /// a run by the hook that ends in a later slot than it began in loses the slots between.
    bool comparesWithBegin{true};
    /// `loopmax` ends the catching up of a late thread; else nothing but being on time does.
    bool boundsPasses{true};
    /// A connection with queued input is asked for output, too; else it does that itself.
    bool callsInputAndOutput{true};
    /// The hook does nothing unless some wheel is above `cnt_thresh`.
    bool gatesHook{false};
    /// The hook serves the wheel of its own CPU; else the stalest of those that share a cache.
    bool hookIsLocal{false};
    /// A request for "now" is taken; else refused.
    bool takesZero{true};

    /// The slot, counted without bound, that a value of the 32-bit clock lies in.
    std::uint32_t SlotOf(std::uint32_t clock) const
    {
        return clock / (slotUs / clockUs);
    }

    std::uint32_t PositionOf(std::uint32_t clock) const
    {
        return SlotOf(clock) % slots;
    }

    /// A request in slots: HPTS_USEC_TO_SLOTS, rounded up.
    std::uint32_t SlotsFor(std::uint64_t us) const
    {
        return static_cast<std::uint32_t>((us + slotUs - 1) / slotUs);
    }
};

/// All versions; the first is FreeBSD 14's.
const std::vector<HptsVersion>& HptsVersions();

std::vector<std::string> HptsVersionNames();

/// \throws UnknownName
const HptsVersion& HptsVersionByName(const std::string& name);

/**
 * A version with the loader tunables `usecs_per_slot` and `total_slot_time`, as
 * hpts_finalize_timing_params() takes them: a value that is no power of two or out of range is
 * replaced by the default (64 and 1048576).
 */
HptsVersion WithHptsTunables(HptsVersion version, std::uint32_t slotUs, std::uint32_t totalUs);

} // namespace hoststack

#endif // HS_HPTS_VERSION_H
