// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-hpts-pacer.h"
#include "ns3/hs-pacer-internal.h"
#include "ns3/hs-pacer-names.h"
#include "ns3/hs-pacer-none.h"
#include "ns3/hs-pacer-tick.h"
#include "ns3/hs-pacer.h"
#include "ns3/hs-rack-pacer.h"

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
             "the socket's own timer, as Linux; over a device with `fq` departure times for that",
             [](const PacingWish& wish) {
                 return std::make_unique<InternalPacer>(wish.deviceHolds);
             }},
            {"hpts",
             "FreeBSD's timing wheel, bytes of IP, a millisecond's worth in a burst",
             [](const PacingWish& wish) { return std::make_unique<ArticlePacer>(wish); }},
            {"rack-14",
             "the wheel as FreeBSD 14's RACK stack uses it: frames of 1514 bytes, bursts of 1 ms",
             [](const PacingWish& wish) {
                 return std::make_unique<RackPacer>(wish, RackVersion::V14);
             }},
            {"rack-15",
             "the same of 15-CURRENT: its own headers, even bursts of 4 ms",
             [](const PacingWish& wish) {
                 return std::make_unique<RackPacer>(wish, RackVersion::V15);
             }},
            {"rack-14-unpaced",
             "FreeBSD 14's RACK stack as it comes: whole milliseconds after bursts worth them",
             [](const PacingWish& wish) {
                 return std::make_unique<RackUnpacedPacer>(wish, RackVersion::V14);
             }},
            {"rack-15-unpaced",
             "the same of 15-CURRENT",
             [](const PacingWish& wish) {
                 return std::make_unique<RackUnpacedPacer>(wish, RackVersion::V15);
             }},
            {"timer-1ms",
             "a plain timer of a millisecond",
             [](const PacingWish&) { return std::make_unique<TickPacer>(); }},
            {"soft-timers",
             "when the sender is called anyway, or at the next millisecond",
             [](const PacingWish&) { return std::make_unique<SoftTimerPacer>(); }},
            {"auto",
             "internal if the congestion control asks for it, a largest rate is set, or the "
             "device's "
             "queue is `fq`, else none",
             [](const PacingWish& wish) {
                 return wish.isAsked || wish.deviceHolds
                            ? Made(std::make_unique<InternalPacer>(wish.deviceHolds))
                            : Made(std::make_unique<NoPacer>());
             }},
        });
    return registry;
}

bool
IsOnWheel(const std::string& pacer)
{
    return pacer == "hpts" || pacer.rfind("rack-", 0) == 0;
}

bool
PacesByRate(const std::string& pacer)
{
    const std::string unpaced = "-unpaced";
    return pacer != "none" && (pacer.size() < unpaced.size() ||
                               pacer.substr(pacer.size() - unpaced.size()) != unpaced);
}

} // namespace hoststack
