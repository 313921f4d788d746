// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-coupled-congestion.h"

#include "ns3/hs-congestion-balia.h"
#include "ns3/hs-congestion-lia.h"
#include "ns3/hs-congestion-olia.h"
#include "ns3/hs-congestion-reno.h"
#include "ns3/hs-congestion-wvegas.h"

#include <algorithm>
#include <cmath>

namespace hoststack::mptcp
{

void
CoupledGroup::Leave(CoupledCongestion& member)
{
    m_members.erase(std::remove(m_members.begin(), m_members.end(), &member), m_members.end());
}

CoupledCongestion::CoupledCongestion(std::shared_ptr<CoupledGroup> group)
    : m_group(std::move(group))
{
    m_group->Enter(*this);
}

CoupledCongestion::~CoupledCongestion()
{
    m_group->Leave(*this);
}

void
CoupledCongestion::Init(tcp::CongestionState& state)
{
    Look(state);
}

void
CoupledCongestion::Look(const tcp::CongestionState& state)
{
    m_window = state.Cwnd();
    m_rtt = ToSeconds(state.Facts().srtt);
}

std::uint32_t
CoupledCongestion::Ssthresh(tcp::CongestionState& state)
{
    Look(state);
    m_credit = 0;
    return std::max(2u, static_cast<std::uint32_t>(Decreased()));
}

double
CoupledCongestion::Decreased() const
{
    return m_window / 2;
}

void
CoupledCongestion::OnAcked(tcp::CongestionState& state, std::uint32_t /*acked*/, TimeNs /*rtt*/)
{
    Look(state);
}

void
CoupledCongestion::IncreaseWindow(tcp::CongestionState& state, std::uint32_t acked)
{
    if (state.InSlowStart())
    {
        acked = tcp::SlowStart(state, acked);
    }
    if (acked > 0)
    {
        Look(state);
        Grow(state, acked * IncreasePerSegment());
    }
    Look(state);
}

void
CoupledCongestion::Grow(tcp::CongestionState& state, double segments)
{
    m_credit += segments;
    const double whole = std::trunc(m_credit);
    m_credit -= whole;
    const double window = std::max(2.0, state.Cwnd() + whole);
    state.SetCwnd(static_cast<std::uint32_t>(std::min<double>(window, state.Facts().cwndClamp)));
}

Registry<tcp::CongestionControl, std::shared_ptr<CoupledGroup>>&
CoupledCongestionControls()
{
    using Group = std::shared_ptr<CoupledGroup>;
    static Registry<tcp::CongestionControl, Group> registry(
        "coupled congestion control",
        {
            {"lia",
             "linked increases (RFC 6356)",
             [](Group g) { return std::make_unique<LiaCongestion>(std::move(g)); }},
            {"olia",
             "opportunistic linked increases: Pareto-optimal",
             [](Group g) { return std::make_unique<OliaCongestion>(std::move(g)); }},
            {"balia",
             "balanced linked adaptation: between LIA and OLIA",
             [](Group g) { return std::make_unique<BaliaCongestion>(std::move(g)); }},
            {"wvegas",
             "weighted Vegas: by delay, equal queues on all paths",
             [](Group g) { return std::make_unique<WeightedVegasCongestion>(std::move(g)); }},
        });
    return registry;
}

} // namespace hoststack::mptcp
