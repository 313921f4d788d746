// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-host-memory.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hoststack::host
{

namespace
{

constexpr std::int64_t kPage = MemoryAccount::kPage;
constexpr std::int64_t kLeastLimit = 128;    // pages
constexpr std::uint64_t kSlotBytes = 131072; // of RAM for each slot of the connections' table
constexpr std::uint32_t kSlotsMost = 524288;

} // namespace

std::int64_t
FreeBufferPages(std::uint64_t ram, std::uint64_t kernelShare)
{
    if (ram <= kernelShare)
    {
        return 0;
    }
    const auto managed = static_cast<std::int64_t>((ram - kernelShare) / kPage);
    // init_per_zone_wmark_min, __setup_per_zone_wmarks
    const auto leastKb = std::clamp<std::int64_t>(
        static_cast<std::int64_t>(std::sqrt(static_cast<double>(managed) * 4 * 16)),
        128,
        262144);
    const auto low = leastKb * 1024 / kPage;
    const auto high = low + 2 * std::max(low / 4, managed / 1000);
    return std::max<std::int64_t>(managed - high, 0);
}

MemoryLimits
LimitsOfPages(std::int64_t freePages)
{
    const auto limit = std::max(freePages / 16, kLeastLimit);
    MemoryLimits limits;
    limits.least = limit / 4 * 3;
    limits.pressure = limit;
    limits.most = limits.least * 2;
    return limits;
}

std::uint32_t
OrphansOfRam(std::uint64_t ram)
{
    std::uint32_t slots = 2;
    while (slots < kSlotsMost && slots * kSlotBytes < ram)
    {
        slots *= 2;
    }
    return slots / 2;
}

std::uint32_t
BufferOfPages(std::int64_t freePages, std::uint32_t least, std::uint32_t most)
{
    return static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(freePages * kPage / 128, least, std::max(least, most)));
}

/// One socket's pages.
class HostMemory::Account : public MemoryAccount
{
  public:
    Account(std::shared_ptr<HostMemory> host, SocketKind kind)
        : m_host(std::move(host)),
          m_kind(kind)
    {
        ++Siblings();
    }

    ~Account() override
    {
        --Siblings();
        m_host->Reduce(m_pages);
        Account::EndWaiting();
    }

    /// Sockets of its kind, with itself.
    std::uint32_t& Siblings() const
    {
        return m_host->m_sockets[static_cast<std::size_t>(m_kind)];
    }

    bool UnderPressure() const override
    {
        return m_host->UnderPressure();
    }

    bool IsAmple() const override
    {
        return m_host->IsAmple();
    }

    bool BeginWaiting() override
    {
        m_waits = m_waits || m_host->AddTimeWait();
        return m_waits;
    }

    void EndWaiting() override
    {
        m_host->m_timeWaits -= std::exchange(m_waits, false) ? 1 : 0;
    }

    std::int64_t OwnPages() const
    {
        return m_pages;
    }

  protected:
    bool Allocate(std::int64_t pages, MemoryUse use, bool isForced) override
    {
        if (!m_host->Raise(*this, pages, use, isForced))
        {
            return false;
        }
        m_pages += pages;
        return true;
    }

    void Return(std::int64_t pages) override
    {
        m_pages -= pages;
        m_host->Reduce(pages);
    }

  private:
    std::shared_ptr<HostMemory> m_host;
    std::int64_t m_pages{0};
    SocketKind m_kind;
    bool m_waits{false}; ///< it counts as one in TIME-WAIT
};

HostMemory::HostMemory(const Clock& clock,
                       const MemorySettings& settings,
                       std::uint64_t seed,
                       const std::string& stream)
    : m_clock(&clock),
      m_settings(settings),
      m_limits(settings.limits),
      m_random(seed, stream)
{
    if (settings.ram > 0)
    {
        m_allPages = FreeBufferPages(settings.ram, settings.kernelShare);
        if (m_limits.most == 0)
        {
            m_limits = LimitsOfPages(m_allPages);
        }
        if (m_settings.orphansMost == 0)
        {
            m_settings.orphansMost = OrphansOfRam(settings.ram);
        }
        if (m_settings.timeWaitMost == 0)
        {
            m_settings.timeWaitMost = OrphansOfRam(settings.ram);
        }
    }
}

