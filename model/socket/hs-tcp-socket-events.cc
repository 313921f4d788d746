// SPDX-License-Identifier: GPL-2.0-only

// HoststackTcpSocket: what comes from the network and the clock, and what the application is told.

#include "ns3/hs-mptcp-types.h"
#include "ns3/hs-tcp-socket.h"

#include <ns3/node.h>

#include <limits>
#include <utility>

namespace ns3
{

using hoststack::Burst;
using hoststack::Seq32;
using hoststack::TcpSegment;
using hoststack::TimeNs;
using hoststack::host::Context;
using hoststack::host::SoftIrq;

namespace
{

/// Beside the bits of tcp::Event: new data has left.
constexpr std::uint32_t kDataSent = 1U << 31;
constexpr std::uint32_t kInfinite = std::numeric_limits<std::uint32_t>::max();

} // namespace

// Segments and time

bool
HoststackTcpSocket::GiveWay(Context& context, const TcpSegment& syn, Seq32& iss)
{
    if (m_connection == nullptr || !m_connection->MayReopen(context.Now(), syn))
    {
        return false;
    }
    iss = m_connection->ReopeningIss();
    const Ptr<HoststackTcpSocket> guard(this);
    Activity activity(*this, context);
    m_connection->Abort(Now()); // in TIME-WAIT nothing leaves
    ClosePath();
    return true;
}

void
HoststackTcpSocket::OnSegment(Context& context, const Burst& burst)
{
    using hoststack::host::Operation;
    const auto& segment = burst.segment;
    const Present present(*this, context);
    if (!Enter(context))
    {
        LeaveBurst(0, burst);
        return;
    }
    if ((burst.place != hoststack::BatchPlace::None || HasKept()) && KeepForWheel(context, burst))
    {
        return;
    }
    context.Charge(segment.payload.Length() > 0      ? Operation::ReceiveTcp
                   : hoststack::Follows(burst.place) ? Operation::ReceiveCompressed
                                                     : Operation::ReceiveAck);
    if (m_listener && RefusesThird(segment))
    {
        return;
    }
    ++m_depth;
    if (!m_traces->rx.IsEmpty())
    {
        TraceBurst(m_traces->rx, m_key, segment);
    }
    const auto collapsed = m_connection->Collapsed();
    m_connection->OnSegment(context.Now(), burst);
    if (hoststack::EndsBatch(burst.place))
    {
        m_connection->EndBatch(context.Now());
    }
    context.Charge(Operation::Collapse, m_connection->Collapsed() - collapsed);
    if (--m_depth == 0)
    {
        Settle();
    }
}

/// What LRO has queued waits with what waits already. \return false: it is to be processed, and
/// nothing waits any more
bool
HoststackTcpSocket::KeepForWheel(Context& context, const Burst& burst)
{
    using hoststack::BatchPlace;
    using hoststack::InputWait;
    const bool isKeeping = m_guard && m_guard->IsKeeping();
    const bool begins = burst.place == BatchPlace::First || burst.place == BatchPlace::Only;
    const auto wait = begins || isKeeping ? m_connection->KeepsInput() : InputWait::None;
    if (wait == InputWait::None && !isKeeping)
    {
        TakeKept(context);
        return false;
    }
    const auto& options = burst.segment.options;
    const bool isPlain = !options.hasMss && !options.hasWindowScale && !options.sackPermitted &&
                         options.sackCount == 0 && options.otherLength == 0;
    Guard().Keep(burst, context.Now(), !isPlain && wait != InputWait::All);
    if (m_guard->IsWoken() && !m_guard->IsKeeping())
    {
        TakeKept(context);
        if (m_depth == 0)
        {
            Settle();
        }
    }
    return true;
}

/// As a batch, each with the time of its own arrival. \return the time at its end
TimeNs
HoststackTcpSocket::TakeKept(Context& context)
{
    using hoststack::BatchPlace;
    using hoststack::host::Operation;
    if (!HasKept())
    {
        return context.Now();
    }
    const auto kept = m_guard->TakeKept();
    ++m_depth;
    auto place = BatchPlace::First;
    for (const auto& one : kept)
    {
        context.Charge(one.segment.payload.Length() > 0 ? Operation::ReceiveTcp
                       : place == BatchPlace::First     ? Operation::ReceiveAck
                                                        : Operation::ReceiveCompressed);
        if (!m_traces->rx.IsEmpty())
        {
            TraceBurst(m_traces->rx, m_key, one.segment);
        }
        m_connection->OnSegment(one.arrived, {one.segment, one.truesize, place});
        place = BatchPlace::Middle;
    }
    const auto now = context.Now();
    m_connection->EndBatch(now);
    --m_depth;
    return now;
}

void
HoststackTcpSocket::OnNetworkError(Context& context, const hoststack::tcp::NetworkError& error)
{
    if (m_connection)
    {
        Activity activity(*this, context);
        m_connection->OnNetworkError(Now(), error);
    }
}

bool
HoststackTcpSocket::OnPathMss(Context& context, Seq32 sequence, std::uint32_t mss)
{
    if (!m_connection)
    {
        return false;
    }
    Activity activity(*this, context);
    return m_connection->OnPathMss(Now(), sequence, mss);
}

void
HoststackTcpSocket::LimitPathMss(std::uint32_t mss)
{
    if (m_connection)
    {
        m_connection->LimitPathMss(mss);
    }
}

void
HoststackTcpSocket::OnAlarm(TimeNs now)
{
    auto& machine = m_protocol->Machine();
    if (m_stream->NextDeadline() > now && !HasKept())
    {
        if (m_stream->NextDeadline() == hoststack::kNever)
        {
            m_stream->Shrink(); // what the alarm was for is long over
            if (m_alarm->IsSpare())
            {
                m_alarm.reset(); // the next deadline makes one
                return;
            }
        }
        m_alarm->Arm(machine.Clock().Now(), m_stream->NextDeadline());
    }
    else if (auto* run = machine.WheelRun())
    {
        Run(*run);
    }
    else
    {
        machine.Processor().RaiseSoftIrq(now, 0, SoftIrq::Timer, *this);
    }
}

void
HoststackTcpSocket::Run(Context& context)
{
    if (!m_stream)
    {
        return; // disposed of since the alarm went off
    }
    const Present present(*this, context);
    if (!Enter(context))
    {
        m_guard->Leave(static_cast<hoststack::host::Work&>(*this));
        return;
    }
    if (m_protocol->Machine().WheelRun() != &context) // else its timer has been paid
    {
        context.Charge(hoststack::host::Operation::Timer);
    }
    const auto now = TakeKept(context); // what it lets go counts for the end of the gap
    ++m_depth;
    const auto timeouts = TimeoutsOfOrphan();
    m_stream->OnDeadline(now);
    if (TimeoutsOfOrphan() != timeouts)
    {
        AskAsOrphan();
    }
    if (--m_depth == 0)
    {
        Settle();
    }
}

bool
HoststackTcpSocket::AwaitsSendRoom() const
{
    return m_connection != nullptr && m_connection->AwaitsSendBacklog();
}

/// As tcp_tsq_handler() of Linux: whoever has the socket does it before it lets go.
void
HoststackTcpSocket::OnSendRoom(Context& context)
{
    if (m_connection == nullptr || !m_stream)
    {
        return;
    }
    const Ptr<HoststackTcpSocket> guard(this);
    if (!Enter(context))
    {
        LeaveWork(*SendRoomWork());
        return;
    }
    Activity activity(*this, context);
    m_connection->OnSendBacklog(context.Now());
}

void
HoststackTcpSocket::OnDeadlineMoved(TimeNs now)
{
    if (!m_alarm && !(m_open && m_stream))
    {
        return;
    }
    auto& machine = m_protocol->Machine();
    if (auto* run = machine.WheelRun())
    {
        Run(*run);
    }
    else
    {
        MakeAlarm();
        m_alarm->Arm(machine.Clock().Now(), now);
    }
}

void
HoststackTcpSocket::Transmit(TcpSegment&& burst)
{
    HoststackTcpSocket::TransmitAt(std::move(burst), 0);
}

void
HoststackTcpSocket::TransmitAt(TcpSegment&& burst, TimeNs earliest)
{
    if (!m_traces->tx.IsEmpty())
    {
        TraceBurst(m_traces->tx, m_key, burst);
    }
    m_newlySent += NoteSent(burst);
    SendBurst(*m_context, TrafficClass(), std::move(burst), earliest);
}

void
HoststackTcpSocket::Settle()
{
    m_isActive = true;
    if (!m_stream)
    {
        return;
    }
    if (m_ending.isOrphan)
    {
        StopBeingOrphan();
    }
    auto events = m_stream->TakeEvents() | (m_newlySent > 0 ? kDataSent : 0);
    if (events == 0)
    {
        Rearm();
        return;
    }
    const Ptr<HoststackTcpSocket> guard(this);
    if (!m_traces->state.IsEmpty())
    {
        UpdateTraces(); // a callback may close, and so end the state that it is told of
    }
    ++m_depth;
    do
    {
        Dispatch(events);
        events = m_stream->TakeEvents() | (m_newlySent > 0 ? kDataSent : 0);
    } while (events != 0);
    --m_depth;
    Rearm();
}

void
HoststackTcpSocket::Rearm()
{
    if (IsTraced())
    {
        UpdateTraces();
    }
    if (m_alarm)
    {
        m_alarm->Arm(m_context->ClockTime(), m_stream->NextDeadline());
    }
    else if (m_open && m_stream->NextDeadline() != hoststack::kNever)
    {
        MakeAlarm();
        m_alarm->Arm(m_context->ClockTime(), m_stream->NextDeadline());
    }
}

void
HoststackTcpSocket::MakeAlarm()
{
    if (!m_alarm)
    {
        m_alarm = m_stream->NewAlarm(*this, m_protocol->Machine().Clock());
    }
}

// What the application is told

void
HoststackTcpSocket::Dispatch(std::uint32_t events)
{
    using namespace hoststack::tcp;
    if ((events & hoststack::mptcp::kWorkDue) != 0)
    {
        events = TakeHostEvents(events);
    }
    if (m_unaccepted)
    {
        m_waiting |= events & ~kDataSent;
        m_newlySent = 0;
        if ((events & kClosed) != 0)
        {
            Retire();
        }
        return;
    }
    if ((events & kDataSent) != 0)
    {
        NotifyDataSent(std::exchange(m_newlySent, 0));
    }
    HandleEvents(events);
    if ((events & kConnected) != 0)
    {
        OnConnected();
        if (m_unaccepted)
        {
            Dispatch(events & ~kConnected);
            return;
        }
    }
    if ((events & kReadable) != 0 && m_ending.receiveShut)
    {
        m_stream->Read(Now(), kInfinite, nullptr);
    }
    if ((events & kWritable) != 0)
    {
        OnWritable();
    }
    if (m_observer != nullptr)
    {
        if ((events & ~kDataSent) != 0)
        {
            m_observer->OnSocketEvents(*this, events & ~kDataSent);
        }
    }
    else
    {
        if ((events & kReadable) != 0)
        {
            OnReadable();
        }
        if ((events & kWritable) != 0 && GetTxAvailable() > 0)
        {
            NotifySend(GetTxAvailable());
        }
    }
    if ((events & (kPeerClosed | kReset | kTimedOut | kRefused | kClosed)) != 0)
    {
        OnEnd(events);
    }
}

void
HoststackTcpSocket::OnReadable()
{
    // The end of the stream alone is told by the close callback, as TcpSocketBase does.
    if (m_stream->Available() > 0)
    {
        NotifyDataRecv();
    }
}

void
HoststackTcpSocket::OnWritable()
{
    if (m_unsent.Length() > 0)
    {
        m_unsent.TrimFront(m_stream->Send(Now(), m_unsent, false));
        FinishClosing();
        if (m_unsent.Length() == 0 && m_stream && !m_stream->Levels().hasRoom)
        {
            m_stream->AwaitRoom(); // whoever waited has not been told yet
        }
    }
}

void
HoststackTcpSocket::OnEnd(std::uint32_t events)
{
    using namespace hoststack::tcp;
    const bool failed = (events & (kReset | kTimedOut | kRefused)) != 0;
    const auto error = (events & kUnreachable) != 0 ? ERROR_NOROUTETOHOST : ERROR_NOTCONN;
    if (failed && !m_established)
    {
        m_errno = error;
        NotifyConnectionFailed();
    }
    else if (failed && !m_ending.isTold)
    {
        m_errno = error;
        m_ending.isTold = true;
        NotifyErrorClose();
    }
    else if (!m_ending.isTold && m_established)
    {
        m_ending.isTold = true;
        NotifyNormalClose();
    }
    if ((events & kClosed) != 0)
    {
        LeaveListener(events);
        Retire();
    }
    else if (m_ending.sendShut && m_stream->EndOfStream())
    {
        CloseConnection(); // as TcpSocketBase: nothing more can come from either side
    }
}

/// The stream is closed.
void
HoststackTcpSocket::Retire()
{
    if (m_open)
    {
        m_open = false;
        StopBeingOrphan();
        EndStream();
        m_protocol->Remove(*this);
    }
}

} // namespace ns3
