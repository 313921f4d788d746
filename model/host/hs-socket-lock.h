// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SOCKET_LOCK_H
#define HS_SOCKET_LOCK_H

#include "ns3/hs-context.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <vector>

namespace hoststack::host
{

class Work;

/// What a lock was to those who wanted it.
struct LockAccount
{
    std::uint64_t takes{0};
    std::uint64_t contended{0}; ///< of them, that had to wait
    TimeNs waited{0};           ///< spun
    TimeNs held{0};             ///< by pieces that have let go
};

/**
 * The lock of a socket (lock_sock, bh_lock_sock of Linux): held by a piece of work until it has
 * been paid. Work in a soft interrupt that finds it held by a thread leaves what it has in the
 * socket's backlog; work that finds it held by a soft interrupt of another core spins until that
 * one is over, as far as is known now.
 *
 * With Spin() it is a spin lock without a backlog, which whoever wants it waits for.
 */
class SocketLock
{
  public:
    SocketLock() = default;
    ~SocketLock();
    SocketLock(const SocketLock&) = delete;
    SocketLock& operator=(const SocketLock&) = delete;

    /// \return false: a thread holds it; Leave() something to be done then
    bool Acquire(Context& context);

    /**
     * Takes it, after whoever has it on another core. A thread that has it keeps soft interrupts of
     * its core off until its piece of work has been paid (spin_lock_bh).
     * \param handOver what it costs to get it from another core once it is free
     * \param interruptsOff who has it keeps hard interrupts of its core off as well, until its
     * piece of work has been paid (spin_lock_irqsave)
     */
    void Spin(Context& context, TimeNs handOver, bool interruptsOff = false);

    /// \p work is done by the holder, in its context, before it lets go (release_sock).
    void Leave(Work& work);
    /// \p work is gone.
    void Forget(const Work& work);

    const LockAccount& Account() const
    {
        return m_account;
    }

    bool IsHeld() const
    {
        return m_holder != nullptr;
    }

    /// \name For the processor
    /// @{
    Work* TakeLeft();
    void Release(TimeNs now);

    /// @}

  private:
    void Take(Context& context, Frame& frame);
    void WaitUntil(Context& context, TimeNs until);
    void LetGo();

    Frame* m_holder{nullptr};
    TimeNs m_takenAt{0};
    LockAccount m_account;
    std::vector<Work*> m_left;
};

} // namespace hoststack::host

#endif // HS_SOCKET_LOCK_H
