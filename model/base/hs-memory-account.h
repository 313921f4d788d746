// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MEMORY_ACCOUNT_H
#define HS_MEMORY_ACCOUNT_H

#include "ns3/hs-pooled.h"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace hoststack
{

/// What memory is for.
enum class MemoryUse : std::uint8_t
{
    Receive,
    Send,
};

/**
 * What one socket has taken from its host's memory: whole pages, of which a part is still in hand
 * (sk_forward_alloc over tcp_mem; net/core/sock.c __sk_mem_schedule, include/net/sock.h
 * sk_mem_uncharge, Linux 6.18). Bytes. Only the step from page to page asks the host.
 */
class MemoryAccount : public Pooled
{
  public:
    static constexpr std::int64_t kPage = 4096;

    virtual ~MemoryAccount() = default;

    /// Pages in hand that no buffer uses.
    std::int64_t InHand() const
    {
        return m_inHand;
    }

    /// Bytes of buffers in use.
    std::int64_t Used(MemoryUse use) const
    {
        return m_used[static_cast<std::size_t>(use)];
    }

    /// Sees to it that \p truesize is in hand. \return false if the host refuses
    bool Schedule(std::uint32_t truesize, MemoryUse use = MemoryUse::Receive)
    {
        return truesize <= InHand() || Fetch(truesize, use, false);
    }

    /// The same, even beyond the host's limits (sk_forced_mem_schedule).
    void ForceSchedule(std::uint32_t truesize, MemoryUse use = MemoryUse::Receive)
    {
        if (truesize > InHand())
        {
            Fetch(truesize, use, true);
        }
    }

    /// A buffer of \p bytes is used from now on (sk_mem_charge); negative: it has shrunk.
    void Charge(std::int64_t bytes, MemoryUse use = MemoryUse::Receive)
    {
        m_inHand -= static_cast<std::int32_t>(bytes);
        m_used[static_cast<std::size_t>(use)] += static_cast<std::int32_t>(bytes);
    }

    /// \p bytes are free again: whole pages go back to the host.
    void Uncharge(std::int64_t bytes, MemoryUse use = MemoryUse::Receive)
    {
        m_used[static_cast<std::size_t>(use)] -= static_cast<std::int32_t>(bytes);
        const auto inHand = InHand() + bytes;
        const auto pages = inHand / kPage;
        m_inHand = static_cast<std::int32_t>(inHand - pages * kPage);
        if (pages != 0)
        {
            Return(pages);
        }
    }

    /// The host is short of memory (tcp_under_memory_pressure).
    virtual bool UnderPressure() const = 0;

    /// So little of it is used that buffers may grow (allocated < tcp_mem[0]).
    virtual bool IsAmple() const
    {
        return !UnderPressure();
    }

    /// What is left of the socket waits: in TIME-WAIT, or in FIN-WAIT-2 without a program.
    /// \return false if the host has too many such (inet_twsk_alloc)
    virtual bool BeginWaiting()
    {
        return true;
    }

    /// It waits no more.
    virtual void EndWaiting()
    {
    }

    /// For a host whose memory is not modelled: it is told by hand. Others know by themselves.
    virtual void SetPressure(bool /*on*/)
    {
    }

  protected:
    /// \p pages more are wanted. \return false to refuse them, unless \p isForced
    virtual bool Allocate(std::int64_t pages, MemoryUse use, bool isForced) = 0;
    /// \p pages are given back.
    virtual void Return(std::int64_t pages) = 0;

  private:
    bool Fetch(std::uint32_t truesize, MemoryUse use, bool isForced)
    {
        const auto pages = (truesize - InHand() + kPage - 1) / kPage;
        if (!Allocate(pages, use, isForced))
        {
            return false;
        }
        m_inHand += static_cast<std::int32_t>(pages * kPage);
        return true;
    }

    std::int32_t m_inHand{0}; ///< an int in Linux, too
    std::int32_t m_used[2]{}; ///< by MemoryUse
};

/// Which sockets are counted together for a fair share (struct proto, sockets_allocated): those of
/// TCP, subflows among them, and those of multipath connections.
enum class SocketKind : std::uint8_t
{
    Tcp,
    Multipath,
};

/// Where sockets get their accounts from: a host.
class MemorySource
{
  public:
    virtual ~MemorySource() = default;
    virtual std::unique_ptr<MemoryAccount> NewAccount(SocketKind kind) = 0;
};

/// A host whose memory never ends; whether it calls itself short is said by hand.
class UnlimitedMemory : public MemoryAccount
{
  public:
    void SetPressure(bool on) override
    {
        m_pressure = on;
    }

    bool UnderPressure() const override
    {
        return m_pressure;
    }

  protected:
    bool Allocate(std::int64_t /*pages*/, MemoryUse /*use*/, bool /*isForced*/) override
    {
        return true;
    }

    void Return(std::int64_t /*pages*/) override
    {
    }

  private:
    bool m_pressure{false};
};

} // namespace hoststack

#endif // HS_MEMORY_ACCOUNT_H
