// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-congestion-ns3-adapter.h"

#include "ns3/hs-ns3-compat.h"

#include <ns3/data-rate.h>
#include <ns3/object-factory.h>
#include <ns3/tcp-rate-ops.h>
#include <ns3/type-id.h>

#include <algorithm>
#include <limits>
#include <memory>

namespace ns3
{

using hoststack::tcp::CaEvent;
using hoststack::tcp::CaState;
using hoststack::tcp::CongestionState;
using hoststack::tcp::RateSample;

namespace
{

constexpr std::uint32_t kInfinite = std::numeric_limits<std::uint32_t>::max();

/// "TcpVegas" of "ns3:TcpVegas" or "ns3::TcpVegas"; empty for other names.
std::string
Ns3TypeOf(const std::string& name)
{
    for (const std::string prefix : {"ns3::", "ns3:"})
    {
        if (name.compare(0, prefix.size(), prefix) == 0)
        {
            return "ns3::" + name.substr(prefix.size());
        }
    }
    return {};
}

std::uint32_t
Bytes(std::uint64_t segments, std::uint32_t mss)
{
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(segments * mss, kInfinite));
}

TcpSocketState::TcpCongState_t
ToNs3State(CaState state)
{
    switch (state)
    {
    case CaState::Open:
        return TcpSocketState::CA_OPEN;
    case CaState::Disorder:
        return TcpSocketState::CA_DISORDER;
    case CaState::Cwr:
        return TcpSocketState::CA_CWR;
    case CaState::Recovery:
        return TcpSocketState::CA_RECOVERY;
    case CaState::Loss:
        break;
    }
    return TcpSocketState::CA_LOSS;
}

TcpSocketState::TcpCAEvent_t
ToNs3Event(CaEvent event)
{
    switch (event)
    {
    case CaEvent::TxStart:
        return TcpSocketState::CA_EVENT_TX_START;
    case CaEvent::CwndRestart:
        return TcpSocketState::CA_EVENT_CWND_RESTART;
    case CaEvent::CompleteCwr:
        return TcpSocketState::CA_EVENT_COMPLETE_CWR;
    case CaEvent::EcnNoCe:
        return TcpSocketState::CA_EVENT_ECN_NO_CE;
    case CaEvent::EcnIsCe:
        return TcpSocketState::CA_EVENT_ECN_IS_CE;
    case CaEvent::Loss:
        break;
    }
    return TcpSocketState::CA_EVENT_LOSS;
}

void
SendNothing(std::uint8_t /* flags */)
{
}

} // namespace

bool
KnowCongestion(const std::string& name)
{
    auto& registry = hoststack::tcp::CongestionControls();
    if (registry.Has(name))
    {
        return true;
    }
    const auto typeName = Ns3TypeOf(name);
    TypeId tid;
    if (typeName.empty() || !TypeId::LookupByNameFailSafe(typeName, &tid) ||
        !tid.HasConstructor() ||
        // TcpCubic of ns-3.37 names the wrong parent.
        !(tid.IsChildOf(TcpCongestionOps::GetTypeId()) || typeName == "ns3::TcpCubic"))
    {
        return false;
    }
    registry.Add({name, "ns-3's " + typeName.substr(5), [name, tid] {
                      ObjectFactory factory;
                      factory.SetTypeId(tid);
                      return std::make_unique<HoststackNs3Congestion>(
                          name,
                          DynamicCast<TcpCongestionOps>(factory.Create()));
                  }});
    return true;
}

HoststackNs3Congestion::HoststackNs3Congestion(std::string name, Ptr<TcpCongestionOps> algorithm)
    : m_name(std::move(name)),
      m_algorithm(algorithm),
      m_state(CreateObject<TcpSocketState>())
{
    m_state->m_sendEmptyPacketCallback = MakeCallback(&SendNothing);
}

HoststackNs3Congestion::~HoststackNs3Congestion() = default;

const char*
HoststackNs3Congestion::Name() const
{
    return m_name.c_str();
}

void
HoststackNs3Congestion::ToNs3(const CongestionState& state)
{
    auto& s = *m_state;
    s.m_segmentSize = state.Facts().mss;
    if (state.Cwnd() != m_cwnd || s.m_cWnd == 0U)
    {
        s.m_cWnd = Bytes(state.Cwnd(), state.Facts().mss);
    }
    s.m_cWndInfl = s.m_cWnd;
    if (state.Ssthresh() != m_ssthresh || s.m_ssThresh == 0U)
    {
        s.m_ssThresh = Bytes(state.Ssthresh(), state.Facts().mss);
    }
    s.m_bytesInFlight = Bytes(state.Facts().inFlight, state.Facts().mss);
    s.m_lastAckedSeq = SequenceNumber32(static_cast<std::uint32_t>(state.Facts().sndUna));
    s.m_nextTxSequence = SequenceNumber32(static_cast<std::uint32_t>(state.Facts().sndNxt));
    s.m_highTxMark = s.m_nextTxSequence;
    s.m_congState = ToNs3State(state.Facts().caState);
    s.m_minRtt =
        state.Facts().minRtt == hoststack::kNever ? Time::Max() : NanoSeconds(state.Facts().minRtt);
    hoststack::compat::SetRtt(s, NanoSeconds(state.Facts().srtt), m_lastRtt);
    hoststack::compat::SetCwndLimited(s, state.Facts().isCwndLimited);
}

