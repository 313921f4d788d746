// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-sender.h"

#include "ns3/hs-tcp-receiver.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr std::uint32_t kTimestampBytes = 12; // RFC 7323 with two NOPs
constexpr std::uint32_t kDefaultMss = 536;    // RFC 9293 section 3.7.1
constexpr std::uint32_t kMinMss = 48;         // tcp_min_snd_mss

} // namespace

Sender::Sender(Common& common, Receiver& receiver)
    : m_common(common),
      m_receiver(receiver),
      m_congestion(CongestionControls().Create(common.config->congestion)),
      m_recovery(LossRecoveries().Create(common.config->recovery, *common.config)),
      m_rtt(RttEstimators().Create(common.config->rto, *common.config)),
      m_pacer(Pacers().Create(common.config->pacing, PacingWish()))
{
    const auto& config = *common.config;
    m_writes.nagle = config.nagle;
    m_cwnd.SetCwnd(config.initialCwnd);
    m_cwnd.SetSsthresh(config.initialSsthresh);
    m_board.SetReordering(config.reordering);
    m_cwnd.Tell().reordering = config.reordering;
    if (config.maxPacingRate > 0)
    {
        m_cwnd.Tell().maxPacingRate = config.maxPacingRate;
    }
    m_bufferLimit = config.sendBuffer;
    m_buffer.Reset(1);
}

Sender::~Sender() = default;

void
Sender::SetCongestion(std::unique_ptr<CongestionControl> congestion)
{
    m_congestion = std::move(congestion);
}

void
Sender::OnSynSent(TimeNs now, bool again)
{
    if (!again)
    {
        m_board.Append(1, 1, static_cast<std::uint16_t>(m_size.mss), now);
        ArmRtx(now, RtxTimer::Retransmit, Rto());
    }
    else
    {
        m_board.MarkProbed(m_board.Map().At(0), now);
        ++m_common.troubles.Own().retransmissions;
        if (m_episode->retransmitStamp < 0)
        {
            m_episode.Own().retransmitStamp = now;
        }
    }
    m_cwnd.Tell().lastSendTime = now;
}

void
Sender::OnPeerSyn(const TcpSegment& syn)
{
    const auto& o = syn.options;
    m_size.peer = static_cast<std::uint16_t>(o.hasMss ? std::max<std::uint32_t>(o.mss, kMinMss)
                                                      : kDefaultMss);
    m_windowShift = m_common.agreed.scaling ? std::min<std::uint8_t>(o.windowScale, 14) : 0;
    m_window.size = m_window.most = syn.window; // never scaled on a SYN (RFC 7323 section 2.2)
    m_window.begin = 0;
    m_board.UseSack(m_common.agreed.sack);
    UpdateMss(true);
}

void
Sender::RestartWindow(const TcpSegment& segment)
{
    // tcp_create_openreq_child
    m_window.size = m_window.most = PeerWindow(segment);
    BoundMss();
}

bool
Sender::EndHandshake()
{
    const bool repeated = m_timer.retransmits > 1;
    m_timer.retransmits = 0;
    m_timer.backoff = 0;
    return repeated;
}

void
Sender::Establish(TimeNs now, bool repeated)
{
    const auto& config = *m_common.config;
    // tcp_init_transfer, whatever the handshake's last ACK did; one segment: RFC 5681 section 3.1
    m_cwnd.SetCwnd(repeated ? 1 : config.initialCwnd);
    SyncCongestionState(now);
    m_cwnd.Tell().tick = config.tick;
    m_cwnd.Tell().gsoMaxBytes = config.gsoMaxBytes;
    m_cwnd.Tell().pacingShift = static_cast<std::uint8_t>(config.pacingShift);
    m_cwnd.Tell().seed = m_common.iss.Value();
    MakePacer(m_pacer->Host());
    m_cwnd.Tell().isPaced = m_pacer->HoldsOutput();
    m_pace.isSized = m_cwnd.Facts().isPaced && m_pacer->BurstSegments(1) > 0;
    m_pace.halves = config.halvesBursts && !m_pace.isSized;
    m_pace.isBelow = m_pacer->LeavesToDevice();
    m_pace.isWatched = m_pacer->WatchesOutput();
    m_pace.holdsAcks = m_pacer->HoldsAcks() && m_common.extension == nullptr;
    m_congestion->Init(m_cwnd);
    if (!m_congestion->HasFullControl())
    {
        UpdatePacingRate();
    }
    m_rate.deliveredAt = m_rate.firstSentInRound = now;
    m_usage.stamp = now;
    if (!config.sendBufferLocked)
    {
        m_bufferLimit = WantedBuffer(); // tcp_init_buffer_space: room for the first window
    }
    SetLimit(now, Limit::Application);
    m_common.traffic.cwndMost = std::max(m_common.traffic.cwndMost, m_cwnd.Cwnd());
}

