// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SESSION_PICTURE_H
#define HS_SESSION_PICTURE_H

#include "ns3/hs-mptcp-types.h"
#include "ns3/hs-tcp-types.h"

#include <optional>

namespace ns3
{

/// What is told of the socket of a session that is elsewhere, in a real kernel: as much of a
/// picture as TCP_INFO and MPTCP_INFO give.
struct HoststackSessionPicture
{
    hoststack::tcp::Info tcp; ///< of multipath: all subflows together
    std::optional<hoststack::mptcp::Info> multipath;
    bool countsTimeouts{false};
    bool countsReinjections{false};
};

} // namespace ns3

#endif // HS_SESSION_PICTURE_H
