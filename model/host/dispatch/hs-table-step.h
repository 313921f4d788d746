// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TABLE_STEP_H
#define HS_TABLE_STEP_H

#include "ns3/hs-units.h"

#include <array>
#include <cstddef>
#include <cstdint>

/**
 * \file
 * What a socket layer does to find, poll and remember sockets, step by step, and what each step
 * costs. A step of one structure is no step of another: to compare a socket in an array is cheap,
 * to follow a pointer to one that no cache holds is not. docs/models/dispatch.md has the sources.
 */
namespace hoststack::host
{

enum class TableStep : std::uint8_t
{
    ArrayCompare,      ///< of a walk over sockets side by side, for the receiver of a packet
    TreeCompare,       ///< the same through references in a B-tree
    BucketCompare,     ///< the same in the vector of a hash bucket
    ChainCompare,      ///< the same along pointers, each to another place in memory
    Hash,              ///< hash, head of the bucket and the first socket in it
    EgressVisit,       ///< of a walk that looks for sockets with something to send
    TimerVisit,        ///< of a walk for the earliest timer
    ListenEgressVisit, ///< the same for a socket that listens
    ListenTimerVisit,
    UdpArrayCompare, ///< ArrayCompare, EgressVisit and TimerVisit of a UDP socket
    UdpEgressVisit,
    UdpTimerVisit,
    ArrayFlag,      ///< of a walk that looks at one flag of each socket, side by side
    TreeFlag,       ///< the same through a B-tree
    BucketFlag,     ///< the same in few buckets
    ScatteredFlag,  ///< the same in many buckets
    EmptyBucket,    ///< of a walk over all buckets: a bucket, whether empty or not
    OrderedLevel,   ///< a level of an ordered set, for one insertion or removal
    ReadEarliest,   ///< of an ordered set
    SlotScan,       ///< a slot looked at for a free one, as a socket is added
    Receive,        ///< a packet through IP and transport, its socket found
    ReceiveByte,    ///< checksum of a byte of payload
    Transmit,       ///< a packet built and handed to the device
    KernelFloor,    ///< Linux: driver, packet buffer and IP
    KernelReceive,  ///< Linux: a segment that makes the receiver answer, with its answer
    KernelSegment,  ///< Linux: a segment with data that is not answered
    KernelDatagram, ///< Linux: a UDP datagram
    Count,
};

constexpr auto kTableSteps = static_cast<std::size_t>(TableStep::Count);

/// How often each step was done.
class TableTally
{
  public:
    void Add(TableStep step, std::uint64_t count = 1)
    {
        m_counts[static_cast<std::size_t>(step)] += count;
    }

    std::uint64_t Of(TableStep step) const
    {
        return m_counts[static_cast<std::size_t>(step)];
    }

    /// A socket was touched, for whatever reason.
    void Visit(std::uint64_t sockets = 1)
    {
        m_visits += sockets;
    }

    std::uint64_t Visits() const
    {
        return m_visits;
    }

    void Clear()
    {
        m_counts = {};
        m_visits = 0;
    }

  private:
    std::array<std::uint64_t, kTableSteps> m_counts{};
    std::uint64_t m_visits{0};
};

/// How a step is told to users.
struct TableStepInfo
{
    TableStep step;
    const char* name;
    const char* about;
};

const std::array<TableStepInfo, kTableSteps>& TableStepTable();

/**
 * The price of each step in picoseconds by the number of sockets, because what is in no cache costs
 * more: straight lines between 1, 10, 100, ... 100,000 sockets, flat beyond.
 */
class TablePrices
{
  public:
    static constexpr std::size_t kPoints = 6;
    using Curve = std::array<std::int64_t, kPoints>;

    TablePrices(const TablePrices&) = delete;
    TablePrices& operator=(const TablePrices&) = delete;

    /// Measured on one core of a server (docs/models/dispatch.md).
    static const TablePrices& Measured();

    /// ps
    std::int64_t Of(TableStep step, std::uint64_t sockets) const;
    /// Everything of \p tally, rounded down to ns.
    TimeNs Cost(const TableTally& tally, std::uint64_t sockets) const;

  private:
    TablePrices();

    std::array<Curve, kTableSteps> m_curves{};
};

} // namespace hoststack::host

#endif // HS_TABLE_STEP_H
