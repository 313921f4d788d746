// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HPTS_COUNTERS_H
#define HS_HPTS_COUNTERS_H

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace hoststack
{

/// What HPTS has done: `net.inet.tcp.hpts.stats.*` and `<cpu>.*` of the versions, under one roof.
struct HptsCounters
{
    std::uint64_t hopeless{0};          ///< a thread gave up catching up (14.x)
    std::uint64_t loops{0};             ///< passes that began because a slot had begun meanwhile
    std::uint64_t combinedWheelWrap{0}; ///< an insert found no room in front of a late run
    std::uint64_t wheelWrap{0};         ///< a run was late by more than the wheel
    std::uint64_t directCall{0};        ///< runs by the hook (syscall_cnt)
    std::uint64_t timeoutWakeup{0};     ///< the thread was entered because of its timer
    std::uint64_t directAwakening{0};   ///< the thread was entered because of an insert
    std::uint64_t backToSleep{0};       ///< the thread met a run of the hook
    std::uint64_t cpuFlowId{0};         ///< a wheel was chosen by the flow's hash
    std::uint64_t cpuRandom{0};         ///< a wheel was drawn
    std::uint64_t inserts{0};           ///< tp_insert_count
    std::uint64_t removes{0};           ///< tp_remove_count
    std::uint64_t moves{0};             ///< tp_move_count
    std::uint64_t runsByThread{0};      ///< num_process_callout
    std::uint64_t runsByHook{0};        ///< num_process_oppor
    std::uint64_t idleHooks{0};         ///< num_process_oppor_noop
    std::uint64_t longTimers{0};        ///< requests for more than the wheel holds
    std::uint64_t maxQueued{0};         ///< tp_max_queued; over wheels: the sum
    std::uint64_t logged{0};            ///< records for the black-box log (tcp_hpts_log)
};

/// 16 buckets: of doubling width (0, 1, 2, 4, ...) or of width 1; the last holds all above.
class HptsHistogram
{
  public:
    static constexpr std::size_t kBuckets = 16;

    void AddExponential(std::uint32_t value)
    {
        std::size_t bucket = 0;
        for (; value != 0; value >>= 1)
        {
            ++bucket;
        }
        ++m_buckets[std::min(bucket, kBuckets - 1)];
    }

    void AddLinear(std::uint32_t value)
    {
        ++m_buckets[std::min<std::size_t>(value, kBuckets - 1)];
    }

    const std::array<std::uint64_t, kBuckets>& Buckets() const
    {
        return m_buckets;
    }

  private:
    std::array<std::uint64_t, kBuckets> m_buckets{};
};

/// The nine histograms of one wheel, in the order of `net.inet.tcp.hpts.stats`.
struct HptsHistograms
{
    HptsHistogram lateness;        ///< slots, of each connection served
    HptsHistogram latenessUs;      ///< us since what it asked for
    HptsHistogram connections;     ///< tp_batch_size: served by a run; linear
    HptsHistogram slots;           ///< slot_batch_size: walked by a run
    HptsHistogram threadRunUs;     ///< run_time_callout
    HptsHistogram hookRunUs;       ///< run_time_oppor
    HptsHistogram insertSlots;     ///< insert_slots: what was asked for
    HptsHistogram usPerConnection; ///< per_tp_time; linear
    HptsHistogram loops;           ///< processing_loops; linear
};

} // namespace hoststack

#endif // HS_HPTS_COUNTERS_H
