// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CONGESTION_NS3_ADAPTER_H
#define HS_CONGESTION_NS3_ADAPTER_H

#include "ns3/hs-congestion-control.h"

#include <ns3/ptr.h>
#include <ns3/tcp-congestion-ops.h>
#include <ns3/tcp-socket-state.h>

#include <cstdint>
#include <string>

namespace ns3
{

/**
 * True if \p name is a congestion control that a connection can be made with: one of hoststack's
 * registry, or "ns3:TcpVegas" (also "ns3::TcpVegas") for the ns-3 type of that name. The latter is
 * entered into the registry the first time it is asked for; its attributes keep the defaults that
 * Config::SetDefault gave them.
 */
bool KnowCongestion(const std::string& name);

/**
 * Any ns3::TcpCongestionOps as a congestion control of hoststack.
 *
 * The algorithm sees a TcpSocketState that is kept in step with the connection before every call:
 * windows and bytes in flight in bytes, last acknowledged and next sequence as stream offsets, RTT,
 * congestion state. What it writes to the congestion window, the threshold and the pacing rate is
 * taken over afterwards; a window that is no whole number of segments keeps its fraction.
 *
 * Limits: recovery itself (how fast the window falls, what is sent) stays hoststack's, as ns-3's
 * TcpRecoveryOps is no part of an algorithm. No echo of one-way delay, so TcpLedbat falls back to
 * NewReno; no access to ACK sending, so TcpDctcp runs without its CE state machine.
 */
class HoststackNs3Congestion : public hoststack::tcp::CongestionControl
{
  public:
    /// \p name as the registry has it; \p algorithm for this connection alone.
    HoststackNs3Congestion(std::string name, Ptr<TcpCongestionOps> algorithm);
    ~HoststackNs3Congestion() override;

    const char* Name() const override;
    void Init(hoststack::tcp::CongestionState& state) override;
    std::uint32_t Ssthresh(hoststack::tcp::CongestionState& state) override;
    void IncreaseWindow(hoststack::tcp::CongestionState& state, std::uint32_t acked) override;
    void OnAcked(hoststack::tcp::CongestionState& state,
                 std::uint32_t acked,
                 hoststack::TimeNs rtt) override;
    bool Control(hoststack::tcp::CongestionState& state,
                 const hoststack::tcp::RateSample& sample) override;
    bool HasFullControl() const override;
    void OnStateChange(hoststack::tcp::CongestionState& state,
                       hoststack::tcp::CaState next) override;
    void OnEvent(hoststack::tcp::CongestionState& state, hoststack::tcp::CaEvent event) override;
    bool NeedsPacing() const override;

  private:
    void ToNs3(const hoststack::tcp::CongestionState& state);
    void FromNs3(hoststack::tcp::CongestionState& state);

    std::string m_name;
    Ptr<TcpCongestionOps> m_algorithm;
    Ptr<TcpSocketState> m_state;
    Time m_lastRtt;
    std::uint32_t m_cwnd{0};     ///< segments at the end of the last call
    std::uint32_t m_ssthresh{0}; ///< likewise
};

} // namespace ns3

#endif // HS_CONGESTION_NS3_ADAPTER_H
