// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PROGRAM_H
#define HS_PROGRAM_H

#include "ns3/hs-program-io.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <vector>

namespace hoststack
{

/**
 * What a program is told of a stream: a set of these. As with edge-triggered epoll(7), something is
 * told when it has become so; it may be told again or together with something else, so a program
 * looks for itself.
 */
class Ready
{
  public:
    enum What : std::uint8_t
    {
        Connected = 1, ///< first of all, once
        Readable = 2,  ///< something has arrived
        Writable = 4,  ///< there is room again after a write that was not taken whole
        Ended = 8,     ///< the peer writes no more; what has arrived can still be read
        Timer = 16,    ///< set with ProgramIo::WakeAt
        Stop = 32,     ///< somebody wants it to write no more and to end
    };

    constexpr Ready(What what)
        : m_bits(what)
    {
    }

    constexpr bool Has(What what) const
    {
        return (m_bits & what) != 0;
    }

    constexpr Ready operator|(Ready other) const
    {
        Ready both = *this;
        both.m_bits = static_cast<std::uint8_t>(both.m_bits | other.m_bits);
        return both;
    }

  private:
    std::uint8_t m_bits;
};

/**
 * What an application does with its streams, and nothing of how they come about: no socket, no
 * clock, no simulator. A driver (a simulated socket, a descriptor of the kernel's) steps it when a
 * stream has become ready; the program then reads, writes, closes and sets its timer through the
 * ProgramIo of that stream. One that has several streams tells them apart by it.
 */
class Program
{
  public:
    Program() = default;
    virtual ~Program() = default;
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    virtual void Step(ProgramIo& io, Ready ready) = 0;

    /// What its thread does between two steps.
    enum class Wait : std::uint8_t
    {
        Edge,  ///< waits for news: epoll(7) with EPOLLET
        Level, ///< waits until a read would not block: it is not left while the stream says so
        Sleep, ///< waits for its timer alone and hears nothing else
        Busy,  ///< has been woken and is on its way, or in a read that takes time
    };

    virtual Wait HowItWaits() const
    {
        return Wait::Edge;
    }

    /// The stream is no more: refused, reset or given up. The last that is heard of it.
    virtual void HandleFailure(ProgramIo& /* io */)
    {
    }

    /// \name What it has measured, in its order; nullptr: it measures no such thing
    /// @{
    /// When it asked, the last question also without an answer.
    virtual const std::vector<TimeNs>* FindAskTimes() const
    {
        return nullptr;
    }

    /// From question to complete answer.
    virtual const std::vector<TimeNs>* FindResponseTimes() const
    {
        return nullptr;
    }

    /// From the end of a read that opened a closed window to what it let come.
    virtual const std::vector<TimeNs>* FindResumeDelays() const
    {
        return nullptr;
    }

    /// @}
};

} // namespace hoststack

#endif // HS_PROGRAM_H
