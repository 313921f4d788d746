// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-counters.h"

#include <algorithm>

namespace hoststack::tcp
{

const std::vector<CounterInfo>&
CounterCatalogue()
{
    static const std::vector<CounterInfo> list{
        {"TcpInSegs",
         &Info::segmentsReceived,
         "segments that connections received; what an offload merged is one"},
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
        {"TcpExtTCPRcvCollapsed",
         &Info::rcvCollapsed,
         "buffers of receive queues that were copied into fuller ones"},
        {"TcpExtTCPBacklogDrop",
         &Info::backlogDrops,
         "segments that found the backlog of a socket full, which a thread had locked"},
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

void
AddTally(Tally& sum, const Tally& one)
{
    sum.bytesSent += one.bytesSent;
    sum.bytesRetransmitted += one.bytesRetransmitted;
    sum.segmentsSent += one.segmentsSent;
    sum.segmentsReceived += one.segmentsReceived;
    sum.dataSegmentsSent += one.dataSegmentsSent;
    sum.dataSegmentsReceived += one.dataSegmentsReceived;
    sum.pureAcksSent += one.pureAcksSent;
    sum.retransmissions += one.retransmissions;
    sum.fastRecoveries += one.fastRecoveries;
    sum.timeouts += one.timeouts;
    sum.lossProbes += one.lossProbes;
    sum.undos += one.undos;
    sum.duplicateAcks += one.duplicateAcks;
    sum.dsacksReceived += one.dsacksReceived;
    sum.dsacksSent += one.dsacksSent;
    sum.reorderings += one.reorderings;
    sum.ecnReductions += one.ecnReductions;
    sum.zeroWindowsSent += one.zeroWindowsSent;
    sum.zeroWindowProbes += one.zeroWindowProbes;
    sum.windowUpdates += one.windowUpdates;
    sum.outOfOrder += one.outOfOrder;
    sum.rcvPruned += one.rcvPruned;
    sum.collapsed += one.collapsed;
    sum.rttSamples += one.rttSamples;
    sum.rttSum += one.rttSum;
    sum.rttLeast = std::min(sum.rttLeast, one.rttLeast);
    sum.rttMost = std::max(sum.rttMost, one.rttMost);
    sum.cwndMost = std::max(sum.cwndMost, one.cwndMost);
}

} // namespace hoststack::tcp
