// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CONTEXT_H
#define HS_CONTEXT_H

#include "ns3/hs-operation.h"
#include "ns3/hs-units.h"

#include <cstddef>
#include <cstdint>

namespace hoststack::host
{

using CoreId = std::uint16_t;

/// In whose name work is done. What runs earlier in this list interrupts what runs later.
enum class ContextKind : std::uint8_t
{
    HardIrq,
    SoftIrq,
    KernelThread,
    User,
    Count,
};

constexpr auto kContextKinds = static_cast<std::size_t>(ContextKind::Count);

/// What leaves a piece of work before it is over: a burst, a wake-up, an interrupt elsewhere.
class Effect
{
  public:
    virtual void Happen(TimeNs at) = 0;

  protected:
    ~Effect() = default;
};

/// What is to become of a piece of work once it has been paid.
enum class Sequel : std::uint8_t
{
    Done,   ///< it is over
    Later,  ///< there is more: it goes on when its turn comes, and others may come before
    GoesOn, ///< it goes on at once and keeps its locks: a loop that does not give its core back
};

class Processor;
class Work;
struct Frame;

/**
 * The present of a piece of work: where it runs, and what time it is for it: when it began plus
 * what it has charged so far. The core is given that time and knows nothing else of the machine.
 */
class Context
{
  public:
    /// \param frame what a processor whose time passes keeps of the work; nullptr: none passes
    Context(Processor& processor,
            const PriceList& prices,
            ContextKind kind,
            CoreId core,
            TimeNs start,
            host::Frame* frame = nullptr)
        : m_processor(&processor),
          m_prices(&prices),
          m_now(start),
          m_frame(frame),
          m_core(core),
          m_kind(kind)
    {
    }

    TimeNs Now() const
    {
        return m_now;
    }

    /// \p count operations have been done.
    void Charge(Operation operation, std::uint64_t count = 1)
    {
        m_now += m_prices->Of(operation, count);
    }

    /// The same for one that is priced per byte.
    void ChargeBytes(Operation operation, std::uint64_t bytes)
    {
        m_now += m_prices->OfBytes(operation, bytes);
    }

    /// Time that is no operation's: spinning for a lock, an application's own computing.
    void Spend(TimeNs time)
    {
        m_now += time;
    }

    /// \p effect happens once all that was charged until now has been paid.
    void Release(Effect& effect);

    /// Whether something has been charged, so that what is released now happens later.
    bool IsAhead() const
    {
        return m_frame != nullptr && m_now > ClockTime();
    }

    /// What the clock shows: when the work began.
    TimeNs ClockTime() const
    {
        return m_frame == nullptr ? m_now : StartOfFrame();
    }

    /// A poller has taken \p packets from its queue.
    void Took(std::uint32_t packets)
    {
        if (m_frame != nullptr)
        {
            AddPackets(packets);
        }
    }

    /// The rest of a thread's step is its own computing: it can be switched away from there.
    void ReturnToUser();

    /// A point in the kernel at which one with voluntary preemption may switch.
    void MaySwitch();

    /// What is to become of the work; Done unless it says so. The last word counts, but a loop that
    /// has begun (GoOn) is not over for it.
    void Ask(Sequel sequel);

    /// As Ask(Sequel::GoesOn), with \p next instead of the work that asks.
    void GoOn(Work& next);

    /**
     * Of a thread that polls: soft interrupts of its core wait until the step has been paid, and,
     * if it is \p inPoll, other threads and they until its next one has.
     */
    void KeepSoftIrqsOff(bool inPoll);

    /// Where the work goes on, a kernel without preemption may switch (cond_resched).
    void Yield();

    ContextKind Kind() const
    {
        return m_kind;
    }

    CoreId Core() const
    {
        return m_core;
    }

    /// For locks.
    host::Frame* GetFrame() const
    {
        return m_frame;
    }

  private:
    TimeNs StartOfFrame() const;
    void AddPackets(std::uint32_t packets);

    Processor* m_processor;
    const PriceList* m_prices;
    TimeNs m_now;
    host::Frame* m_frame;
    CoreId m_core;
    ContextKind m_kind;
};

} // namespace hoststack::host

#endif // HS_CONTEXT_H
