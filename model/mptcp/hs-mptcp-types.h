// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_TYPES_H
#define HS_MPTCP_TYPES_H

#include "ns3/hs-ip-address.h"
#include "ns3/hs-on-demand.h"
#include "ns3/hs-tcp-types.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <vector>

namespace hoststack::mptcp
{

/// Address and port of one end of a subflow.
struct Endpoint
{
    IpAddress address;
    std::uint16_t port{0};

    friend bool operator==(const Endpoint& a, const Endpoint& b)
    {
        return a.address == b.address && a.port == b.port;
    }
};

/// A local address a path manager may use, as `ip mptcp endpoint add` configures it.
struct LocalEndpoint
{
    IpAddress address;
    std::uint8_t id{0};    ///< 1 to 255; 0 is the address of the first subflow
    std::uint16_t port{0}; ///< announced with `signal`; 0: the connection's
    bool signal{false};    ///< announce it with ADD_ADDR
    bool subflow{false};   ///< open a subflow from it
    bool backup{false};    ///< with the backup flag
    bool fullmesh{false};  ///< to every address of the peer
    bool laminar{false};   ///< answer an announcement from it (Linux 6.18)
    bool implicit{false};  ///< made for an address that a subflow uses and nobody configured
};

/// An address the peer has announced.
struct RemoteAddress
{
    std::uint8_t id{0};
    IpAddress address;
    std::uint16_t port{0}; ///< 0: the connection's
};

/// What happened to a connection since the owner last asked, beside tcp::Event of the same name.
enum Event : std::uint32_t
{
    kSubflowAdded = 1u << 16, ///< a join is complete
    kSubflowClosed = 1u << 17,
    kFallenBack = 1u << 18, ///< plain TCP from now on
    kPushSpins = 1u << 19,  ///< a write's push loop would go round without end: see HoldPush()
    kWorkDue = 1u << 20,    ///< for the worker: see UseWorker()
};

/// A picture of one subflow.
struct SubflowInfo
{
    std::uint32_t id{0};
    Endpoint local;
    Endpoint remote;
    std::uint8_t localId{0};
    std::uint8_t remoteId{0};
    bool established{false}; ///< joined (or first) and usable
    bool closed{false};
    bool backup{false};
    bool stale{false};
    tcp::End end{tcp::End::Open}; ///< as part of the connection
    TimeNs endedAt{-1};
    std::uint8_t resetReason{0};        ///< of the peer's MP_TCPRST (MptcpResetReason)
    std::uint64_t dataBytesSent{0};     ///< of the data stream, incl. copies and reinjections
    std::uint64_t dataBytesReceived{0}; ///< new at data level
    tcp::Info tcp;
};

/// A picture of a connection, after `struct mptcp_info` and nstat's MPTcpExt counters.
struct Info
{
    tcp::State state{tcp::State::Closed};
    bool fallback{false};
    std::uint32_t token{0};
    std::uint64_t bytesSent{0};       ///< data bytes handed to subflows the first time
    std::uint64_t bytesAcked{0};      ///< by DATA_ACK
    std::uint64_t bytesReceived{0};   ///< in order
    std::uint64_t bytesReinjected{0}; ///< handed to a subflow again
    std::uint64_t duplicateBytes{0};  ///< received more than once at data level
    std::uint32_t receiveWindow{0};   ///< bytes to the shared right edge
    std::uint32_t sendQueue{0};
    std::uint64_t timeouts{0}; ///< data-level retransmission timer
    std::uint64_t staleEvents{0};
    std::uint64_t recoverEvents{0};
    std::uint64_t outOfOrder{0}; ///< data-level pieces that waited for a hole
    std::uint64_t checksumErrors{0};
    std::uint64_t addAddrSent{0};
    std::uint64_t addAddrReceived{0};
    std::uint64_t addAddrEchoed{0};  ///< echoes of ours that came back
    std::uint64_t addAddrRefused{0}; ///< with a wrong HMAC
    std::uint64_t removeAddrSent{0};
    std::uint64_t removeAddrReceived{0};
    std::uint64_t joinsRejected{0};
    std::uint64_t prioritySent{0};
    std::uint64_t priorityReceived{0};
    std::uint64_t failSent{0};
    std::uint64_t failReceived{0};
    std::uint64_t infiniteMapSent{0};
    std::uint64_t infiniteMapReceived{0};
    std::uint64_t fastCloseSent{0};
    std::uint64_t fastCloseReceived{0};
    std::uint64_t dataFinRetransmissions{0};
    std::uint64_t beyondWindow{0}; ///< pieces dropped: beyond every announcement (NoDSSInWindow)
    std::uint64_t zeroWindows{0};  ///< announcements of a closed data-level window
    std::uint64_t windowUpdates{0};
    tcp::End end{tcp::End::Open};
    TimeNs endedAt{-1};
    std::uint32_t retries{0};   ///< as tcp::Info's, of the subflow that had most
    TimeNs repairedFor{0};      ///< the same
    std::uint64_t pushSpins{0}; ///< writes whose push loop went round without sending
    std::vector<SubflowInfo> subflows;
    /// What those counted that have left no record: joins that came to nothing.
    OnDemand<tcp::Tally> gone;
};

} // namespace hoststack::mptcp

#endif // HS_MPTCP_TYPES_H