void
Sender::UpdateMss(bool isFirst)
{
    const auto& config = *m_common.config;
    const std::uint32_t options = m_common.agreed.timestamps ? kTimestampBytes : 0;
    const auto most =
        std::min({std::uint32_t{m_size.peer}, config.mss, m_size.path, m_size.bound + options});
    const auto least = kMinMss - options;
    // tcp_sync_mss: what the handshake agreed; rates and windows count in it. tcp_current_mss: less
    // what the extension's options take of the segments that leave.
    m_size.cached =
        std::min<std::uint32_t>(std::max(most - std::min(most, options), least), m_size.fallback);
    const std::uint32_t more = m_common.extension ? m_common.extension->DataOptionBytes() : 0;
    m_size.mss =
        std::min(std::max(m_size.cached - std::min(m_size.cached, more), least), m_size.cached);
    m_board.SetMss(m_size.cached);
    m_cwnd.Tell().mss = m_size.cached;
    const auto advMss = config.mss > options ? config.mss - options : 1;
    if (isFirst)
    {
        m_receiver.SetMss(advMss, m_size.mss);
    }
    else
    {
        m_receiver.SetAdvMss(advMss);
    }
}

void
Sender::BoundMss()
{
    // tcp_bound_to_half_wnd: two segments fit into the largest window that was seen, or one into a
    // tiny one.
    const std::uint32_t options = m_common.agreed.timestamps ? kTimestampBytes : 0;
    const std::uint32_t least = kMinMss - options; // 68 less the headers
    const auto window =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(m_window.most, 1u << 30));
    const auto cutoff = window > kDefaultMss ? window / 2 : window;
    const auto bound = cutoff > 0 ? std::max(cutoff, least) : SegmentSize::kUnbound;
    if (bound != m_size.bound &&
        std::min(bound, m_size.bound) < std::min<std::uint32_t>(m_size.peer, m_common.config->mss))
    {
        m_size.bound = bound;
        UpdateMss(false);
    }
}

bool
Sender::MayUpdateWindow(std::uint64_t begin, std::uint64_t ack, std::uint64_t window) const
{
    // RFC 9293 section 3.10.7.4; on the same numbers Linux takes a larger window, and none.
    return ack > m_board.SndUna() || begin > m_window.begin ||
           (begin == m_window.begin && (window > m_window.size || window == 0));
}

bool
Sender::UpdateWindow(const TcpSegment& segment, std::uint64_t begin, std::uint64_t ack)
{
    std::uint32_t window = segment.window;
    if (!segment.Has(kSyn))
    {
        window <<= m_windowShift;
    }
    if (!MayUpdateWindow(begin, ack, window))
    {
        return false;
    }
    m_window.begin = begin;
    const bool changed = window != m_window.size;
    m_window.size = window;
    if (window > m_window.most)
    {
        m_window.most = window;
        BoundMss();
    }
    return changed;
}

bool
Sender::LimitPathMss(std::uint32_t mss)
{
    const bool isNews = mss < std::min(m_common.config->mss, m_size.path);
    m_size.path = std::min(m_size.path, mss);
    UpdateMss(false);
    return isNews;
}

bool
Sender::RaiseWindow(std::uint64_t bytes)
{
    // mptcp_check_allowed_size; max_window keeps to what the peer itself has announced.
    const bool raises = m_window.size < bytes;
    m_window.size =
        std::max(m_window.size, static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, ~0u)));
    return raises;
}

void
Sender::QueueFin()
{
    m_finQueued = true;
}

void
Sender::SetCork(TimeNs now, bool on)
{
    m_writes.corked = on;
    if (!on)
    {
        PushPending(now);
    }
}

void
Sender::SetNoDelay(TimeNs now, bool on)
{
    m_writes.nagle = !on;
    if (on)
    {
        // __tcp_sock_set_nodelay: what waits leaves, once even past a cork.
        PushHeld(now, Hold::Nothing);
    }
}

