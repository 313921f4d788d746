// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-relay-metrics.h"

namespace hoststack
{

namespace
{

using U = MetricUnit;
using F = RelayFigures;
using Value = std::optional<double>;

template <std::uint64_t RelayTally::*member>
Value
Counted(const F& figures)
{
    return static_cast<double>(figures.sum.*member);
}

} // namespace

const MetricTable<RelayFigures>&
RelayMetricTable()
{
    static const MetricTable<RelayFigures> table{
        {"accepted",
         U::Count,
         kOfWholeRun,
         "connections that the proxy of this host took",
         Counted<&RelayTally::accepted>},
        {"opened",
         U::Count,
         kOfWholeRun,
         "connections that it opened onward, and that were answered",
         Counted<&RelayTally::opened>},
        {"failed",
         U::Count,
         kOfWholeRun,
         "connections that it gave up as one side had failed",
         Counted<&RelayTally::failed>},
        {"copied",
         U::Bytes,
         kOfWholeRun,
         "bytes that it read from one socket to write them to another, both ways",
         Counted<&RelayTally::copied>},
        {"copied.busiest",
         U::Bytes,
         kOfWholeRun,
         "the same, by the one of its threads that copied most",
         [](const F& f) { return Value(static_cast<double>(f.busiest)); }},
        {"sealed",
         U::Bytes,
         kOfWholeRun,
         "bytes of payload that it encrypted",
         Counted<&RelayTally::sealed>},
        {"unsealed",
         U::Bytes,
         kOfWholeRun,
         "bytes of payload that it decrypted",
         Counted<&RelayTally::unsealed>},
        {"chunks",
         U::Count,
         kOfWholeRun,
         "calls of its cipher",
         [](const F& f) { return Value(static_cast<double>(f.sum.seals + f.sum.unseals)); }},
        {"reads", U::Count, kOfWholeRun, "reads that gave data", Counted<&RelayTally::reads>},
        {"writes",
         U::Count,
         kOfWholeRun,
         "writes, also those for which there was no room",
         Counted<&RelayTally::writes>},
        {"wake-ups",
         U::Count,
         kOfWholeRun,
         "times that it was told that a socket is ready",
         Counted<&RelayTally::wakeUps>},
        {"wake-ups.idle",
         U::Count,
         kOfWholeRun,
         "the same, when it found nothing that it could do",
         Counted<&RelayTally::idleWakeUps>},
        {"held.max",
         U::Bytes,
         kOfWholeRun,
         "bytes in its hand for one direction of one connection, most",
         Counted<&RelayTally::heldMost>},
    };
    return table;
}

} // namespace hoststack
