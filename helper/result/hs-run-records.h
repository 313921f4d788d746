// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RUN_RECORDS_H
#define HS_RUN_RECORDS_H

#include "ns3/hs-metric.h"
#include "ns3/hs-tcp-types.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hoststack
{

/// Something that happened in a run; a line of events.csv.
struct RunEvent
{
    TimeNs at{0};
    std::string object;          ///< "traffic.NAME", "links.NAME.down", ...
    std::string what;            ///< a word
    std::string host;            ///< at which it happened; empty: at none
    std::uint32_t subflow{0};    ///< 0: none
    std::string detail;          ///< a word or a name
    std::optional<double> value; ///< what it counts depends on \p what
};

/// What became of one connection; a line of connections.csv. Times are -1 for: never.
struct ConnectionRecord
{
    std::string traffic;
    std::uint64_t number{0}; ///< from 1, in the order of opening
    TimeNs opened{-1};
    TimeNs connected{-1};
    TimeNs firstByte{-1};
    TimeNs lastByte{-1};
    bool completed{false};
    std::uint64_t bytes{0};
    std::optional<std::uint64_t> retransmits; ///< nothing: the sender does not tell
    std::optional<std::uint64_t> timeouts;
    tcp::End end{tcp::End::Open}; ///< of the end that ended first
    std::string endedBy;          ///< its host
    TimeNs endedAt{-1};
    std::uint32_t retries{0};
    TimeNs repairedFor{0}; ///< given up so long after its first repetition
};

/// One question and its answer; a line of exchanges.csv.
struct ExchangeRecord
{
    std::string traffic;
    std::uint64_t connection{0};
    std::uint64_t number{0}; ///< from 1, on its connection
    TimeNs asked{-1};
    TimeNs answered{-1}; ///< -1: not completely
};

/// What became of a setting of a host that a real kernel plays.
struct SettingRecord
{
    enum class State : std::uint8_t
    {
        Applied,
        Differs,    ///< the kernel has something else, which `detail` says
        Impossible, ///< the kernel that runs has nothing of the kind
    };

    std::string host;
    std::string key;    ///< as the scenario names it: "tcp.sack"
    std::string wanted; ///< as the kernel would name the value
    State state{State::Applied};
    std::string detail; ///< by what, or why not
};

/// What a run yields besides its series.
struct RunResult
{
    Metrics metrics;
    TimeNs end{0}; ///< simulated time at which it ended
    /// What the scenario asks for and the run had no use for, and which connections and subflows
    /// did not end as they should.
    std::vector<std::string> notes;
    std::vector<ConnectionRecord> connections;
    std::vector<ExchangeRecord> exchanges;
    std::vector<SettingRecord> settings; ///< of a live run
};

} // namespace hoststack

#endif // HS_RUN_RECORDS_H
