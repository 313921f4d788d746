// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scheduler-default.h"

#include <algorithm>

namespace hoststack::mptcp
{

namespace
{

// 65536 less TCP header, options, IPv6 header and fragment header (facts sheet linux.md 3.3 step
// 10).
constexpr std::int64_t kBurst = 65428;

} // namespace

void
DefaultScheduler::GetSend(SchedulerView& view)
{
    // Index 0: active subflows, 1: backups. The smallest time to drain wins, the first on a tie.
    SubflowView* best[2] = {nullptr, nullptr};
    std::uint64_t least[2] = {0, 0};
    bool anyActive = false;
    for (auto& s : view.subflows)
    {
        if (!s.active)
        {
            continue;
        }
        anyActive = anyActive || !s.IsBackup();
        if (s.averagePacingRate == 0)
        {
            s.averagePacingRate = s.tcp.pacingRate;
            if (s.averagePacingRate == 0)
            {
                continue;
            }
        }
        const auto linger = (std::uint64_t{s.tcp.queued} << 32) / s.averagePacingRate;
        const int kind = s.IsBackup() ? 1 : 0;
        if (!best[kind] || linger < least[kind])
        {
            best[kind] = &s;
            least[kind] = linger;
        }
    }
    SubflowView* chosen = anyActive ? best[0] : best[1];
    if (!chosen || !chosen->memoryFree)
    {
        return; // waiting for the best one beats using the second best
    }
    const auto burst = std::min<std::int64_t>(kBurst,
                                              static_cast<std::int64_t>(view.windowEnd) -
                                                  static_cast<std::int64_t>(view.sndNxt));
    if (burst > 0)
    {
        const auto sum = static_cast<Uint128>(chosen->averagePacingRate) * chosen->tcp.queued +
                         static_cast<Uint128>(chosen->tcp.pacingRate) * burst;
        // A sum of 64 bits, as nearly all are, needs no division of 128, which is a call.
        const auto drain = chosen->tcp.queued + static_cast<std::uint64_t>(burst);
        chosen->averagePacingRate = (sum >> 64) == 0 ? static_cast<std::uint64_t>(sum) / drain
                                                     : static_cast<std::uint64_t>(sum / drain);
        view.burst = burst;
    }
    chosen->scheduled = true;
}

void
DefaultScheduler::GetRetransmit(SchedulerView& view)
{
    SubflowView* pick = nullptr;
    SubflowView* backup = nullptr;
    std::uint32_t leastStale = ~0u;
    for (auto& s : view.subflows)
    {
        if (!s.active)
        {
            continue;
        }
        if (s.tcp.queued > 0)
        {
            leastStale = std::min<std::uint32_t>(leastStale, s.staleCount);
            continue;
        }
        auto*& slot = s.IsBackup() ? backup : pick;
        if (!slot)
        {
            slot = &s;
        }
    }
    if (pick)
    {
        pick->scheduled = true;
    }
    else if (backup && leastStale > 1)
    {
        backup->scheduled = true;
    }
}

} // namespace hoststack::mptcp