void
Sender::PushHeld(TimeNs now, Hold hold)
{
    m_writes.hold = hold;
    PushPending(now);
    m_writes.hold = Hold::ByRule;
}

void
Sender::StartClock(TimeNs now)
{
    m_limitSince = now;
}

TimeNs
Sender::IdleTime(TimeNs now) const
{
    const bool idle = m_limit == Limit::Application && m_common.state != State::Closed;
    return m_common.limitTimes.Of(Limit::Application) + (idle ? now - m_limitSince : 0);
}

/// Times count until the end of the connection.
TimeNs
Sender::LimitEnd(TimeNs now) const
{
    const auto& traffic = m_common.traffic;
    return traffic.end == End::Open ? now : std::max(m_limitSince, traffic.endedAt);
}

void
Sender::SetLimit(TimeNs now, Limit limit)
{
    if (m_limit == limit && m_common.traffic.end == End::Open)
    {
        return; // the time goes on
    }
    m_common.limitTimes.Add(m_limit, LimitEnd(now) - m_limitSince);
    m_limitSince = now;
    m_limit = limit;
}

void
Sender::RestartPeaks()
{
    m_common.traffic.rttLeast = kNever;
    m_common.traffic.rttMost = 0;
    m_common.traffic.cwndMost = m_cwnd.Cwnd();
}

void
Sender::Clear()
{
    StopTimers();
    m_board.Clear();
    if (m_account)
    {
        m_account->Uncharge(m_account->Used(MemoryUse::Send), MemoryUse::Send);
    }
}

bool
Sender::IsClear() const
{
    return m_board.PacketsOut() == 0 && m_board.Map().Empty();
}

void
Sender::Describe(TimeNs now, Info& info) const
{
    info.caState = m_board.State();
    info.mss = m_size.cached; // tcpi_snd_mss
    info.cwnd = m_cwnd.Cwnd();
    info.ssthresh = m_cwnd.Ssthresh();
    info.inFlight = m_board.InFlight();
    info.sendWindow = static_cast<std::uint32_t>(m_window.size);
    info.sendBuffer = m_bufferLimit;
    info.sendQueue = Queued();
    info.unsent = static_cast<std::uint32_t>(
        m_buffer.End() - std::min(m_buffer.End(), std::max<std::uint64_t>(m_board.SndNxt(), 1)));
    info.srtt = m_rtt->Srtt();
    info.rttvar = m_rtt->Rttvar();
    info.minRtt = m_board.MinRtt() == kNever ? 0 : m_board.MinRtt();
    info.rto = Rto();
    info.pacingRate = m_cwnd.PacingRate();
    info.outputs = m_pacer->Outputs();
    info.deliveryRate = m_rate.interval > 0
                            ? static_cast<BytesPerSecond>(static_cast<double>(m_rate.delivered) *
                                                          m_size.cached * kSecond / m_rate.interval)
                            : 0;
    info.bytesAcked = m_board.SndUna() > 0 ? m_board.SndUna() - 1 : 0;
    if (FinAcked())
    {
        --info.bytesAcked;
    }
    info.limitedFor[static_cast<std::size_t>(m_limit)] += LimitEnd(now) - m_limitSince;
}

const char*
Sender::Inconsistency(bool canSend, bool waits) const
{
    const auto& b = m_board;
    if (const char* fault = b.Inconsistency())
    {
        return fault;
    }
    const bool timerRuns = m_timer.kind != RtxTimer::None;
    const bool unsent = canSend && !waits && IsUnsent();
    return timerRuns != (m_timer.deadline != kNever) ? "a timer has no deadline, or none has one"
           : b.PacketsOut() > 0 && !timerRuns && canSend ? "nothing asks for what is in flight"
           : unsent && !timerRuns && m_pacingDeadline == kNever
               ? "nothing asks for what cannot be sent"
           : b.SndUna() > b.SndNxt() || b.SndNxt() > m_buffer.End() + 1
               ? "the send sequence is out of order"
           : m_buffer.Begin() > std::max<std::uint64_t>(b.SndUna(), 1)
               ? "unacknowledged data was released"
           : m_cwnd.Cwnd() < 1 ? "the window is zero"
                               : nullptr;
}

} // namespace hoststack::tcp
