// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_OPTION_PLAN_H
#define HS_MPTCP_OPTION_PLAN_H

#include "ns3/hs-mptcp-options.h"

namespace hoststack::mptcp
{

/// What decides which options a segment may carry.
enum class SegmentKind : std::uint8_t
{
    PureAck, ///< neither data nor FIN
    Other,
    Reset,
};

/**
 * The one place that decides which MPTCP options go on a segment and which wait for a later one.
 *
 * The rules are those of Linux' mptcp_established_options() and mptcp_write_options() (6.18). Each
 * option takes its bytes rounded up to four; SACK blocks get what is left. On a RST MP_FASTCLOSE or
 * else MP_FAIL goes, and beside it MP_TCPRST. Otherwise the handshake's option or the DSS comes
 * first. MP_FAIL goes beside a DSS and keeps everything else away. ADD_ADDR goes on a pure ACK only
 * and pushes the DSS off it; without it REMOVE_ADDR may go, and beside either MP_PRIO, except
 * beside MP_CAPABLE. Unlike Linux, no ADD_ADDR is given up because something else took its room.
 *
 * \param wanted what there is to say; at most one of Capable, Join and Dss
 * \param room bytes left by TCP's own options but SACK (TcpOptionRoom())
 * \return what goes, as bits of MptcpOptions::Bit()
 */
std::uint16_t OptionsThatGo(const MptcpOptions& wanted, SegmentKind kind, std::size_t room);

/// What waits to be told about addresses by the next segment with room, of whichever subflow
/// (pm.addr_signal of Linux): at most one of each.
struct AddressSignals
{
    bool announces{false};
    bool echoes{false};
    MptcpAddAddress announcement;
    MptcpAddAddress echo;
    MptcpRemoveAddress removal; ///< count 0: none

    bool Any() const
    {
        return announces || echoes || removal.count > 0;
    }

    /// Adds \p id to the removal. An announcement of it that has not left is not made any more.
    void Remove(std::uint8_t id);

    /// Puts what waits into \p wanted; an echo comes before an announcement.
    void Want(MptcpOptions& wanted) const;

    /// Forgets what went.
    void Gone(const MptcpOptions& wanted, std::uint16_t went);
};

} // namespace hoststack::mptcp

#endif // HS_MPTCP_OPTION_PLAN_H
