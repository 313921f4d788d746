// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-dispatch-stage.h"

#include <algorithm>

namespace hoststack::host
{

const std::vector<DispatchStage>&
DispatchStages()
{
    static const std::vector<DispatchStage> stages{
        {"smoltcp",
         "the library alone: linear look-up, walks for what goes out",
         "array",
         {},
         "egress-walks",
         false,
         "global",
         false,
         true,
         false,
         true,
         2},
        {"asterinas-s0",
         "before 2024-09: smoltcp, observers of all sockets, one lock over all",
         "array",
         {},
         "observers",
         false,
         "global",
         true,
         true,
         false,
         true,
         2},
        {"asterinas-s1",
         "2024-09 (ee1656ba3): own look-up, still linear; locks per interface and socket",
         "ordered-references",
         {},
         "flag-walks",
         false,
         "interface",
         true,
         true,
         false,
         true,
         1},
        {"asterinas-s2",
         "2024-12-27 (39cc0dca2): hash of 64 and 8192 buckets, walks over all of them",
         "buckets",
         {8192, 64},
         "flag-walks",
         false,
         "interface",
         true,
         true,
         false,
         true,
         1},
        {"asterinas-s2b",
         "2024-12-31 (631ab2183): the same with 2 and 2 buckets",
         "buckets",
         {2, 2},
         "flag-walks",
         false,
         "interface",
         true,
         true,
         false,
         true,
         1},
        {"asterinas-s3",
         "2025-01 (0c8200dc7, 14f0f5a7b): TIME-WAIT counts as dead, the dead are queued",
         "buckets",
         {2, 2},
         "flag-walks",
         false,
         "interface",
         true,
         true,
         false,
         false,
         1},
        {"asterinas-s4",
         "2025-03 (2f66f5d23 to d9f3a7761): 64 and 8192 buckets, ordered set of what is pending",
         "buckets",
         {8192, 64},
         "ordered",
         false,
         "interface",
         true,
         true,
         false,
         true,
         1},
        {"asterinas-head",
         "2026-08: the same, polled by a softirq and a thread",
         "buckets",
         {8192, 64},
         "ordered",
         false,
         "interface",
         false,
         true,
         false,
         true,
         1},
        {"linux",
         "6.18: hashes, locks per bucket and socket, backlog",
         "linux",
         {},
         "direct",
         true,
         "socket",
         false,
         true,
         true,
         true,
         0},
        {"freebsd",
         "14: hashes of control blocks, a lock per control block, copies without it",
         "freebsd",
         {},
         "direct",
         true,
         "socket",
         false,
         false,
         false,
         true,
         0},
        {"hoststack",
         "this simulator's own table, at the prices of Linux",
         "open-addressing",
         {},
         "direct",
         true,
         "socket",
         false,
         true,
         true,
         true,
         0},
    };
    return stages;
}

const DispatchStage&
DispatchStageByName(const std::string& name)
{
    const auto& stages = DispatchStages();
    const auto found = std::find_if(stages.begin(), stages.end(), [&](const auto& stage) {
        return name == stage.name;
    });
    if (found == stages.end())
    {
        std::vector<std::string> names;
        for (const auto& stage : stages)
        {
            names.emplace_back(stage.name);
        }
        throw UnknownName("socket layer", name, names);
    }
    return *found;
}

} // namespace hoststack::host
