// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CONTEXT_H
#define HS_CONTEXT_H

#include "ns3/hs-units.h"

#include <array>
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
};

/// What the shell around the core does and a machine may have to pay for.
enum class Operation : std::uint8_t
{
    ReceiveFrame,    ///< taken from a device's ring
    FindSocket,      ///< look-up of a segment's connection
    TransmitSegment, ///< a wire segment handed to a device or to IP
    Timer,           ///< a connection's timer has gone off
    SocketCall,      ///< an application's call
    Count,
};

/// What operations cost. All zero is a machine that has time for everything at once.
struct PriceList
{
    std::array<TimeNs, static_cast<std::size_t>(Operation::Count)> each{};

    TimeNs Of(Operation operation, std::uint64_t count) const
    {
        return each[static_cast<std::size_t>(operation)] * static_cast<TimeNs>(count);
    }
};

/// What leaves a piece of work before it is over: a burst, a wake-up, an interrupt elsewhere.
class Effect
{
  public:
    virtual void Happen(TimeNs at) = 0;

  protected:
    ~Effect() = default;
};

class Processor;

/**
 * The present of a piece of work: where it runs, and what time it is for it: when it began plus
 * what it has charged so far. The core is given that time and knows nothing else of the machine.
 */
class Context
{
  public:
    Context(Processor& processor,
            const PriceList& prices,
            ContextKind kind,
            CoreId core,
            TimeNs start)
        : m_processor(&processor),
          m_prices(&prices),
          m_now(start),
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

    /// \p effect happens once all that was charged until now has been paid.
    void Release(Effect& effect);

    ContextKind Kind() const
    {
        return m_kind;
    }

    CoreId Core() const
    {
        return m_core;
    }

  private:
    Processor* m_processor;
    const PriceList* m_prices;
    TimeNs m_now;
    CoreId m_core;
    ContextKind m_kind;
};

} // namespace hoststack::host

#endif // HS_CONTEXT_H
