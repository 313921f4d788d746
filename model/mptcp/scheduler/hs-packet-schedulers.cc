// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scheduler-backup.h"
#include "ns3/hs-scheduler-blest.h"
#include "ns3/hs-scheduler-default.h"
#include "ns3/hs-scheduler-ecf.h"
#include "ns3/hs-scheduler-first.h"
#include "ns3/hs-scheduler-minrtt.h"
#include "ns3/hs-scheduler-redundant.h"
#include "ns3/hs-scheduler-round-robin.h"
#include "ns3/hs-scheduler-striping.h"
#include "ns3/hs-scheduler-weighted.h"

namespace hoststack::mptcp
{

Registry<PacketScheduler>&
PacketSchedulers()
{
    static Registry<PacketScheduler> registry(
        "packet scheduler",
        {
            {"default",
             "Linux: least time to drain, bursts, backups last",
             [] { return std::make_unique<DefaultScheduler>(); }},
            {"bpf_first", "the first subflow", [] { return std::make_unique<FirstScheduler>(); }},
            {"bpf_bkup",
             "the first subflow that is not a backup",
             [] { return std::make_unique<BackupScheduler>(); }},
            {"bpf_rr",
             "round robin, looking at nothing",
             [] { return std::make_unique<RoundRobinScheduler>(); }},
            {"bpf_red",
             "redundant as shipped: stripes new data, copies retransmissions",
             [] { return std::make_unique<StripingScheduler>(); }},
            {"bpf_burst",
             "the default scheduler written in BPF",
             [] { return std::make_unique<DefaultScheduler>(); }},
            {"bpf_minrtt",
             "smallest RTT with room in its window",
             [] { return std::make_unique<MinRttScheduler>(); }},
            {"redundant",
             "a copy of all new data on each usable subflow",
             [] { return std::make_unique<RedundantScheduler>(); }},
            {"blest",
             "BLEST: avoids blocking the send window",
             [] { return std::make_unique<BlestScheduler>(); }},
            {"ecf",
             "ECF: waits for the fastest if that finishes earlier",
             [] { return std::make_unique<EcfScheduler>(); }},
            {"roundrobin-weighted",
             "round robin weighted by pacing rate",
             [] { return std::make_unique<WeightedRoundRobinScheduler>(); }},
        });
    return registry;
}

} // namespace hoststack::mptcp
