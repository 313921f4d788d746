// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_OPERATION_H
#define HS_OPERATION_H

#include "ns3/hs-units.h"

#include <array>
#include <cstddef>
#include <cstdint>

/**
 * \file
 * What a machine does for its network stack and has to take time for, and what each of it costs.
 * The kinds follow the anchors that kernels are measured by; docs/models/host.md says which of them
 * the model charges today, and where.
 */
namespace hoststack::host
{

/// What the shell around the core does and a machine may have to pay for.
enum class Operation : std::uint8_t
{
    Interrupt,    ///< hard interrupt, entry and exit, with scheduling the poll
    Tick,         ///< the timer tick of a busy core
    ReceiveFrame, ///< taken from a device's ring
    ReceiveIp,    ///< IP's part of a received unit
    FindSocket,   ///< look-up of a segment's connection
    ReceiveTcp,   ///< TCP's part of a received unit with data
    ReceiveAck,   ///< TCP's part of one without
    /// The same of each further segment of a batch (Burst::place), which LRO may have compressed.
    ReceiveCompressed,
    ReceiveMptcp,    ///< what multipath adds to either
    TransmitUnit,    ///< a super-segment handed down, with its first wire segment
    TransmitFast,    ///< the same by a stack's fast path (OutputPath::Fast)
    RetransmitFast,  ///< the same for what is sent again (OutputPath::FastRepair)
    TransmitSegment, ///< each further wire segment in it
    Segment,         ///< each wire segment of it, if the kernel cuts it and not the device
    TransmitAck,     ///< a segment without data, built and handed down
    TransmitMptcp,   ///< what multipath adds to a unit or an ACK
    Forward,         ///< a frame that goes on to another device
    Bridge,          ///< a frame that goes from one port of a bridge to the other
    Steer,           ///< a received unit goes to the backlog of a core
    Collapse,        ///< a buffer of a receive queue is copied into a fuller one
    Timer,           ///< a connection's timer has gone off
    SocketCall,      ///< an application's call: entry, exit and the fixed part
    WakeUp,          ///< a thread is made runnable
    RemoteWakeUp,    ///< what it costs more if that is on another core
    ContextSwitch,   ///< from one thread to another
    LeaveIdle,       ///< until a core that slept runs something
    Schedule,        ///< multipath's packet scheduler is asked
    ScheduleBpf,     ///< the same, if it is a BPF program
    CopyOut,         ///< per byte: to an application
    CopyIn,          ///< per byte: from one
    Encrypt,         ///< per byte: sealed or opened by a proxy
    Count,
};

/// How a price is told to users.
struct OperationInfo
{
    Operation operation;
    const char* name;  ///< in a cost table
    bool isPerByte;    ///< its price is in picoseconds a byte, else in nanoseconds
    const char* about; ///< one line
    /// Whose price it has where a cost table does not name it; Count: a table must.
    Operation otherwise{Operation::Count};
};

constexpr auto kOperations = static_cast<std::size_t>(Operation::Count);

/// All operations, in their order.
const std::array<OperationInfo, kOperations>& OperationTable();

/// What operations cost. All zero is a machine that has time for everything at once.
struct PriceList
{
    std::array<TimeNs, kOperations> each{}; ///< ns; ps a byte if OperationInfo says so

    TimeNs& operator[](Operation operation)
    {
        return each[static_cast<std::size_t>(operation)];
    }

    TimeNs Of(Operation operation, std::uint64_t count) const
    {
        return each[static_cast<std::size_t>(operation)] * static_cast<TimeNs>(count);
    }

    /// For an operation that is priced per byte; rounded down.
    TimeNs OfBytes(Operation operation, std::uint64_t bytes) const
    {
        return Of(operation, bytes) / 1000;
    }
};

} // namespace hoststack::host

#endif // HS_OPERATION_H
