// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DATAGRAM_RUN_H
#define HS_DATAGRAM_RUN_H

#include "ns3/hs-datagram-metrics.h"
#include "ns3/hs-datagram-sink.h"
#include "ns3/hs-datagram-source.h"
#include "ns3/hs-departures.h"
#include "ns3/hs-metric.h"
#include "ns3/hs-outside-host.h"
#include "ns3/hs-ping.h"
#include "ns3/hs-run-observer.h"
#include "ns3/hs-scenario-network.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ns3
{

/// When \p spec, which is no ping, sends.
std::unique_ptr<hoststack::Departures> MakeDepartures(const hoststack::DatagramSpec& spec,
                                                      std::uint64_t seed);

/// One traffic of datagrams, or of ICMP echo requests, while it runs.
class DatagramRun
{
  public:
    /// \param onOver called once, when it has sent all
    DatagramRun(const hoststack::Scenario& scenario,
                std::size_t index,
                ScenarioNetwork& network,
                std::function<void()> onOver);

    /// Gives it what sends. A host claims all ports that are to be its own before it draws one.
    void AddSource(ScenarioNetwork& network);

    /// It will be over by itself, not only with the run.
    bool HasEnd() const
    {
        return m_spec.stop != hoststack::kNever || m_spec.count > 0;
    }

    bool IsOver() const
    {
        return OverAt() >= 0;
    }

    /// Nothing of it can be under way any more.
    bool IsSettled() const
    {
        return IsOver() && Received() == Sent();
    }

    void Stop();

    /// From now on bytes count; what is said of single datagrams is of the whole run.
    void StartMeasuring(hoststack::TimeNs now);
    void Sample(hoststack::TimeNs now, hoststack::RunObserver& observer);

    /// The run is over: the last line is of now, though it is written when all has settled.
    void HoldLastSample()
    {
        m_heldBytes = Bytes();
    }

    /// The run has ended at \p end and this traffic has not: what it does while others settle
    /// counts no more. \p observer takes the last lines of the series, if they are due.
    void Freeze(hoststack::TimeNs end, hoststack::RunObserver* observer);
    void Report(hoststack::TimeNs end, hoststack::Metrics& metrics) const;

  private:
    void MakeDatagrams(const hoststack::Scenario& scenario,
                       const std::vector<std::size_t>& way,
                       ScenarioNetwork& network,
                       std::function<void()> onOver);
    void MakePing(std::size_t index,
                  const std::vector<std::size_t>& way,
                  ScenarioNetwork& network,
                  std::function<void()> onOver);

    hoststack::TimeNs OverAt() const
    {
        return m_outside ? m_outside->overAt : m_ping ? m_ping->OverAt() : m_source->OverAt();
    }

    std::uint64_t Sent() const
    {
        return m_outside ? m_outside->sent : m_ping ? m_ping->Sent() : m_source->Sent();
    }

    std::uint64_t Received() const
    {
        return m_outside ? m_outside->delays.Count()
               : m_ping  ? m_ping->Received()
                         : m_sink->Received();
    }

    /// When the last one has arrived, or -1.
    hoststack::TimeNs LastArrival() const
    {
        return m_outside ? m_outside->lastArrival
               : m_ping  ? m_ping->LastArrival()
                         : m_sink->LastArrival();
    }

    /// Until when its bytes count: it stops, but what it has sent may still be under way, also
    /// when the run is over at \p end and waits for it.
    hoststack::TimeNs ActiveUntil(hoststack::TimeNs end) const;

    std::uint64_t Bytes() const
    {
        return m_outside ? m_outside->bytes : m_ping ? m_ping->Bytes() : m_sink->Bytes();
    }

    const hoststack::DatagramSpec& m_spec;
    std::string m_name;
    Ptr<HoststackDatagramSource> m_source;
    Ptr<HoststackDatagramSink> m_sink;
    Ptr<HoststackPing> m_ping; ///< instead of the two
    /// Instead of all three, if its ends are not simulated.
    std::shared_ptr<OutsideDatagrams> m_outside;
    OutsideHost* m_sender{nullptr};
    std::size_t m_index;
    hoststack::TimeNs m_beginAt{0};
    std::uint64_t m_beginBytes{0};
    hoststack::TimeNs m_sampledAt{0};
    std::uint64_t m_sampledBytes{0};
    std::optional<std::uint64_t> m_heldBytes;
    std::unique_ptr<hoststack::Metrics> m_frozen;
};

} // namespace ns3

#endif // HS_DATAGRAM_RUN_H
