// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LIVE_MESSAGES_H
#define HS_LIVE_MESSAGES_H

#include "ns3/hs-kernel-picture.h"
#include "ns3/hs-relay-metrics.h"
#include "ns3/hs-stream-record.h"
#include "ns3/hs-units.h"

#include <array>
#include <cstdint>
#include <string>

/**
 * \file
 * What the simulator and the process on the kernel's side tell each other, one message per packet
 * of a local socket (SOCK_SEQPACKET). Both are the same program, so values go as they lie in
 * memory. Times are CLOCK_MONOTONIC.
 */
namespace hoststack
{

/// Of one end of a traffic of datagrams.
struct DatagramNews
{
    std::uint64_t sent{0}; ///< by this end, so far
    TimeNs overAt{-1};     ///< when it had sent all
    TimeNs arrivedAt{-1};  ///< when one has arrived; -1: none has
    TimeNs delay{-1};      ///< of it
    std::uint64_t bytes{0};
    bool isLate{false}; ///< after one that was sent later
};

/// To the kernel's side.
struct LiveOrder
{
    enum class Kind : std::uint8_t
    {
        Open,    ///< connect all connections of `index`, a leg of the plan
        Stop,    ///< ... finish them
        Abort,   ///< ... reset them
        Send,    ///< begin with datagrams `index`
        Cease,   ///< ... send no more
        Command, ///< the `ip` command of event `index`
        Report,  ///< send all records and counters, then Done
    };

    Kind kind{Kind::Open};
    std::uint32_t index{0};
};

/// From the kernel's side.
struct LiveNotice
{
    enum class Kind : std::uint8_t
    {
        Device,     ///< carries the descriptor of device `index` of the plan
        Ready,      ///< the namespace is there, all listeners listen
        Cannot,     ///< this machine cannot; `text` says why
        Failed,     ///< something went wrong that should not; `text` says what
        Record,     ///< of `session` of leg `index`
        Datagrams,  ///< news of datagrams `index`
        Relay,      ///< what the proxy that takes the connections of leg `index` has done
        Answer,     ///< `session` of leg `index` got an answer after `value` ns
        Resumption, ///< ... found its window open again after `value` ns
        Counter,    ///< `text` has `value`
        Setting,    ///< number `index` of the plan's settings is `value`, a SettingRecord::State;
                    ///< `text`
        Done,       ///< all that was asked for has been sent
    };

    Kind kind{Kind::Ready};
    std::uint32_t index{0};
    std::uint32_t session{0};
    std::int64_t value{0};
    StreamRecord record;
    KernelPicture picture; ///< of a record
    RelayFigures relay;
    DatagramNews datagrams;
    std::array<char, 512> text{}; ///< ends with 0
};

/// CLOCK_MONOTONIC as MonotonicClock has it, ns.
TimeNs MonotonicNow();

/// \p text as a message has room for it.
void SetText(LiveNotice& notice, const std::string& text);

/// \name Messages over a SOCK_SEQPACKET socket
/// \return false if the other side is gone
/// @{
bool SendOrder(int socket, const LiveOrder& order);
bool ReceiveOrder(int socket, LiveOrder& order);
/// \param descriptor goes along unless it is negative
bool SendNotice(int socket, const LiveNotice& notice, int descriptor = -1);
/// \param descriptor one that came along, else -1
bool ReceiveNotice(int socket, LiveNotice& notice, int& descriptor);
/// @}

} // namespace hoststack

#endif // HS_LIVE_MESSAGES_H