void
HoststackNs3Congestion::FromNs3(CongestionState& state)
{
    const auto& s = *m_state;
    state.SetCwnd(s.m_cWnd.Get() / state.Facts().mss);
    if (s.m_ssThresh.Get() != Bytes(state.Ssthresh(), state.Facts().mss))
    {
        state.SetSsthresh(std::max(s.m_ssThresh.Get() / state.Facts().mss, 1U));
    }
    if (s.m_pacing)
    {
        state.SetPacingRate(std::max<hoststack::BytesPerSecond>(
            std::min<hoststack::BytesPerSecond>(s.m_pacingRate.Get().GetBitRate() / 8,
                                                state.Facts().maxPacingRate),
            1));
    }
    m_cwnd = state.Cwnd();
    m_ssthresh = state.Ssthresh();
}

void
HoststackNs3Congestion::Init(CongestionState& state)
{
    auto& s = *m_state;
    s.m_initialCWnd = state.Cwnd(); // segments, unlike m_cWnd
    s.m_initialSsThresh = kInfinite;
    // TcpSocketBase's defaults; an algorithm without a pacer of its own does not look at them.
    s.m_pacingSsRatio = 200;
    s.m_pacingCaRatio = 120;
    s.m_maxPacingRate =
        DataRate(std::min<std::uint64_t>(state.Facts().maxPacingRate, ~std::uint64_t{0} / 8) * 8);
    m_lastRtt = state.Facts().srtt > 0 ? NanoSeconds(state.Facts().srtt) : Time(0);
    ToNs3(state);
    m_algorithm->Init(m_state);
    m_algorithm->CongestionStateSet(m_state, TcpSocketState::CA_OPEN);
    FromNs3(state);
}

std::uint32_t
HoststackNs3Congestion::Ssthresh(CongestionState& state)
{
    ToNs3(state);
    const auto bytes = m_algorithm->GetSsThresh(m_state, m_state->m_bytesInFlight);
    return std::max(bytes / state.Facts().mss, 2U);
}

void
HoststackNs3Congestion::IncreaseWindow(CongestionState& state, std::uint32_t acked)
{
    ToNs3(state);
    m_algorithm->IncreaseWindow(m_state, acked);
    FromNs3(state);
}

void
HoststackNs3Congestion::OnAcked(CongestionState& state, std::uint32_t acked, hoststack::TimeNs rtt)
{
    if (rtt >= 0)
    {
        m_lastRtt = NanoSeconds(rtt);
    }
    ToNs3(state);
    m_state->m_lastAckedSackedBytes = Bytes(acked, state.Facts().mss);
    m_algorithm->PktsAcked(m_state, acked, m_lastRtt);
    FromNs3(state);
}

bool
HoststackNs3Congestion::Control(CongestionState& state, const RateSample& sample)
{
    if (!m_algorithm->HasCongControl())
    {
        return false;
    }
    ToNs3(state);
    TcpRateOps::TcpRateConnection connection;
    connection.m_delivered = state.Facts().delivered * state.Facts().mss;
    connection.m_deliveredTime = NanoSeconds(state.Facts().now);
    connection.m_appLimited =
        static_cast<std::uint32_t>(state.Facts().appLimitedUntil * state.Facts().mss);
    connection.m_txItemDelivered =
        static_cast<std::uint32_t>(sample.priorDelivered * state.Facts().mss);
    TcpRateOps::TcpRateSample rate;
    rate.m_isAppLimited = sample.isAppLimited;
    rate.m_priorDelivered = static_cast<std::uint32_t>(sample.priorDelivered * state.Facts().mss);
    rate.m_bytesLoss = Bytes(sample.losses, state.Facts().mss);
    rate.m_priorInFlight = Bytes(sample.priorInFlight, state.Facts().mss);
    rate.m_ackedSacked = Bytes(sample.ackedSacked, state.Facts().mss);
    if (sample.interval > 0 && sample.delivered >= 0)
    {
        const auto bytes = static_cast<std::uint64_t>(sample.delivered) * state.Facts().mss;
        rate.m_interval = NanoSeconds(sample.interval);
        rate.m_delivered = static_cast<std::int32_t>(bytes);
        rate.m_priorTime = NanoSeconds(state.Facts().now - sample.interval);
        rate.m_deliveryRate = DataRate(static_cast<std::uint64_t>(
            static_cast<double>(bytes) * 8 * hoststack::kSecond / sample.interval));
    }
    m_algorithm->CongControl(m_state, connection, rate);
    FromNs3(state);
    return true;
}

bool
HoststackNs3Congestion::HasFullControl() const
{
    return m_algorithm->HasCongControl();
}

void
HoststackNs3Congestion::OnStateChange(CongestionState& state, CaState next)
{
    ToNs3(state);
    m_algorithm->CongestionStateSet(m_state, ToNs3State(next));
    FromNs3(state);
}

void
HoststackNs3Congestion::OnEvent(CongestionState& state, CaEvent event)
{
    ToNs3(state);
    m_algorithm->CwndEvent(m_state, ToNs3Event(event));
    FromNs3(state);
}

bool
HoststackNs3Congestion::NeedsPacing() const
{
    // An algorithm that controls everything computes a pacing rate (TcpBbr).
    return m_algorithm->HasCongControl();
}

} // namespace ns3
