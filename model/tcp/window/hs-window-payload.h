// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_WINDOW_PAYLOAD_H
#define HS_WINDOW_PAYLOAD_H

#include "ns3/hs-window-policy.h"

#include <algorithm>
#include <cstdint>

/**
 * What window policies share to which a buffer is so many bytes of payload. Of a multipath
 * connection the buffer, its edge and what waits in it are those of the whole stream.
 */
namespace hoststack::tcp
{

/// Bytes that still fit.
inline std::uint32_t
FreePayload(const ReceiveState& state)
{
    const auto unread = state.Facts().stream
                            ? state.Facts().stream->Unread()
                            : static_cast<std::uint32_t>(state.Facts().next - state.Facts().read);
    return state.AnnouncedBuffer() > unread ? state.AnnouncedBuffer() - unread : 0;
}

/// Several subflows announce one edge.
inline bool
IsShared(const ReceiveState& state)
{
    return state.Facts().stream && state.Facts().stream->HasEdge();
}

/// What the peer may still send.
inline std::uint32_t
Promised(const ReceiveState& state)
{
    return IsShared(state) ? state.Facts().stream->Announced() : state.Remaining();
}

/// \p window as a segment can say it, without taking anything back.
inline std::uint32_t
InUnits(const ReceiveState& state, std::uint32_t window)
{
    const std::uint32_t unit = 1u << state.WindowShift();
    if (IsShared(state))
    {
        return window - window % unit; // the connection keeps its edge where it is
    }
    return std::min((window + unit - 1) / unit * unit, 65535u << state.WindowShift());
}

} // namespace hoststack::tcp

#endif // HS_WINDOW_PAYLOAD_H
