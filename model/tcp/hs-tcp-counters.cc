// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-counters.h"

namespace hoststack::tcp
{

const std::vector<CounterInfo>&
CounterCatalogue()
{
    static const std::vector<CounterInfo> list{
        {"TcpInSegs", &Info::segmentsReceived, "segments that connections received"},
        {"TcpOutSegs", &Info::segmentsSent, "segments that connections sent"},
        {"TcpRetransSegs", &Info::retransmissions, "segments sent again, SYNs included"},
        {"TcpExtTCPTimeouts", &Info::timeouts, "retransmission time-outs"},
        {"TcpExtTCPLossProbes", &Info::lossProbes, "tail loss probes"},
        {"TcpExtTCPOFOQueue", &Info::outOfOrder, "segments that went to an out-of-order queue"},
        {"TcpExtTCPToZeroWindowAdv",
         &Info::zeroWindowsSent,
         "times that an announced window became zero"},
        {"TcpExtListenOverflows",
         &Info::listenOverflows,
         "connections that found an accept queue full"},
        {"TcpExtListenDrops", &Info::listenDrops, "SYNs and third segments that listeners dropped"},
        {"TcpExtOutOfWindowIcmps",
         &Info::outOfWindowIcmps,
         "ICMP messages about segments that were not in flight"},
        {"TcpExtTCPDSACKRecv", &Info::dsacksReceived, "reports of duplicates received"},
    };
    return list;
}

void
AddCounters(Info& sum, const Info& one)
{
    for (const auto& counter : CounterCatalogue())
    {
        sum.*counter.value += one.*counter.value;
    }
}

} // namespace hoststack::tcp
