// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_COUNTERS_H
#define HS_MPTCP_COUNTERS_H

#include <cstdint>
#include <vector>

namespace hoststack::mptcp
{

/**
 * What a host counts about multipath TCP, under the names and at the places of Linux 6.18
 * (net/mptcp/mib.c; `nstat -az | grep MPTcp`). All connections of a host share one. What this model
 * cannot meet (MD5 signatures, simultaneous opens, races between cores) has a
 * name in the catalogue, but no counter.
 */
struct Counters
{
    // Handshake
    std::uint64_t capableSynRx{0};
    std::uint64_t capableSynTx{0};
    std::uint64_t capableSynAckRx{0};
    std::uint64_t capableAckRx{0};
    std::uint64_t capableFallbackAck{0};
    std::uint64_t capableFallbackSynAck{0};
    std::uint64_t capableSynTxDrop{0};
    std::uint64_t capableSynTxDisabled{0};
    std::uint64_t capableEndpointAttempt{0};
    std::uint64_t blackhole{0};
    std::uint64_t capableDataFallback{0};
    std::uint64_t currEstab{0}; ///< not a count: how many are established now

    // Joins
    std::uint64_t joinNoTokenFound{0};
    std::uint64_t joinSynRx{0};
    std::uint64_t joinSynBackupRx{0};
    std::uint64_t joinSynAckRx{0};
    std::uint64_t joinSynAckBackupRx{0};
    std::uint64_t joinSynAckHmacFailure{0};
    std::uint64_t joinAckRx{0};
    std::uint64_t joinAckHmacFailure{0};
    std::uint64_t joinRejected{0};
    std::uint64_t joinSynTx{0};
    std::uint64_t joinSynTxConnectErr{0};
    std::uint64_t joinPortSynRx{0};
    std::uint64_t joinPortSynAckRx{0};
    std::uint64_t joinPortAckRx{0};
    std::uint64_t joinMismatchPortSynRx{0};

    // Data
    std::uint64_t retransmissions{0};
    std::uint64_t dssNotMatching{0};
    std::uint64_t dssNoMatchTcp{0};
    std::uint64_t dssFallback{0};
    std::uint64_t receivePruned{0};
    std::uint64_t infiniteMapTx{0};
    std::uint64_t infiniteMapRx{0};
    std::uint64_t checksumErrors{0};
    std::uint64_t outOfOrderTail{0};
    std::uint64_t outOfOrder{0};
    std::uint64_t outOfOrderMerge{0};
    std::uint64_t beyondWindow{0};
    std::uint64_t duplicateData{0};
    std::uint64_t sendWindowShared{0};
    std::uint64_t receiveWindowShared{0};
    std::uint64_t windowProbes{0};

    // Signals
    std::uint64_t addAddrRx{0};
    std::uint64_t addAddrTx{0};
    std::uint64_t addAddrEchoRx{0};
    std::uint64_t addAddrEchoTx{0};
    std::uint64_t addAddrPortRx{0};
    std::uint64_t removeAddrRx{0};
    std::uint64_t removeAddrTx{0};
    std::uint64_t removedSubflows{0};
    std::uint64_t priorityTx{0};
    std::uint64_t priorityRx{0};
    std::uint64_t failTx{0};
    std::uint64_t failRx{0};
    std::uint64_t fastCloseTx{0};
    std::uint64_t fastCloseRx{0};
    std::uint64_t resetTx{0};
    std::uint64_t resetRx{0};

    // Paths
    std::uint64_t subflowStale{0};
    std::uint64_t subflowRecover{0};
};

/// One counter as `nstat` names it.
struct CounterInfo
{
    const char* name;               ///< "MPTcpExtMPCapableSYNRX"
    std::uint64_t Counters::*value; ///< nullptr: always 0
    const char* about;
};

/// All names of Linux 6.18, in the order of /proc/net/netstat.
const std::vector<CounterInfo>& CounterCatalogue();

} // namespace hoststack::mptcp

#endif // HS_MPTCP_COUNTERS_H
