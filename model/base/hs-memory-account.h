// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MEMORY_ACCOUNT_H
#define HS_MEMORY_ACCOUNT_H

#include <cstdint>

namespace hoststack
{

/**
 * What one socket has taken from its host's memory: whole pages, of which a part is still in hand
 * (sk_forward_alloc over tcp_mem; net/core/sock.c __sk_mem_schedule, include/net/sock.h
 * sk_mem_uncharge, Linux 6.18). Bytes. Only the step from page to page asks the host.
 */
class MemoryAccount
{
  public:
    static constexpr std::int64_t kPage = 4096;

    virtual ~MemoryAccount() = default;

    /// Pages in hand that no buffer uses.
    std::int64_t InHand() const
    {
        return m_inHand;
    }

    /// Sees to it that \p truesize is in hand. \return false if the host refuses
    bool Schedule(std::uint32_t truesize)
    {
        return truesize <= m_inHand || Fetch(truesize, false);
    }

    /// The same, even beyond the host's limits (sk_forced_mem_schedule).
    void ForceSchedule(std::uint32_t truesize)
    {
        if (truesize > m_inHand)
        {
            Fetch(truesize, true);
        }
    }

    /// A buffer of \p bytes is used from now on (sk_mem_charge); negative: it has shrunk.
    void Charge(std::int64_t bytes)
    {
        m_inHand -= bytes;
    }

    /// \p bytes are free again: whole pages go back to the host.
    void Uncharge(std::int64_t bytes)
    {
        m_inHand += bytes;
        const auto pages = m_inHand / kPage;
        if (pages != 0)
        {
            m_inHand -= pages * kPage;
            Return(pages);
        }
    }

    /// The host is short of memory (tcp_under_memory_pressure).
    virtual bool UnderPressure() const = 0;

    /// For a host whose memory is not modelled: it is told by hand. Others know by themselves.
    virtual void SetPressure(bool /*on*/)
    {
    }

  protected:
    /// \p pages more are wanted. \return false to refuse them, unless \p isForced
    virtual bool Allocate(std::int64_t pages, bool isForced) = 0;
    /// \p pages are given back.
    virtual void Return(std::int64_t pages) = 0;

  private:
    bool Fetch(std::uint32_t truesize, bool isForced)
    {
        const auto pages = (truesize - m_inHand + kPage - 1) / kPage;
        if (!Allocate(pages, isForced))
        {
            return false;
        }
        m_inHand += pages * kPage;
        return true;
    }

    std::int64_t m_inHand{0};
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
    bool Allocate(std::int64_t /*pages*/, bool /*isForced*/) override
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
