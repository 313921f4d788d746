// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-pacer.h"
#include "ns3/hs-tcp-receiver.h"
#include "ns3/hs-tcp-sender.h"

#include <algorithm>
#include <utility>

namespace hoststack::tcp
{

namespace
{

constexpr std::uint32_t kTimestampRoom = 12; // RFC 7323 with two NOPs

/// From \p next to \p end, if that is beyond it.
std::uint64_t
Left(std::uint64_t next, std::uint64_t end)
{
    return end > next ? end - next : 0;
}

} // namespace

void
Sender::UsePacing(PacingSource& source)
{
    if (m_pacer->WantsHost())
    {
        MakePacer(&source.Pacing(), &source);
    }
}

AlarmPointer
Sender::NewAlarm(Alarm::Owner& owner, Clock& clock)
{
    return m_pacer->NewAlarm(owner, clock);
}

bool
Sender::TakesBatches() const
{
    return m_pacer->TakesBatches();
}

InputWait
Sender::KeepsInput()
{
    const auto state = m_board.State();
    return m_pacer->KeepsInput(m_timer.kind == RtxTimer::Reordering,
                               state == CaState::Recovery || state == CaState::Loss);
}

bool
Sender::OpensGap(TimeNs now)
{
    if (!m_pace.holdsAcks || m_cwnd.Facts().nextSendTime <= now || !m_pacer->OnTimer())
    {
        return false;
    }
    m_cwnd.Tell().nextSendTime = now;
    return true;
}

bool
Sender::HoldsAck(TimeNs now)
{
    // Later ones are the end's, and not the stack's any more.
    const bool isOpen = m_common.state == State::Established ||
                        m_common.state == State::CloseWait || m_common.state == State::FinWait1;
    m_pace.ackWaits = m_pace.holdsAcks && isOpen && m_cwnd.Facts().nextSendTime > now;
    return m_pace.ackWaits;
}

bool
Sender::IsAckHeld() const
{
    return m_pace.ackWaits;
}

void
Sender::MakePacer(PacingHost* host, const PacingSource* source)
{
    const auto& config = *m_common.config;
    PacingWish wish;
    wish.isAsked = m_congestion->NeedsPacing() || config.maxPacingRate > 0;
    wish.mss = m_size.mss;
    wish.optionBytes = m_common.agreed.timestamps ? kTimestampRoom : 0;
    wish.slowStart = config.pacingSlowStartPercent;
    wish.avoidance = config.pacingAvoidancePercent;
    wish.burst = config.pacingBurst;
    wish.fixedRate = config.maxPacingRate;
    wish.host = host;
    wish.deviceHolds = m_common.sink.HoldsDepartures();
    if (source != nullptr)
    {
        const auto flowId = source->FlowId();
        wish.hasFlowId = flowId.has_value();
        wish.flowId = flowId.value_or(0);
        wish.device = source->Device();
    }
    if (host != nullptr)
    {
        wish.ready = [this](TimeNs now) { OnPacerReady(now); };
    }
    auto pacer = Pacers().Create(config.pacing, wish);
    pacer->Follow(*m_pacer);
    m_pacer = std::move(pacer);
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

OutputView
Sender::ViewOutput(const TcpSegment& burst, bool isRepair) const
{
    const auto inFlight = m_board.InFlight();
    const auto cwnd = m_cwnd.Cwnd();
    OutputView view;
    view.bytes = burst.payload.Length();
    view.segment = m_size.mss;
    view.unsent = Left(m_board.SndNxt(), m_buffer.End());
    view.windowLeft = Left(m_board.SndNxt(), WindowEnd());
    view.congestionLeft = cwnd > inFlight ? std::uint64_t{cwnd - inFlight} * m_size.mss : 0;
    view.cwnd = std::uint64_t{cwnd} * m_size.mss;
    view.ssthresh = std::uint64_t{m_cwnd.Ssthresh()} * m_size.mss;
    view.peerWindow = m_window.size;
    view.acked = m_board.SndUna();
    view.sent = m_board.SndNxt();
    if (!m_board.Map().Empty() && m_board.Map().At(0).transmissions == 1)
    {
        view.oldestSent = m_board.Map().At(0).sentAt;
    }
    view.rate = m_cwnd.PacingRate();
    view.minRtt = m_board.MinRtt();
    view.srtt = m_rtt->Srtt();
    view.isRepair = isRepair;
    view.isPlain = !burst.Has(kFin) && m_common.extension == nullptr;
    view.isProbing = m_probe.isLeaving || m_probe.highSeq != 0;
    view.isRecovering = m_board.State() == CaState::Recovery || m_board.State() == CaState::Cwr;
    view.hasLosses = m_board.LostOut() > m_board.RetransOut();
    view.hasSackBlocks = m_receiver.HasSackBlocks();
    return view;
}

void
Sender::TellAcking(std::uint64_t ack)
{
    const auto& map = m_board.Map();
    AckedSends sends;
    const auto last = map.Find(ack - 1);
    if (last < map.Size())
    {
        sends.last = map.At(last).sentAt;
        sends.lastFirst = map.At(last).firstSentAt;
    }
    const auto from = std::max(m_pacer->MeasuresFrom(), std::uint64_t{1});
    for (auto i = map.Find(from - 1); i < map.Size() && map.At(i).begin < ack; ++i)
    {
        const auto& range = map.At(i);
        if (range.begin > 0 && !range.sacked && range.transmissions == 1)
        {
            sends.fresh = range.sentAt;
            break;
        }
    }
    m_pacer->OnAcking(sends);
}

void
Sender::TellAcked(TimeNs now, const AckDigest& digest)
{
    const auto next = m_board.SndNxt();
    const auto state = m_board.State();
    AckProgress view;
    view.now = now;
    view.ack = m_board.SndUna();
    view.acked = view.ack - digest.priorUna;
    view.sent = next;
    view.unsent = Left(next, m_buffer.End());
    view.windowLeft = Left(next, WindowEnd());
    view.peerWindow = m_window.size;
    view.srtt = m_rtt->Srtt();
    if (digest.lastAckedSent >= 0 && !digest.retransmittedAcked)
    {
        view.rtt = now - digest.lastAckedSent;
    }
    if (!m_board.Map().Empty())
    {
        view.oldestSent = m_board.Map().At(0).sentAt;
    }
    view.isRecovering = state == CaState::Recovery || state == CaState::Cwr;
    if (m_pacer->OnAcked(view))
    {
        m_cwnd.Tell().nextSendTime = now;
    }
}

} // namespace hoststack::tcp
