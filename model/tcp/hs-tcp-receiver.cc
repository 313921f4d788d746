// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-receiver.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr std::uint32_t kDefaultMss = 536; // TCP_MSS_DEFAULT
constexpr std::uint32_t kLeastMss = 88;    // TCP_MIN_MSS

} // namespace

Receiver::Receiver(Common& common, const RttEstimator& rtt)
    : m_common(common),
      m_rtt(rtt),
      m_window(WindowPolicies().Create(common.config->window, *common.config)),
      m_acks(AckPolicies().Create(common.config->acks, *common.config)),
      m_account(std::make_unique<UnlimitedMemory>())
{
}

Receiver::~Receiver() = default;

void
Receiver::OnPeerSyn(const TcpSegment& segment)
{
    m_common.irs = segment.seq;
    m_queue.Reset(1);
}

void
Receiver::Start(std::uint32_t advMss)
{
    auto& r = m_state;
    const auto& c = *m_common.config;
    r.Tell().advMss = advMss;
    r.SetBuffer(c.receiveBuffer);
    r.Tell().bufferMax = std::max(c.receiveBufferMax, c.receiveBuffer);
    r.Tell().bufferLocked = c.receiveBufferLocked;
    r.Tell().shrink = c.shrinkWindow;
    r.Tell().stream = m_common.extension ? &m_common.extension->Stream() : nullptr;
    r.Tell().next = r.Tell().windowUpdated = r.Tell().read = m_queue.Next();
    m_window->Init(r, m_common.agreed.scaling);
}

void
Receiver::OnSynAnswered()
{
    auto& r = m_state;
    if (!m_common.agreed.scaling)
    {
        r.SetWindowShift(0);
        r.SetWindowClamp(std::min(r.WindowClamp(), 65535u));
        r.SetWindow(std::min(r.Window(), 65535u));
        r.SetSsthresh(std::min(r.Ssthresh(), r.WindowClamp()));
    }
    r.Tell().next = r.Tell().windowUpdated = r.Tell().read = 1;
}

void
Receiver::SetMss(std::uint32_t advMss, std::uint32_t sendMss)
{
    // tcp_initialize_rcv_mss: a guess until segments arrive.
    m_state.Tell().advMss = advMss;
    m_state.Tell().mss = std::max(std::min({advMss, sendMss, kDefaultMss}), kLeastMss);
}

void
Receiver::Establish(TimeNs now)
{
    Sync(now);
    m_state.Tell().mss = std::max(std::min(m_state.Facts().mss, m_state.Window() / 2), kLeastMss);
    m_window->Established(m_state);
}

WindowStatus
Receiver::GetWindowStatus() const
{
    auto state = m_state;
    state.Tell().next = m_queue.Next();
    state.Tell().memory = m_queue.Memory();
    if (m_common.extension)
    {
        m_common.extension->ShareReceiveState(state);
    }
    WindowStatus status;
    status.announced = state.Remaining();
    const auto edge = state.Facts().next + status.announced;
    const auto highest = std::max(state.Facts().next, m_queue.HighestByte());
    status.unused = edge > highest ? static_cast<std::uint32_t>(edge - highest) : 0;
    status.possible = m_window->Candidate(state);
    status.mss = std::max(state.Facts().mss, 1u);
    return status;
}

void
Receiver::TakeTimestamp(TimeNs now, const TcpSegment& segment)
{
    if (m_common.agreed.timestamps && segment.options.hasTimestamps)
    {
        m_clock.Take(now, segment.options);
    }
}

bool
Receiver::WasInPlace(std::uint64_t begin) const
{
    return begin > m_queue.Next() + m_state.Remaining() && begin <= m_state.Facts().takenBackFrom;
}

bool
Receiver::ResetsExactly(std::uint64_t begin) const
{
    // tcp_reset_check: the peer may not have seen that its FIN was taken. Or it counts what was
    // SACKed (tcp_validate_incoming).
    const auto next = m_queue.Next();
    return begin == next || (m_finReceived && begin + 1 == next) || begin == m_sacks->HighestEnd();
}

void
Receiver::OnRepeated(std::uint64_t begin, std::uint64_t end)
{
    if (m_common.agreed.sack && m_common.config->dsack)
    {
        m_sacks.Own().NoteDuplicate(begin, end);
        ++m_common.troubles.Own().dsacksSent;
    }
    m_acks->OnDisorder(m_state, kMaxQuickAcks);
    m_acks->RequestNow();
}

