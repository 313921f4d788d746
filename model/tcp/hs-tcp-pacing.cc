// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-pacer.h"
#include "ns3/hs-tcp-sender.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr std::uint32_t kTimestampRoom = 12; // RFC 7323 with two NOPs

} // namespace

void
Sender::UsePacing(PacingSource& source)
{
    if (m_pacer->WantsHost())
    {
        MakePacer(&source.Pacing());
    }
}

void
Sender::MakePacer(PacingHost* host)
{
    const auto& config = *m_common.config;
    PacingWish wish;
    wish.isAsked = m_congestion->NeedsPacing() || config.maxPacingRate > 0;
    wish.mss = m_size.mss;
    wish.optionBytes = m_common.agreed.timestamps ? kTimestampRoom : 0;
    wish.burst = config.pacingBurst;
    wish.fixedRate = config.maxPacingRate;
    wish.host = host;
    wish.deviceHolds = m_common.sink.HoldsDepartures();
    if (host != nullptr)
    {
        wish.ready = [this](TimeNs now) { OnPacerReady(now); };
    }
    m_pacer = Pacers().Create(config.pacing, wish);
}

void
Sender::OnPacerReady(TimeNs now)
{
    m_cwnd.Tell().nextSendTime = now;
    m_pacingDeadline = now;
    m_common.sink.OnDeadlineMoved(now);
}

std::uint32_t
Sender::PacedSegments() const
{
    const auto wanted = std::max(m_pacer->BurstSegments(m_cwnd.PacingRate()), 1U);
    return std::min(wanted, std::max(m_common.config->gsoMaxBytes / m_size.mss, 1U));
}

} // namespace hoststack::tcp
