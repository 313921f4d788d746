// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RACK_MAP_H
#define HS_RACK_MAP_H

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace hoststack
{

/// What is known of an entry of RACK's send map (r_flags).
enum RackSentFlag : std::uint32_t
{
    kRackAcked = 0x1,
    kRackOverMax = 0x8,
    kRackSackPassed = 0x10,    ///< something sent later has been SACKed
    kRackWasSackPassed = 0x20, ///< it was, before it was sent again
    kRackHasFin = 0x40,
    kRackCollapsed = 0x100, ///< the window has shrunk to before it
    kRackAppLimited = 0x200,
};

/// Bytes that were sent together (rack_sendmap). Sequence numbers and microseconds.
struct RackSent
{
    std::uint32_t start{0};
    std::uint32_t end{0};
    std::uint32_t flags{0};
    std::uint16_t sends{1};
    std::uint8_t dupAcks{0};
    std::array<std::uint64_t, 3> sentUs{}; ///< of the first three

    std::uint32_t Length() const
    {
        return end - start;
    }

    bool Has(std::uint32_t which) const
    {
        return (flags & which) != 0;
    }

    /// Of the last time.
    std::uint64_t LastSentUs() const
    {
        return sentUs[LastIndex()];
    }

    std::size_t LastIndex() const
    {
        return std::min<std::size_t>(std::max<std::uint16_t>(sends, 1), sentUs.size()) - 1;
    }
};

/**
 * The entries in the order of their last transmission (rc_tmap), the oldest first. Marks losses as
 * rack.c does (facts sheet freebsd.md, 3.5).
 */
class RackMap
{
  public:
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
    static constexpr std::uint8_t kDupAckThreshold = 3;

    std::vector<RackSent> entries;

    /// The entry \p at has been SACKed: those sent before it are marked, up to one that is already.
    void MarkPassed(std::size_t at)
    {
        for (std::size_t i = at; i-- > 0;)
        {
            auto& entry = entries[i];
            if (entry.Has(kRackAcked))
            {
                continue;
            }
            if (entry.Has(kRackSackPassed))
            {
                break;
            }
            entry.flags = (entry.flags | kRackSackPassed) & ~kRackWasSackPassed;
        }
    }

    /// The one that was sent first and is not acknowledged (rack_find_lowest_rsm); kNone.
    std::size_t Oldest() const
    {
        const auto found = std::find_if(entries.begin(), entries.end(), [](const RackSent& entry) {
            return !entry.Has(kRackAcked);
        });
        return found == entries.end() ? kNone : static_cast<std::size_t>(found - entries.begin());
    }
};

} // namespace hoststack

#endif // HS_RACK_MAP_H
