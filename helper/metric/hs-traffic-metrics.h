// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TRAFFIC_METRICS_H
#define HS_TRAFFIC_METRICS_H

#include "ns3/hs-hold-times.h"
#include "ns3/hs-metric-table.h"
#include "ns3/hs-tcp-types.h"
#include "ns3/hs-wake-metrics.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

/**
 * \file
 * What is measured of a traffic and of one of its connections. The \e source is the end whose bytes
 * count: the sender of a bulk transfer, the one who answers requests. The \e sink reads them.
 */
namespace hoststack
{

/// What is known of an end.
enum class Insight : std::uint8_t
{
    None,    ///< it is outside the simulation
    Foreign, ///< what its segments and trace sources tell (ns-3's own TCP)
    Kernel,  ///< what a real kernel tells of it: TCP_INFO and the like
    Full,
};

/// How connections ended, each by its end that ended first.
struct Endings
{
    std::array<std::uint64_t, 6> count{}; ///< by tcp::End
    TimeNs last{-1};
    std::uint32_t retries{0}; ///< most that one was given up after

    void Add(tcp::End end, TimeNs at, std::uint32_t retriesOfIt);
};

/// Counts since the start, of one connection or of several together.
struct TrafficCounts
{
    std::uint64_t bytesRead{0}; ///< by the sink
    std::uint64_t reads{0};
    std::uint64_t bytesBack{0}; ///< read by the source, which a traffic in both ways has
    tcp::Info sent;             ///< of the source
    tcp::Info received;         ///< of the sink
    HoldTimes held{};
    std::uint64_t reinjectedBytes{0};
    std::uint64_t duplicateBytes{0};
    std::uint64_t dataTimeouts{0};
    std::uint64_t staleSubflows{0};
    std::uint64_t pushSpins{0};
    WakeCounts senderWakes;
    WakeCounts receiverWakes;
};

/// What happened from \p from to \p to; values that are no counts are those of \p to.
TrafficCounts Between(const TrafficCounts& from, const TrafficCounts& to);

struct TrafficFigures
{
    Insight source{Insight::None};
    Insight sink{Insight::None};
    bool isMultipath{false};
    bool isExchange{false}; ///< request-response
    bool isBothWays{false};
    bool isOne{true}; ///< one connection: windows and queues mean something
    bool isLive{false};
    bool hasSenderThread{false}; ///< it runs here
    bool hasReceiverThread{false};
    bool hasContent{false};            ///< ends compare what they read
    bool isUnanswered{false};          ///< nothing of the opener has reached the source
    bool countsTimeouts{false};        ///< of a kernel that is the source
    bool countsReinjections{false};    ///< the same
    TimeNs elapsed{0};                 ///< in which bytes could be carried
    std::optional<TimeNs> elapsedBack; ///< the same for those to the source, if it differs
    TrafficCounts counts;
    double cwndMax{0};
    std::uint64_t completed{0};
    std::optional<TimeNs> completion;
    std::optional<TimeNs> connect;
    std::optional<TimeNs> firstByte;
    std::optional<TimeNs> longestGap;
    /// \name Sorted
    /// @{
    std::vector<TimeNs> completions;
    std::vector<TimeNs> responses;
    std::optional<std::vector<TimeNs>> resumptions; ///< nothing: the sink cannot tell
    /// @}
    Endings endings;
    std::uint64_t fallbacks{0};
    std::uint64_t subflowCount{0};
    std::uint64_t contentErrors{0};
    std::int64_t contentErrorAt{-1};
};

/// traffic.*
const MetricTable<TrafficFigures>& TrafficMetricTable();

/// The value below or at which \p percent of the sorted \p values lie (nearest rank).
TimeNs Percentile(const std::vector<TimeNs>& values, unsigned percent);

} // namespace hoststack

#endif // HS_TRAFFIC_METRICS_H