std::unique_ptr<MemoryAccount>
HostMemory::NewAccount(SocketKind kind)
{
    return std::make_unique<Account>(shared_from_this(), kind);
}

bool
HostMemory::Fails()
{
    const auto now = Now();
    const bool fails = (now >= m_settings.failFrom && now < m_settings.failUntil) ||
                       (m_settings.failureShare > 0 && m_random.Bernoulli(m_settings.failureShare));
    m_counts.failures += fails ? 1 : 0;
    return fails;
}

bool
HostMemory::Raise(const Account& account, std::int64_t pages, MemoryUse use, bool isForced)
{
    const bool fails = Fails();
    m_pages += pages;
    bool granted = !fails;
    if (m_pages <= m_limits.least)
    {
        SetPressure(false);
    }
    else
    {
        if (m_pages > m_limits.pressure)
        {
            SetPressure(true);
        }
        granted = granted && m_pages <= m_limits.most && Grants(account, pages, use);
    }
    if (!granted && !isForced)
    {
        m_pages -= pages; // pressure stays as it is
        ++m_counts.refusals;
        return false;
    }
    m_counts.forced += granted ? 0 : static_cast<std::uint64_t>(pages);
    m_counts.mostPages = std::max(m_counts.mostPages, m_pages);
    if (m_allPages > 0 && m_pages + m_driverPages > m_allPages && !m_exhausted)
    {
        m_exhausted = true;
        ++m_counts.outOfMemory;
    }
    return true;
}

bool
HostMemory::TakeForDriver(std::int64_t pages)
{
    const auto free = FreePages();
    if (free && *free < pages)
    {
        return false;
    }
    m_driverPages += pages;
    return true;
}

std::optional<std::int64_t>
HostMemory::FreePages() const
{
    return m_allPages > 0 ? std::optional(m_allPages - m_pages - m_driverPages) : std::nullopt;
}

bool
HostMemory::Grants(const Account& account, std::int64_t pages, MemoryUse use) const
{
    const auto least = use == MemoryUse::Receive ? m_settings.receiveLeast : m_settings.sendLeast;
    // Not more than all of its kind could have within the hard limit, with what it asks for
    // (__sk_mem_schedule adds that before it asks).
    return account.Used(use) < least || !m_pressed ||
           m_limits.most > std::int64_t{account.Siblings()} * (account.OwnPages() + pages);
}

void
HostMemory::Reduce(std::int64_t pages)
{
    m_pages -= pages;
    m_exhausted = m_exhausted && m_pages + m_driverPages > m_allPages;
    if (m_pages < m_limits.least)
    {
        SetPressure(false);
    }
}

void
HostMemory::SetPressure(bool on)
{
    if (m_pressed == on)
    {
        return;
    }
    m_pressed = on;
    const auto now = Now();
    if (on)
    {
        m_pressedSince = now;
        ++m_counts.pressures;
    }
    else
    {
        m_counts.underPressure += now - m_pressedSince;
    }
}

void
HostMemory::AddOrphan()
{
    ++m_orphans;
    m_counts.mostOrphans = std::max(m_counts.mostOrphans, m_orphans);
}

bool
HostMemory::RefusesOrphan(std::uint32_t shift, std::int64_t sendBytes)
{
    const bool many =
        m_settings.orphansMost > 0 && std::uint64_t{m_orphans} << shift > m_settings.orphansMost;
    const bool full = sendBytes > std::int64_t{m_settings.sendLeast} && m_pages > m_limits.most;
    m_counts.orphanKills += many || full ? 1 : 0;
    return many || full;
}

/// inet_twsk_alloc()
bool
HostMemory::AddTimeWait()
{
    if (m_settings.timeWaitMost > 0 && m_timeWaits >= m_settings.timeWaitMost)
    {
        ++m_counts.timeWaitRefusals;
        return false;
    }
    ++m_timeWaits;
    m_counts.mostTimeWaits = std::max(m_counts.mostTimeWaits, m_timeWaits);
    return true;
}

HostMemory::Counts
HostMemory::GetCounts() const
{
    auto counts = m_counts;
    counts.underPressure += m_pressed ? Now() - m_pressedSince : 0;
    return counts;
}

} // namespace hoststack::host
