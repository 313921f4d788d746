// SPDX-License-Identifier: GPL-2.0-only

#include "../../base/test-clock.h"
#include "bench-case.h"
#include "ns3/hs-clock.h"
#include "ns3/hs-hpts-host.h"
#include "ns3/hs-pacer.h"
#include "ns3/hs-processor.h"

#include <ctime>
#include <deque>
#include <memory>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#endif

namespace hoststack::bench
{

namespace
{

constexpr std::uint32_t kWheelSegment = 1448;
constexpr std::uint32_t kBurst = 2;                  // segments
constexpr TimeNs kGap = 100 * kMillisecond;          // of each connection
constexpr BytesPerSecond kRate = kBurst * 1514 * 10; // that gap, as RACK counts

/// A connection that sends whenever its pacer lets it.
class Sender
{
  public:
    Sender(HptsHost& host, std::uint64_t& bursts)
        : m_bursts(bursts)
    {
        PacingWish wish;
        wish.mss = kWheelSegment;
        wish.optionBytes = 12;
        wish.host = &host;
        wish.ready = [this](TimeNs now) { Go(now); };
        m_pacer = Pacers().Create("rack-14", wish);
    }

    void Go(TimeNs now)
    {
        ++m_bursts;
        m_pacer->OnSent(now, kBurst * kWheelSegment, kBurst, kRate);
    }

  private:
    std::uint64_t& m_bursts;
    std::unique_ptr<Pacer> m_pacer;
};

} // namespace

/// Connections that share one wheel and send two segments every 100 ms, evenly spread; nothing else
/// of a host is there.
BenchCount
RunWheel(const BenchCase& run)
{
    hoststack::test::TestClock clock;
    host::InlineProcessor processor(clock);
    const auto hpts = HptsHost::Make(clock, processor, HptsHostSettings());
    std::uint64_t bursts = 0;
    std::deque<Sender> senders;
    for (std::uint32_t i = 0; i < run.active; ++i)
    {
        clock.Run(kGap * i / run.active);
        senders.emplace_back(*hpts, bursts);
        senders.back().Go(clock.Now());
    }
    const auto begin = kGap + static_cast<TimeNs>(run.warmUp * static_cast<double>(kSecond));
    clock.Run(begin);
    BenchCount count;
    const auto before = bursts;
    CALLGRIND_START_INSTRUMENTATION;
    const auto start = std::clock();
    clock.Run(begin + static_cast<TimeNs>(run.seconds * static_cast<double>(kSecond)));
    count.cpu = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    CALLGRIND_STOP_INSTRUMENTATION;
    count.seconds = run.seconds;
    count.packets = bursts - before;
    count.bytes = count.packets * kBurst * kWheelSegment;
    count.established = run.active;
    senders.clear();
    hpts->Stop();
    return count;
}

} // namespace hoststack::bench
