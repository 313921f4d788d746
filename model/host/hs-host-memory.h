// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HOST_MEMORY_H
#define HS_HOST_MEMORY_H

#include "ns3/hs-clock.h"
#include "ns3/hs-memory-account.h"
#include "ns3/hs-random.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace hoststack::host
{

/// Thresholds of the memory of all TCP and MPTCP sockets of a host, pages (net.ipv4.tcp_mem).
struct MemoryLimits
{
    std::int64_t least{0};    ///< pressure ends at or below
    std::int64_t pressure{0}; ///< pressure begins above
    std::int64_t most{0};     ///< beyond it hardly anything is granted
};

/// What tells the thresholds of a host.
struct MemorySettings
{
    std::uint64_t ram{0};         ///< bytes; 0: not known
    std::uint64_t kernelShare{0}; ///< bytes of it that are never free: the kernel's image, reserved
    MemoryLimits limits;          ///< explicit ones; `most` 0: from the RAM
    std::uint32_t receiveLeast{4096}; ///< tcp_rmem[0]: granted in spite of pressure
    std::uint32_t sendLeast{4096};    ///< tcp_wmem[0]
    std::uint32_t orphansMost{0};     ///< tcp_max_orphans; 0: from the RAM, else no limit
    std::uint32_t timeWaitMost{0};    ///< tcp_max_tw_buckets; 0: from the RAM, else no limit
    double failureShare{0};           ///< of requests for pages, at random
    TimeNs failFrom{kNever};          ///< all requests fail
    TimeNs failUntil{kNever};
};

/**
 * The memory that all TCP and MPTCP sockets of one host share (tcp_mem, net/core/sock.c
 * __sk_mem_raise_allocated, Linux 6.12; facts sheet linux.md 2.2). Sockets take whole pages and
 * keep the rest of the last one; above one threshold pressure begins, at or below a lower one it
 * ends. Under pressure a socket is granted pages while all sockets of its kind could hold as many
 * within the hard limit. Forced charges (an empty queue's one segment, a FIN) are never refused.
 *
 * Limits: pages that a core has taken in advance (up to 1 MiB each) are not modelled, nor memory
 * control groups. What other programs use is not known: the memory is all for sockets and for a
 * modem's buffers but \ref MemorySettings::kernelShare, and when that is gone the out-of-memory
 * killer is counted, but kills nobody.
 */
class HostMemory : public MemorySource, public std::enable_shared_from_this<HostMemory>
{
  public:
    /// What has happened so far.
    struct Counts
    {
        std::uint64_t pressures{0};   ///< times that pressure began (TCPMemoryPressures)
        std::uint64_t refusals{0};    ///< requests for pages that were refused
        std::uint64_t forced{0};      ///< pages charged beyond what would have been granted
        std::uint64_t failures{0};    ///< requests that failed because the scenario wants it
        std::uint64_t orphanKills{0}; ///< orphans that were refused (TCPAbortOnMemory)
        std::uint32_t mostOrphans{0};
        std::uint64_t timeWaitRefusals{0}; ///< TCPTimeWaitOverflow
        std::uint32_t mostTimeWaits{0};
        std::uint64_t outOfMemory{0}; ///< times that the RAM was used up
        TimeNs underPressure{0};      ///< time spent so
        std::int64_t mostPages{0};
    };

    /// \p clock is asked until Stop(); \p stream names its random numbers.
    HostMemory(const Clock& clock,
               const MemorySettings& settings,
               std::uint64_t seed,
               const std::string& stream);

    /// The host is gone; accounts may still give back.
    void Stop()
    {
        m_end = m_clock->Now();
        m_clock = nullptr;
    }

    /// A new socket's account; it keeps this, and gives everything back when it goes.
    std::unique_ptr<MemoryAccount> NewAccount(SocketKind kind) override;

    /// \name Connections that are closed, belong to no program any more and still wait for
    /// acknowledgements (tcp_orphan_count)
    /// @{
    void AddOrphan();

    void RemoveOrphan()
    {
        --m_orphans;
    }

    std::uint32_t Orphans() const
    {
        return m_orphans;
    }

    /// tcp_max_orphans; 0: no limit.
    std::uint32_t OrphansMost() const
    {
        return m_settings.orphansMost;
    }

    /**
     * One of them asks whether it may live on (tcp_check_oom).
     * \param shift all count twice as much for each reason to doubt its peer
     * \param sendBytes what it still has to send
     */
    bool RefusesOrphan(std::uint32_t shift, std::int64_t sendBytes);

    /// @}

    /// \name What is left of connections that are over: TIME-WAIT, and FIN-WAIT-2 without a program
    /// (tw_refcount of struct inet_timewait_death_row)
    /// @{
    std::uint32_t TimeWaits() const
    {
        return m_timeWaits;
    }

    /// tcp_max_tw_buckets; 0: no limit.
    std::uint32_t TimeWaitMost() const
    {
        return m_settings.timeWaitMost;
    }

    /// @}

    bool UnderPressure() const
    {
        return m_pressed;
    }

    std::int64_t Pages() const
    {
        return m_pages;
    }

    bool IsAmple() const
    {
        return !m_pressed && m_pages < m_limits.least;
    }

    const MemoryLimits& Limits() const
    {
        return m_limits;
    }

    std::uint32_t Sockets() const
    {
        return m_sockets[0] + m_sockets[1];
    }

    /// \name Pages of drivers for what they receive: they count for the RAM, not for the thresholds
    /// @{
    /// \return whether there are so many; at interrupt time nobody is asked to give back any
    /// (GFP_ATOMIC)
    bool TakeForDriver(std::int64_t pages);

    void GiveBackOfDriver(std::int64_t pages)
    {
        m_driverPages -= pages;
    }

    /// Pages that neither sockets nor drivers have; nothing: the RAM is not known.
    std::optional<std::int64_t> FreePages() const;

    /// @}

    /// Pages that the host has in all; 0: not known.
    std::int64_t AllPages() const
    {
        return m_allPages;
    }

    /// Pressure up to now counts.
    Counts GetCounts() const;

  private:
    class Account;

    bool AddTimeWait();
    bool Raise(const Account& account, std::int64_t pages, MemoryUse use, bool isForced);
    bool Grants(const Account& account, std::int64_t pages, MemoryUse use) const;
    void Reduce(std::int64_t pages);
    bool Fails();
    void SetPressure(bool on);

    TimeNs Now() const
    {
        return m_clock ? m_clock->Now() : m_end;
    }

    const Clock* m_clock;
    TimeNs m_end{0};
    MemorySettings m_settings;
    MemoryLimits m_limits;
    std::int64_t m_allPages{0};
    RandomStream m_random;
    std::int64_t m_pages{0};
    std::int64_t m_driverPages{0};
    std::uint32_t m_sockets[2]{}; ///< by SocketKind
    std::uint32_t m_orphans{0};
    std::uint32_t m_timeWaits{0};
    bool m_pressed{false};
    TimeNs m_pressedSince{0};
    bool m_exhausted{false};
    Counts m_counts;
};

/// Pages that the kernel calls free for buffers: managed less the high watermark
/// (nr_free_buffer_pages, mm/page_alloc.c); 0: the kernel's share is more than the RAM.
std::int64_t FreeBufferPages(std::uint64_t ram, std::uint64_t kernelShare);

/// tcp_init_mem(); facts sheet linux.md 2.2.2.
MemoryLimits LimitsOfPages(std::int64_t freePages);

/// tcp_max_orphans and tcp_max_tw_buckets as tcp_init() has them since Linux 3.5: half the table of
/// connections, a slot for each 128 KiB of RAM, rounded up to a power of two, 512 Ki at most.
std::uint32_t OrphansOfRam(std::uint64_t ram);

/// The largest buffer that auto-tuning may reach on such a host (tcp_init: RAM / 128), not above
/// \p most, not below \p least; bytes.
std::uint32_t BufferOfPages(std::int64_t freePages, std::uint32_t least, std::uint32_t most);

} // namespace hoststack::host

#endif // HS_HOST_MEMORY_H
