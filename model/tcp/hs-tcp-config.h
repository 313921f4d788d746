// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_CONFIG_H
#define HS_TCP_CONFIG_H

#include "ns3/hs-buffer-scheme.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <memory>
#include <string>

namespace hoststack::tcp
{

/// When the host uses ECN (RFC 3168; values of Linux' net.ipv4.tcp_ecn in brackets).
enum class EcnMode : std::uint8_t
{
    Off,     ///< never (0)
    Passive, ///< when the peer asks for it (2, Linux' default)
    On,      ///< asked for and granted (1)
};

/**
 * Everything a TCP connection can be told before it starts. The defaults are those of Linux 6.12
 * (facts sheet linux.md sections 6 and 12) unless a line says otherwise; profiles under
 * `scenarios/profiles/os/` select others.
 */
struct Config
{
    // Named variants.
    std::string congestion{"cubic"};  ///< registry of congestion controls
    std::string recovery{"rack-tlp"}; ///< registry of loss recoveries
    std::string window{"linux"};      ///< registry of receive-window policies
    std::string acks{"linux"};        ///< registry of ACK policies
    std::string rto{"linux"};         ///< registry of RTT estimators
    std::string pacing{"auto"};       ///< registry of pacers

    // Wire.
    std::uint32_t mss{1460};  ///< MSS to announce, from the MTU (bytes, RFC 9293 3.7.1)
    bool windowScaling{true}; ///< RFC 7323
    bool timestamps{true};    ///< RFC 7323
    bool sack{true};          ///< RFC 2018
    bool dsack{true};         ///< RFC 2883
    EcnMode ecn{EcnMode::Passive};
    bool nagle{true}; ///< Minshall's variant, as Linux

    // Sender.
    std::uint32_t initialCwnd{10};             ///< segments (RFC 6928)
    std::uint32_t initialSsthresh{0x7fffffff}; ///< segments
    std::uint32_t reordering{3};               ///< duplicate-ACK threshold (tcp_reordering)
    std::uint32_t maxReordering{300};          ///< tcp_max_reordering
    bool limitedTransmit{true};                ///< RFC 3042 (duplicate-ACK recovery)
    bool prr{true};                            ///< RFC 6937; off: cwnd = ssthresh at once
    bool undo{true};                           ///< Eifel (RFC 3522) and DSACK undo
    bool frto{true};                           ///< RFC 5682 with SACK
    bool slowStartAfterIdle{true};             ///< RFC 2861 as Linux
    std::uint32_t gsoMaxBytes{65536};          ///< largest super-segment, bytes
    std::uint32_t gsoMaxSegments{65535};
    std::uint32_t minTsoSegments{2};           ///< tcp_min_tso_segs
    bool tsoDefer{true};                       ///< tcp_tso_should_defer
    bool halvesBursts{true};                   ///< half of the window at once (tcp_cwnd_test)
    std::uint32_t pacingSlowStartPercent{200}; ///< tcp_pacing_ss_ratio
    std::uint32_t pacingAvoidancePercent{120}; ///< tcp_pacing_ca_ratio
    std::uint32_t pacingShift{10};             ///< sk_pacing_shift
    BytesPerSecond maxPacingRate{0};           ///< SO_MAX_PACING_RATE, bytes/s; 0: none
    std::uint32_t pacingBurst{0}; ///< largest paced burst, segments; 0: the pacer's own

    // Receiver.
    bool quickAck{true};                         ///< initial quick-ACK credit (linux.md 6.9.3)
    TimeNs delayedAckMin{40 * kMillisecond};     ///< TCP_DELACK_MIN / TCP_ATO_MIN
    TimeNs delayedAckMax{200 * kMillisecond};    ///< TCP_DELACK_MAX
    TimeNs compressedAckDelay{1 * kMillisecond}; ///< tcp_comp_sack_delay_ns; 0: off
    TimeNs compressedAckSlack{100 * kMicrosecond};
    std::uint32_t compressedAckCount{44}; ///< tcp_comp_sack_nr
    bool shrinkWindow{false};             ///< tcp_shrink_window
    /// Right-sizing as from 6.17 on (tcp_rcvbuf_grow): no margin of 16 MSS, holes count.
    bool tuneWithoutMargin{false};
    /// The receiver's RTT falls with the first lower sample (6.16, 6.12.35). Off: it is smoothed.
    bool latchReceiverRtt{false};
    /// A clamp that rises with the first full segment lifts the window's threshold to what was
    /// announced (6.14: tcp_measure_rcv_mss calls tcp_set_window_clamp). Off: the clamp alone
    /// rises.
    bool clampLiftsThreshold{true};

    // Buffers, bytes as the kernel counts them (sk_rcvbuf, sk_sndbuf: twice SO_*BUF).
    std::uint32_t receiveBuffer{131072};     ///< tcp_rmem[1]
    std::uint32_t receiveBufferMax{6291456}; ///< tcp_rmem[2]
    bool receiveBufferLocked{false};         ///< set by SO_RCVBUF: no auto-tuning
    std::uint32_t sendBuffer{16384};         ///< tcp_wmem[1]
    std::uint32_t sendBufferMax{4194304};    ///< tcp_wmem[2]
    bool sendBufferLocked{false};            ///< set by SO_SNDBUF
    std::uint32_t receiveLowat{1};           ///< SO_RCVLOWAT
    std::uint32_t notsentLowat{~0u};         ///< TCP_NOTSENT_LOWAT; ~0: none
    TruesizeModel truesize;

    // Timers.
    TimeNs tick{4 * kMillisecond};     ///< jiffy (HZ 250); 0: exact timers
    TimeNs rtoInitial{1 * kSecond};    ///< RFC 6298, TCP_TIMEOUT_INIT
    TimeNs rtoMin{200 * kMillisecond}; ///< tcp_rto_min_us (1 s in RFC 6298)
    TimeNs rtoMax{120 * kSecond};
    std::uint32_t synRetries{6};
    std::uint32_t synLinearTimeouts{4}; ///< linux.md 6.5.2
    std::uint32_t synAckRetries{5};
    std::uint32_t retries2{15};                  ///< gives up after that many back-offs
    bool detectsBlackHoles{false};               ///< tcp_mtu_probing 1
    TimeNs userTimeout{0};                       ///< TCP_USER_TIMEOUT (RFC 5482); 0: none
    TimeNs timeWait{60 * kSecond};               ///< TCP_TIMEWAIT_LEN
    TimeNs finWait2{60 * kSecond};               ///< tcp_fin_timeout
    TimeNs invalidRateLimit{500 * kMillisecond}; ///< tcp_invalid_ratelimit
    bool keepAlive{false};                       ///< SO_KEEPALIVE
    TimeNs keepAliveTime{7200 * kSecond};
    TimeNs keepAliveInterval{75 * kSecond};
    std::uint32_t keepAliveProbes{9};
};

/**
 * \p config, or a copy of it in which values that no connection could work with (nothing in flight,
 * buffers of nothing, a time-out of zero) are the nearest ones that it can. A connection does this
 * by itself; whoever reads settings from a user says more (place, expected) and says it earlier.
 */
std::shared_ptr<const Config> Usable(std::shared_ptr<const Config> config);

} // namespace hoststack::tcp

#endif // HS_TCP_CONFIG_H
