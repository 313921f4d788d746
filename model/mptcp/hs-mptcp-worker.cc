// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-connection.h"

// What Linux leaves to a worker (mptcp_worker(), net/mptcp/protocol.c of 6.12): repetition at data
// level, path management, the ends of both directions, time-outs of the whole connection. Without a
// machine whose time passes it is done where it falls due.

namespace hoststack::mptcp
{

void
Connection::DoTimers(TimeNs now)
{
    if (m_sender.Deadline() <= now)
    {
        m_sender.OnTimer(now);
    }
    if (m_failDeadline <= now)
    {
        // mptcp_mp_fail_no_response
        m_failDeadline = kNever;
        if (!m_subflows.front()->IsClosed())
        {
            FailSubflow(now, *m_subflows.front(), MptcpResetReason::Unspecified);
        }
    }
    if (m_closeDeadline <= now)
    {
        // mptcp_close_tout_expired
        m_closeDeadline = kNever;
        NoteEnd(now, tcp::End::GivenUp);
        Abort(now);
        Raise(tcp::kTimedOut);
    }
}

/// StepClosing() has something to do.
bool
Connection::IsClosingDue() const
{
    if (m_state == tcp::State::Closed || m_state == tcp::State::TimeWait)
    {
        return false;
    }
    const bool isAcked = m_sender.FinIs(DataSender::Fin::Acked);
    return (isAcked && m_state == tcp::State::FinWait1) || m_receiver.MayReachFin() ||
           (isAcked && m_receiver.IsFinReached());
}

void
Connection::CallWorkerIf(bool isDue)
{
    if (isDue && m_worker == Worker::Idle)
    {
        m_worker = Worker::Called;
        Raise(kWorkDue);
    }
}

void
Connection::Work(TimeNs now)
{
    m_worker = Worker::None; // it is here
    if (m_state != tcp::State::Closed && !m_sender.IsHeld())
    {
        DoTimers(now);
        AfterTimers(now);
    }
    m_worker = Worker::Idle;
}

void
Connection::AfterTimersOfWorker(TimeNs now)
{
    CallWorkerIf((m_pathWork != 0 && !m_sender.IsBusy()) || IsClosingDue());
    if (m_sender.IsPushDue())
    {
        m_sender.PushPending(now);
    }
}

} // namespace hoststack::mptcp