void
Receiver::NoteFin(std::uint64_t offset)
{
    if (m_peerFin == 0)
    {
        m_peerFin = offset;
    }
}

void
Receiver::ReportFin(TimeNs now)
{
    if (m_peerFin > m_queue.Next())
    {
        // The FIN waits for a hole to be filled; its number is part of what is reported.
        m_acks->RequestNow();
        const bool joins = m_queue.RunEnd(m_peerFin - 1) == m_peerFin;
        UpdateSackBlocks(now, joins ? m_peerFin - 1 : m_peerFin, m_peerFin + 1);
    }
}

void
Receiver::PassFin(TimeNs now)
{
    m_finReceived = true;
    m_queue.CountFin(); // drops what a broken peer has sent beyond its FIN
    ForgetRuns();
    Sync(now);
}

void
Receiver::PassFinWaiting()
{
    m_finReceived = true;
    m_queue.CountFin();
    m_state.Tell().next = m_state.Tell().windowUpdated = m_queue.Next();
}

void
Receiver::OnEcn(const TcpSegment& segment)
{
    const bool hasData = segment.payload.Length() > 0;
    if (segment.Has(kCwr))
    {
        m_ecnEcho = false;
        if (hasData)
        {
            m_acks->Hurry(); // tcp_ecn_accept_cwr: the sender's window may be a single segment now
        }
    }
    if (segment.ecn == Ecn::Ce && hasData)
    {
        if (!m_ecnEcho)
        {
            m_acks->OnDisorder(m_state, 2);
            m_acks->Hurry();
        }
        m_ecnEcho = true;
    }
}

std::uint32_t
Receiver::ReadPart(TimeNs now, std::uint32_t max, std::vector<Payload>* out)
{
    if (m_queue.Available() > 0 && max > 0 && m_common.state != State::Closed)
    {
        // tcp_recvmsg_locked looks after each buffer; only the first look of a read can find that
        // an RTT has passed.
        Sync(now);
        m_state.Tell().read += std::min(max, m_queue.FirstBuffer());
        m_window->OnRead(m_state);
    }
    const auto before = m_queue.Memory();
    const auto copied = m_queue.Read(max, out);
    ReturnMemory(before);
    Sync(now);
    return copied;
}

std::uint32_t
Receiver::Take(std::uint32_t max, std::vector<Payload>& out)
{
    const auto before = m_queue.Memory();
    const auto taken = m_queue.Read(max, &out);
    ReturnMemory(before);
    return taken;
}

bool
Receiver::AckDueAfterRead(TimeNs now, bool isEmpty)
{
    Sync(now);
    return m_acks->DueAfterRead(m_state, m_queue.Next() - m_state.Facts().windowUpdated, isEmpty);
}

void
Receiver::Freeze()
{
    m_state.SetWindow(m_state.Remaining());
    m_state.Tell().windowUpdated = m_queue.Next();
    m_acks->Forget();
}

void
Receiver::SetMemoryPressure(bool on)
{
    m_account->SetPressure(on);
    m_state.Tell().underPressure = m_account->UnderPressure();
}

void
Receiver::SetAccount(std::unique_ptr<MemoryAccount> account)
{
    m_account = std::move(account);
}

bool
Receiver::ExtendWindow(std::uint32_t bytes, std::uint32_t length)
{
    m_state.Tell().next = m_queue.Next();
    if (length < m_state.Remaining())
    {
        return false;
    }
    // Linux counts it modulo 2^32, and one half of that is no window at all.
    const auto used =
        static_cast<std::uint32_t>(m_state.Facts().next - m_state.Facts().windowUpdated);
    const auto window = m_state.Window() + bytes;
    m_state.SetWindow(static_cast<std::int32_t>(window - used) < 0 ? used : window);
    return true;
}

void
Receiver::SetBuffer(std::uint32_t bytes)
{
    m_state.SetBuffer(std::max(m_state.Buffer(), bytes));
    m_state.SetWindowClamp(std::min(m_state.FullSpace(), 65535u << m_state.WindowShift()));
}

const char*
Receiver::Inconsistency() const
{
    return !m_queue.IsConsistent()    ? "the receive queue's sums are wrong"
           : !m_sacks->IsConsistent() ? "SACK blocks are empty or touch"
           : m_state.Facts().windowUpdated > m_queue.Next()
               ? "a window was announced ahead of its ACK"
               : m_acks->Inconsistency();
}

} // namespace hoststack::tcp
