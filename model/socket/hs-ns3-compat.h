// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_NS3_COMPAT_H
#define HS_NS3_COMPAT_H

/**
 * \file
 * Everything that differs between ns-3.37 and ns-3.48 and cannot be avoided. What an ns-3 has is
 * asked of its types, not of its version, since a development tree has no version to ask for.
 *
 * Differences that our code avoids, so that nothing stands here for them:
 *  - EventId::IsRunning became IsPending (3.42): ask `!IsExpired()`.
 *  - nstime.h stopped including event-id.h (3.47): include it where an EventId is held.
 *  - EnumValue and MakeEnumAccessor take the type (3.41): attributes name variants by string.
 *  - RouteInput takes its callbacks by reference (3.39): we implement no routing protocol.
 *  - Ipv4Address and Ipv6Address abort on text they cannot parse (3.47): text is parsed by the
 *    wire room, addresses are built from bytes.
 *  - A default Ipv4Address is 0.0.0.0 (3.47), it was 102.102.102.102: never compared with.
 *  - InetSocketAddress lost its TOS (3.42): use Socket::SetIpTos.
 *  - Object::GetInstanceTypeId is final (3.45): not overridden.
 *  - InternetStackHelper::SetTcp is gone, and Install skips nodes that have a stack (3.39).
 *  - WeakEsModel became StrongEndSystemModel (3.41): neither is touched.
 *  - Applications take the attribute "Remote" instead of address and port (3.44): ours always did;
 *    BulkSend and OnOff had it all along.
 *  - TypeId::SUPPORTED is deprecated (3.44): left to its default.
 *  - Ipv4InterfaceAddress::SetBroadcast is gone (3.47): address and mask say it.
 */

#include <ns3/nstime.h>
#include <ns3/tcp-socket-state.h>

#include <type_traits>
#include <utility>

namespace hoststack::compat
{

template <class State, class = void>
struct HasCwndLimited : std::false_type
{
};

template <class State>
struct HasCwndLimited<State, std::void_t<decltype(std::declval<State&>().m_isCwndLimited)>>
    : std::true_type
{
};

template <class State, class = void>
struct HasSmoothedRtt : std::false_type
{
};

template <class State>
struct HasSmoothedRtt<State, std::void_t<decltype(std::declval<State&>().m_srtt)>> : std::true_type
{
};

/**
 * Tells an ns-3 congestion control whether the window was full. Since 3.42 TcpCubic and
 * TcpLinuxReno grow only then (TcpSocketState::m_isCwndLimited); before, they had no such test.
 */
template <class State = ns3::TcpSocketState>
void
SetCwndLimited(State& state, [[maybe_unused]] bool limited)
{
    if constexpr (HasCwndLimited<State>::value)
    {
        state.m_isCwndLimited = limited;
    }
}

/**
 * Hands the smoothed and the last round-trip time to an ns-3 congestion control. Since 3.43 they
 * are m_srtt and m_lastRtt; before, m_lastRtt held the smoothed one.
 */
template <class State = ns3::TcpSocketState>
void
SetRtt(State& state, const ns3::Time& smoothed, [[maybe_unused]] const ns3::Time& last)
{
    if constexpr (HasSmoothedRtt<State>::value)
    {
        state.m_srtt = smoothed;
        state.m_lastRtt = last;
    }
    else
    {
        state.m_lastRtt = smoothed;
    }
}

} // namespace hoststack::compat

#endif // HS_NS3_COMPAT_H
