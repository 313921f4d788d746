// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PACER_H
#define HS_PACER_H

#include "ns3/hs-registry.h"
#include "ns3/hs-units.h"

#include <cstdint>

namespace hoststack
{

/// What a sender asks of its pacer, once per connection.
struct PacingWish
{
    bool isAsked{false}; ///< the congestion control sets a rate, or a largest one is set
};

/**
 * Spaces the bursts of one sender: it says when the next may leave. Times are nanoseconds, rates
 * bytes per second. The sender asks before each burst and tells what has left.
 */
class Pacer
{
  public:
    virtual ~Pacer() = default;

    /// False: it holds nothing, ever; a sender then need not ask.
    virtual bool HoldsOutput() const = 0;

    /// The next burst may leave then; in the past: now.
    virtual TimeNs EarliestDeparture() const = 0;

    /**
     * \p bytes of payload have left at \p now, while the sender's rate was \p rate (0: none known).
     * \p fresh: segments of them that were never sent before.
     */
    virtual void OnSent(TimeNs now,
                        std::uint32_t bytes,
                        std::uint32_t fresh,
                        BytesPerSecond rate) = 0;
};

/// All pacers by name; the one place to add a line for a new one is in the room pacing.
Registry<Pacer, const PacingWish&>& Pacers();

} // namespace hoststack

#endif // HS_PACER_H
