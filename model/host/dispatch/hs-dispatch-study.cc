// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-dispatch-study.h"

#include "ns3/hs-dispatch-copy.h"
#include "ns3/hs-dispatch-growth.h"
#include "ns3/hs-dispatch-loopback.h"
#include "ns3/hs-dispatch-readiness.h"
#include "ns3/hs-dispatch-scaling.h"
#include "ns3/hs-dispatch-time-wait.h"
#include "ns3/hs-dispatch-workers.h"

namespace hoststack::host
{

Registry<DispatchStudy>&
DispatchStudies()
{
    static Registry<DispatchStudy> studies(
        "dispatch study",
        {
            {"growth",
             "cost per packet against the number of sockets",
             [] { return std::make_unique<DispatchGrowth>(); }},
            {"scaling",
             "packets per second against the number of cores",
             [] { return std::make_unique<DispatchScaling>(); }},
            {"copy-under-lock",
             "how long a poll waits behind a program that copies",
             [] { return std::make_unique<DispatchCopy>(); }},
            {"loopback",
             "what a message between two sockets of one machine costs",
             [] { return std::make_unique<DispatchLoopback>(); }},
            {"readiness",
             "how soon a program in a loop learns of data, asking or told",
             [] { return std::make_unique<DispatchReadiness>(); }},
            {"time-wait",
             "cost per short connection while those before are in TIME-WAIT",
             [] { return std::make_unique<DispatchTimeWait>(); }},
            {"workers",
             "which of a server's workers get its connections",
             [] { return std::make_unique<DispatchWorkers>(); }},
        });
    return studies;
}

} // namespace hoststack::host
