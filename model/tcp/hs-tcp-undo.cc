// SPDX-License-Identifier: GPL-2.0-only

// Sender: reductions that prove spurious are taken back (tcp_undo_cwnd_reduction and its
// occasions).

#include "ns3/hs-tcp-sender.h"

#include <algorithm>

namespace hoststack::tcp
{

void
Sender::InitUndo()
{
    auto& episode = m_episode.Own();
    episode.undoMarker = m_board.SndUna();
    // Retransmissions still out from an earlier episode must be reported too.
    episode.undoRetransmits =
        m_board.RetransOut() > 0 ? static_cast<std::int32_t>(m_board.RetransOut()) : -1;
    if (!AnyRetransmitted())
    {
        ForgetRetransmitStamp();
    }
}

void
Sender::ForgetRetransmitStamp()
{
    if (m_episode->retransmitStamp >= 0)
    {
        m_episode.Own().retransmitStamp = -1;
    }
}

bool
Sender::PacketDelayed() const
{
    // Eifel: the echoed timestamp is older than the first retransmission.
    return m_episode->retransmitStamp >= 0 && m_hasEcho &&
           static_cast<std::int32_t>(m_lastEcho -
                                     m_common.TimestampNow(m_episode->retransmitStamp)) < 0;
}

bool
Sender::MayUndo() const
{
    return m_common.config->undo && m_episode->undoMarker != 0 &&
           (m_episode->undoRetransmits == 0 || PacketDelayed());
}

void
Sender::UndoReduction(bool unmarkLoss)
{
    ++m_common.troubles.Own().undos;
    m_common.source->Note(m_cwnd.Facts().now, Happening::Undo);
    if (unmarkLoss)
    {
        m_board.UnmarkLost();
    }
    if (m_episode->priorSsthresh != 0)
    {
        m_cwnd.SetCwnd(m_congestion->UndoCwnd(m_cwnd));
        if (m_episode->priorSsthresh > m_cwnd.Ssthresh())
        {
            m_cwnd.SetSsthresh(m_episode->priorSsthresh);
            m_ecnCwr = false;
        }
    }
    m_usage.stamp = m_cwnd.Facts().now;
    m_episode.Own().undoMarker = 0;
}

bool
Sender::TryUndoRecovery()
{
    if (MayUndo())
    {
        UndoReduction(false);
        ForgetRetransmitStamp();
    }
    else
    {
        m_recovery->OnRecoveryEnd();
    }
    if (m_board.SndUna() == m_episode->highSeq && !m_board.UsesSack())
    {
        // Without SACK, duplicates of this window could start another false recovery.
        if (!AnyRetransmitted())
        {
            ForgetRetransmitStamp();
        }
        return true;
    }
    ChangeCaState(CaState::Open);
    return false;
}

bool
Sender::TryUndoDsack()
{
    if (m_common.config->undo && m_episode->undoMarker != 0 && m_episode->undoRetransmits == 0)
    {
        UndoReduction(false);
        return true;
    }
    return false;
}

bool
Sender::TryUndoLoss(bool frto)
{
    if (!m_common.config->undo || !(frto || MayUndo()))
    {
        return false;
    }
    UndoReduction(true);
    m_timer.retransmits = 0;
    if (frto || m_board.UsesSack())
    {
        ChangeCaState(CaState::Open);
        ForgetRetransmitStamp();
    }
    return true;
}

bool
Sender::TryUndoPartial()
{
    if (!m_common.config->undo || m_episode->undoMarker == 0 || !PacketDelayed())
    {
        return false;
    }
    // The original of a retransmitted range arrived: the path reorders.
    m_board.NoteReordering();
    if (m_board.RetransOut() > 0)
    {
        return true; // wait: those in flight would look like new losses
    }
    UndoReduction(true);
    TryToOpen();
    return true;
}

} // namespace hoststack::tcp
