// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_WORK_FRAME_H
#define HS_WORK_FRAME_H

#include "ns3/hs-context.h"
#include "ns3/hs-units.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hoststack::host
{

class SocketLock;
class Work;

/**
 * One piece of work while it is being paid: it ran when it began, `charged` is what it cost, and
 * the core pays for it as long as nothing more urgent does. What it releases waits for its share.
 */
struct Frame
{
    struct Pending
    {
        TimeNs after; ///< so much must have been paid
        Effect* effect;
    };

    /// A new piece begins; what is left of the last one must have been paid.
    void Begin(Work& next, TimeNs now)
    {
        work = &next;
        start = now;
        charged = paid = spun = 0;
        sequel = Sequel::Done;
        goesOn = nullptr;
        yields = false;
        softIrqsOff = false;
        keepsCore = false;
        interruptsOff = false;
        packets = 0;
        points.clear();
        userFrom = kNever;
    }

    /// \p time more is to be paid before what is left.
    void Delay(TimeNs time)
    {
        charged += time;
        for (auto i = next; i < pending.size(); ++i)
        {
            pending[i].after += time;
        }
        for (auto& point : points)
        {
            point += time;
        }
        userFrom += userFrom != kNever ? time : 0;
    }

    TimeNs Unpaid() const
    {
        return charged - paid;
    }

    /// Until the next thing that happens: a release, or the end.
    TimeNs ToNext() const
    {
        return (next < pending.size() ? pending[next].after : charged) - paid;
    }

    bool KeepsSoftIrqsOff() const
    {
        return softIrqsOff && work != nullptr && Unpaid() > 0;
    }

    bool KeepsInterruptsOff() const
    {
        return interruptsOff && work != nullptr && Unpaid() > 0;
    }

    bool IsInUserSpace() const
    {
        return paid >= userFrom;
    }

    bool HasDue() const
    {
        return next < pending.size() && pending[next].after <= paid;
    }

    Effect& TakeDue()
    {
        auto& effect = *pending[next++].effect;
        if (next == pending.size())
        {
            pending.clear();
            next = 0;
        }
        return effect;
    }

    Work* work{nullptr}; ///< under way; nullptr: none
    TimeNs start{0};
    TimeNs charged{0};
    TimeNs paid{0};
    TimeNs spun{0}; ///< of `charged`
    Sequel sequel{Sequel::Done};
    Work* goesOn{nullptr};     ///< what Sequel::GoesOn means, if it is not `work` again
    bool yields{false};        ///< where it goes on, another thread may have the core first
    bool softIrqsOff{false};   ///< on its core, until it has been paid
    bool keepsCore{false};     ///< and until its next step is over: it is in the middle of a poll
    bool interruptsOff{false}; ///< the same, hard ones
    bool hasMore{false};       ///< of a step that went on: its own work had asked for another turn
    std::uint32_t packets{0};
    ContextKind kind{ContextKind::User};
    CoreId core{0};
    bool isClosing{false};        ///< paid, and what its locks kept from others is being done
    Sequel verdict{Sequel::Done}; ///< then: its own sequel
    std::uint32_t taken{0};       ///< and what it took
    TimeNs endsAt{0};             ///< as far as the core knows
    TimeNs userFrom{kNever};      ///< so much paid, it is in user space
    std::vector<TimeNs> points;   ///< so much paid, the kernel may switch if it is asked to
    std::vector<Pending> pending; ///< by `after`
    std::size_t next{0};
    std::vector<SocketLock*> locks;
};

} // namespace hoststack::host

#endif // HS_WORK_FRAME_H
