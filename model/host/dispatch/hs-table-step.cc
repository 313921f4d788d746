// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-table-step.h"

namespace hoststack::host
{

const std::array<TableStepInfo, kTableSteps>&
TableStepTable()
{
    using S = TableStep;
    static const std::array<TableStepInfo, kTableSteps> table{{
        {S::ArrayCompare, "array-compare", "a socket asked for a packet, side by side with others"},
        {S::TreeCompare, "tree-compare", "the same through references in a B-tree"},
        {S::BucketCompare, "bucket-compare", "the same in the vector of a bucket"},
        {S::ChainCompare, "chain-compare", "the same along pointers"},
        {S::Hash, "hash", "hash, head of the bucket and its first socket"},
        {S::EgressVisit, "egress-visit", "a socket asked whether it has something to send"},
        {S::TimerVisit, "timer-visit", "a socket asked for its next timer"},
        {S::ListenEgressVisit, "listen-egress-visit", "egress-visit of one that listens"},
        {S::ListenTimerVisit, "listen-timer-visit", "timer-visit of one that listens"},
        {S::UdpArrayCompare, "udp-array-compare", "array-compare of a UDP socket"},
        {S::UdpEgressVisit, "udp-egress-visit", "egress-visit of a UDP socket"},
        {S::UdpTimerVisit, "udp-timer-visit", "timer-visit of a UDP socket"},
        {S::ArrayFlag, "array-flag", "a flag of a socket, side by side with others"},
        {S::TreeFlag, "tree-flag", "the same through a B-tree"},
        {S::BucketFlag, "bucket-flag", "the same in few, large buckets"},
        {S::ScatteredFlag, "scattered-flag", "the same in many, small buckets"},
        {S::EmptyBucket, "empty-bucket", "a bucket of a walk over all of them"},
        {S::OrderedLevel, "ordered-level", "a level of an ordered set, per insertion or removal"},
        {S::ReadEarliest, "read-earliest", "the first of an ordered set"},
        {S::SlotScan, "slot-scan", "a slot looked at for a free one"},
        {S::Receive, "receive", "a packet through IP and transport"},
        {S::ReceiveByte, "receive-byte", "a byte of its payload"},
        {S::Transmit, "transmit", "a packet built and handed to the device"},
        {S::KernelFloor, "kernel-floor", "driver, packet buffer and IP of a large kernel"},
        {S::KernelReceive, "kernel-receive", "its TCP, with the answer"},
        {S::KernelSegment, "kernel-segment", "its TCP, if nothing is answered"},
        {S::KernelDatagram, "kernel-datagram", "its UDP"},
    }};
    return table;
}

} // namespace hoststack::host
