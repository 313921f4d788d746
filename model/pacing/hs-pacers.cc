// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-pacer-internal.h"
#include "ns3/hs-pacer-none.h"
#include "ns3/hs-pacer.h"

namespace hoststack
{

Registry<Pacer, const PacingWish&>&
Pacers()
{
    using Made = std::unique_ptr<Pacer>;
    static Registry<Pacer, const PacingWish&> registry(
        "pacing",
        {
            {"none",
             "nobody spaces the bursts",
             [](const PacingWish&) { return std::make_unique<NoPacer>(); }},
            {"internal",
             "the socket's own timer, as Linux",
             [](const PacingWish&) { return std::make_unique<InternalPacer>(); }},
            {"auto",
             "internal if the congestion control asks for it or a largest rate is set, else none",
             [](const PacingWish& wish) {
                 return wish.isAsked ? Made(std::make_unique<InternalPacer>())
                                     : Made(std::make_unique<NoPacer>());
             }},
        });
    return registry;
}

} // namespace hoststack
