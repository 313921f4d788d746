// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_FREEBSD_LRO_H
#define HS_FREEBSD_LRO_H

#include "ns3/hs-lro-packet.h"

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace hoststack
{

/// Where the versions of FreeBSD's LRO differ.
struct LroVersion
{
    enum class Refusal
    {
        FlushNone,
        FlushNewest,
        FlushAll,
    };

    const char* name;
    const char* about;
    Refusal onRefusal;       ///< what a packet that cannot be taken ends
    bool testsChecksumFirst; ///< in the immediate interface, and then it ends nothing
    bool refusesZeroAddress;
    bool bucketsOfArray;    ///< the sort array's size counts for the number of buckets
    bool asksModules;       ///< queueing needs HPTS and no packet filter; the stack may wake early
    bool stampsWhenQueued;  ///< arrival times of the batch interface, if a stack wants queues
    bool dataClosesAcks;    ///< an uncompressed packet ends the buffer of compressed ACKs
    bool unhashedKeepOrder; ///< packets without a hash are not sorted
};

/// The versions, oldest first; the reference names them A, L and H.
const std::vector<LroVersion>& LroVersions();

/// Settings of one receive queue.
struct LroSettings
{
    std::uint32_t entries{8};   ///< TCP_LRO_ENTRIES
    std::uint32_t sortArray{0}; ///< packets; 0: no batch interface
    std::uint32_t ackLimit{65535};
    std::uint32_t lengthLimit{65280};
    std::uint32_t cpuThreshold{50};
    bool forwards4{false};
    bool forwards6{false};
    bool isFiltered{false};    ///< a packet filter's hook on link, IPv4 or IPv6 input
    bool isQueueWanted{false}; ///< some stack takes packets in queues
    bool hasHpts{true};
    bool isLessAccurate{false}; ///< lro_less_accurate: one time for a batch
    bool isCapable{true};       ///< IFCAP_LRO
    int cpu{0};                 ///< where this runs
};

/**
 * Large receive offload of FreeBSD (sys/netinet/tcp_lro.c and tcp_lro_hpts.c): classic merging, and
 * queueing of whole packets and compressed ACKs to stacks that ask for it, with the immediate and
 * the sorting interface.
 *
 * It is lossy: the first header stands for all, and ACKs are swallowed. The rules are those that
 * reproduce the functions themselves, executed (ctest reference/lro; facts sheet freebsd.md section
 * 4).
 *
 * Limits: no VXLAN, no lagg; a woken stack takes its whole queue.
 */
class FreebsdLro
{
  public:
    /// Where packets go. A packet stays with its owner until it is freed, delivered or taken.
    class Host
    {
      public:
        virtual void Free(const LroPacket& packet) = 0;
        /// \param error of a packet that was refused; 0: none
        virtual void Input(const LroUnit& unit, int error) = 0;
        /// Its stack runs, and takes the whole queue.
        virtual void Wake(LroConnection& connection) = 0;
        virtual LroConnection* Find(const LroPacket& packet) = 0;
        /// The stack's own wish to be woken.
        virtual bool WakesEarly(LroConnection& connection) = 0;
        /// \return false: there is no memory for a buffer
        virtual bool AllocateBuffer() = 0;
        /// A packet that goes to a queue, before anything else happens to it: for listeners (BPF).
        virtual void Tap(const LroPacket& packet) = 0;
        /// HPTS' soft timer, after each flush of all.
        virtual void RunSoftTimer() = 0;

      protected:
        ~Host() = default;
    };

    struct Counters
    {
        std::uint64_t queued{0};
        std::uint64_t flushed{0};
        std::uint64_t badIp{0};
        std::uint64_t badChecksum{0};
        std::uint64_t queues{0}; ///< fullqueue
        std::uint64_t wakes{0};  ///< wokeup
        std::uint64_t compressed{0};
        std::uint64_t locks{0};        ///< lockcnt
        std::uint64_t extra{0};        ///< extra_mbuf: ACKs put into a waiting buffer
        std::uint64_t noMemory{0};     ///< would_have_but
        std::uint64_t ackBuffers{0};   ///< with_m_ackcmp
        std::uint64_t plainBuffers{0}; ///< without_m_ackcmp
    };

    struct Entry
    {
        std::uint64_t flow{0};
        std::uint64_t vlan{0};
        std::uint64_t bucket{0};
        Seq32 openingAck;
        std::uint32_t timestampValue{0}; ///< left by the last unit
        std::uint32_t timestampEcho{0};
        TimeNs created{0};
        std::vector<LroPacket*> packets;
    };

    struct CpuGuess
    {
        bool isSet{false};
        int last{0};
        std::uint32_t count{0};
    };

    FreebsdLro(const LroVersion& version, const LroSettings& settings, Host& host);

    /**
     * tcp_lro_rx(): merges at once.
     * \return 0: taken. Else what is wrong (-1 cannot, -2 no entry, 1 not supported), and the
     * caller hands the packet up
     */
    int Receive(LroPacket& packet, TimeNs now);
    /// tcp_lro_queue_mbuf(): waits for the sort.
    void Queue(LroPacket& packet, TimeNs now);
    /// tcp_lro_flush_all().
    void FlushAll(TimeNs now);
    /// tcp_lro_flush_inactive().
    void FlushInactive(TimeNs timeout, TimeNs now);

    LroSettings& Settings()
    {
        return m_settings;
    }

    /// Newest first.
    const std::list<Entry>& Active() const
    {
        return m_active;
    }

    std::size_t FreeEntries() const
    {
        return m_settings.entries - m_active.size();
    }

    std::size_t Waiting() const
    {
        return m_array.size();
    }

    std::uint32_t Buckets() const
    {
        return m_buckets;
    }

    const CpuGuess& Cpu() const
    {
        return m_cpu;
    }

    const Counters& GetCounters() const
    {
        return m_counters;
    }

  private:
    struct Batch;

    int Admit(LroPacket& packet, TimeNs now, bool looksAtChecksum);
    bool IsChecksumBad(const LroPacket& packet);
    bool IsParsed(const LroPacket& packet) const;
    int Chain(LroPacket& packet, TimeNs now, std::uint64_t bucket);
    void Refuse();
    void FlushNewest(FlushReason why);
    void FlushEntries(FlushReason why);
    void Flush(Entry& entry, FlushReason why);
    // Classic
    void Condense(Entry& entry, FlushReason why);
    std::optional<FlushReason> WhyItEnds(const LroUnit& unit,
                                         Entry& entry,
                                         const LroPacket& next,
                                         std::uint32_t sum) const;
    void Absorb(LroUnit& unit, const LroPacket& next, std::uint32_t& sum);
    void Deliver(LroUnit& unit, const Entry& entry, FlushReason why);
    // To queues (hs-freebsd-lro-queue.cc)
    bool FlushToQueue(Entry& entry);
    bool Compress(Batch& batch, const LroPacket& packet);
    LroQueued* OpenBuffer(Batch& batch);

    const LroVersion m_version;
    LroSettings m_settings;
    Host& m_host;
    const std::uint32_t m_buckets;
    std::list<Entry> m_active;
    std::list<Entry> m_free;
    std::vector<LroPacket*> m_array;
    CpuGuess m_cpu;
    Counters m_counters;
};

} // namespace hoststack

#endif // HS_FREEBSD_LRO_H
