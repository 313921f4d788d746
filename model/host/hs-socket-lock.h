// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SOCKET_LOCK_H
#define HS_SOCKET_LOCK_H

#include "ns3/hs-context.h"
#include "ns3/hs-units.h"

#include <vector>

namespace hoststack::host
{

class Work;

/**
 * The lock of a socket (lock_sock, bh_lock_sock of Linux): held by a piece of work until it has
 * been paid. Work in a soft interrupt that finds it held by a thread leaves what it has in the
 * socket's backlog; work that finds it held by a soft interrupt of another core spins until that
 * one is over, as far as is known now.
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

    /// \p work is done by the holder, in its context, before it lets go (release_sock).
    void Leave(Work& work);
    /// \p work is gone.
    void Forget(const Work& work);

    bool IsHeld() const
    {
        return m_holder != nullptr;
    }

    /// \name For the processor
    /// @{
    Work* TakeLeft();
    void Release();

    /// @}

  private:
    Frame* m_holder{nullptr};
    std::vector<Work*> m_left;
};

} // namespace hoststack::host

#endif // HS_SOCKET_LOCK_H
