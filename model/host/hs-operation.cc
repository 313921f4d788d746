// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-operation.h"

namespace hoststack::host
{

const std::array<OperationInfo, kOperations>&
OperationTable()
{
    static const std::array<OperationInfo, kOperations> table{{
        {Operation::Interrupt,
         "interrupt",
         false,
         "a hard interrupt: entry, exit and asking for a poll"},
        {Operation::Tick, "tick", false, "the timer tick of a core that is not idle"},
        {Operation::ReceiveFrame,
         "receive-frame",
         false,
         "a frame taken from a device's ring, with the buffer that replaces it"},
        {Operation::ReceiveIp, "receive-ip", false, "IP's part of a received unit"},
        {Operation::FindSocket, "find-socket", false, "the look-up of a segment's connection"},
        {Operation::ReceiveTcp, "receive-tcp", false, "TCP's part of a received unit with data"},
        {Operation::ReceiveAck, "receive-ack", false, "TCP's part of a segment without data"},
        {Operation::ReceiveMptcp,
         "receive-mptcp",
         false,
         "what multipath adds to a received unit or ACK"},
        {Operation::TransmitUnit,
         "transmit-unit",
         false,
         "a super-segment built and handed down, with its first wire segment"},
        {Operation::TransmitSegment,
         "transmit-segment",
         false,
         "each further wire segment of a super-segment"},
        {Operation::Segment,
         "segment",
         false,
         "each wire segment of a super-segment that the kernel cuts for a device without TSO"},
        {Operation::TransmitAck,
         "transmit-ack",
         false,
         "a segment without data built and handed down"},
        {Operation::TransmitMptcp,
         "transmit-mptcp",
         false,
         "what multipath adds to a unit or ACK that leaves"},
        {Operation::Forward, "forward", false, "a frame that goes on to another device"},
        {Operation::Timer, "timer", false, "a connection's timer that has gone off"},
        {Operation::SocketCall,
         "socket-call",
         false,
         "an application's call: entry, exit and what does not grow with its bytes"},
        {Operation::WakeUp, "wake-up", false, "making a thread runnable"},
        {Operation::RemoteWakeUp,
         "remote-wake-up",
         false,
         "what waking costs more when the thread's core is another one"},
        {Operation::ContextSwitch, "context-switch", false, "from one thread to another"},
        {Operation::LeaveIdle, "leave-idle", false, "until a core that slept runs a thread"},
        {Operation::Schedule,
         "schedule",
         false,
         "multipath's packet scheduler is asked once, with the look at its subflows"},
        {Operation::ScheduleBpf,
         "schedule-bpf",
         false,
         "the same, if it is a BPF program that was compiled (JIT)"},
        {Operation::CopyOut, "copy-out", true, "a byte copied to an application"},
        {Operation::CopyIn, "copy-in", true, "a byte copied from an application"},
        {Operation::Encrypt, "encrypt", true, "a byte sealed or opened by a proxy's cipher"},
    }};
    return table;
}

} // namespace hoststack::host
