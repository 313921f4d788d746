// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_CONFIG_H
#define HS_MPTCP_CONFIG_H

#include "ns3/hs-tcp-config.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <memory>
#include <string>

namespace hoststack::mptcp
{

/**
 * What decides whether a read announces the data-level window at once (facts sheet linux.md 1.7).
 */
enum class ReopenRule : std::uint8_t
{
    FreeSpace, ///< compares with the free space seen when options were last sized (until 6.12.10)
    AnnouncedWindow, ///< compares with the window really announced (2ca06a2f6531: 6.13, 6.12.11)
    ImmediateAck,    ///< every read that frees anything announces (for comparison)
    NoUpdate,        ///< reads never announce; only ACKs of data and probes do (for comparison)
};

/// Everything a multipath connection can be told; defaults are those of Linux 6.12.11 and later.
struct Config
{
    std::shared_ptr<const tcp::Config> tcp; ///< of every subflow, and the buffers of the connection

    // Named variants.
    std::string scheduler{"default"};
    std::string pathManager{"kernel"};
    /// Also resolves the coupled ones (hs-coupled-congestion.h), which tcp::Config does not know;
    /// empty: that of `tcp`.
    std::string congestion;

    bool checksum{false};               ///< net.mptcp.checksum_enabled
    bool allowJoinInitialAddress{true}; ///< allow_join_initial_addr_port; else the C flag is set

    // Path manager limits (facts sheet linux.md 4.1.2).
    std::uint32_t extraSubflows{2};   ///< `ip mptcp limits set subflows`
    std::uint32_t addAddrAccepted{0}; ///< `... add_addr_accepted`

    /// Connections between IPv4 addresses may have IPv6 subflows: their sockets are AF_INET6. Those
    /// between IPv6 addresses always may have subflows of both families.
    bool bothFamilies{false};

    TimeNs addAddrTimeout{120 * kSecond}; ///< add_addr_timeout
    std::uint32_t addAddrRetries{3};      ///< ADD_ADDR_RETRANS_MAX
    bool addAddrAdaptive{false}; ///< late 2025: twice the largest RTO per retry, at most the above
    std::uint32_t staleLossCount{4};               ///< stale_loss_cnt; 0 disables
    TimeNs closeTimeout{60 * kSecond};             ///< close_timeout
    std::uint32_t synRetransmitsBeforeFallback{2}; ///< syn_retrans_before_tcp_fallback
    /// blackhole_timeout: after SYNs with MP_CAPABLE have vanished and a plain one was answered,
    /// the host opens plain connections for so long, doubled each time up to 64 fold. 0: never.
    TimeNs blackholeTimeout{3600 * kSecond};

    // Behaviours that changed between kernels (table at the head of facts sheet linux.md).
    ReopenRule reopen{ReopenRule::AnnouncedWindow};
    bool cleanupNeedsCopied{true};    ///< 551844f26da2: a read of nothing announces nothing
    bool wakeNeedsData{true};         ///< e226d9259dc4: no wake-up by memory pressure alone
    bool resyncBeforeData{true};      ///< Nov 2025: a subflow learns the shared edge before data
    bool subflowWindowShrinks{false}; ///< da23be77e129 (June 2026)
    bool ownBackupCounts{true}; ///< b6a66e521a20 (6.11): our own backup flag binds our scheduler
    bool echoesBackup{false};   ///< until efd340bf3d77 (6.11): SYN/ACKs repeat the SYN's flag
    bool sendBufferIsSum{true}; ///< 8005184fd1ca (6.7): of the subflows' buffers, not the largest
    bool tuneWithoutMargin{false}; ///< mptcp_rcvbuf_grow (6.18): the margin of 16 MSS is gone
};

} // namespace hoststack::mptcp

#endif // HS_MPTCP_CONFIG_H
