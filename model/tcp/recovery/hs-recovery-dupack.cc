// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-recovery-dupack.h"

#include <algorithm>

namespace hoststack::tcp
{

void
DupAckRecovery::DetectBySack(Scoreboard& board)
{
    // From the highest SACKed range downwards: how much is SACKed above?
    std::uint64_t bytesAbove = 0;
    std::uint32_t segmentsAbove = 0;
    const auto highest = std::min(board.Map().Find(board.HighestSacked()), board.Map().Size() - 1);
    for (std::size_t i = highest + 1; i-- > 0;)
    {
        const auto& range = board.Map().At(i);
        if (range.sacked)
        {
            bytesAbove += range.end - range.begin;
            segmentsAbove += range.segments;
        }
        else if (!range.lost &&
                 (segmentsAbove >= board.Reordering() ||
                  bytesAbove > static_cast<std::uint64_t>(board.Reordering() - 1) * board.Mss()))
        {
            board.MarkLost(range);
        }
    }
}

TimeNs
DupAckRecovery::DetectLosses(Scoreboard& board, TimeNs /*now*/, bool /*again*/)
{
    if (board.Map().Empty())
    {
        return kNever;
    }
    if (board.UsesSack())
    {
        if (board.SackedOut() > 0)
        {
            DetectBySack(board);
        }
        return kNever;
    }
    DetectByDuplicateAcks(board);
    return kNever;
}

void
DetectByDuplicateAcks(Scoreboard& board)
{
    if (board.Map().Empty() || board.Map().At(0).lost)
    {
        return;
    }
    const bool third = board.State() < CaState::Recovery && board.SackedOut() >= board.Reordering();
    // In recovery the head is marked already unless a partial ACK has just brought a new one.
    const bool partialAck = board.State() == CaState::Recovery && board.LostOut() == 0;
    if (!third && !partialAck)
    {
        return;
    }
    const auto& first = board.Map().At(0);
    if (first.segments > 1)
    {
        board.Split(0, first.begin + first.mss);
    }
    board.MarkLost(board.Map().At(0));
}

} // namespace hoststack::tcp
