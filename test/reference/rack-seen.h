// SPDX-License-Identifier: GPL-2.0-only

#ifndef RACK_SEEN_H
#define RACK_SEEN_H

#include "ns3/hs-rack-pacing.h"
#include "ns3/hs-rack-rate.h"
#include "ns3/hs-rack-timers.h"
#include "reference-folder.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

/// What this model of RACK answers to a record of the reference, part by part: an array with one
/// answer for each call that has one; nothing where the part has no such group.
namespace hoststack::reference
{

std::optional<Json> BurstAnswers(RackVersion version, const Json& record);
std::optional<Json> TimerAnswers(RackVersion version, const Json& record);
std::optional<Json> RttAnswers(RackVersion version, const Json& record);
std::optional<Json> OutputAnswers(RackVersion version, const Json& record);
std::optional<Json> RateAnswers(RackVersion version, const Json& record);
std::optional<Json> TimelyAnswers(RackVersion version, const Json& record);
std::optional<Json> WheelAnswers(RackVersion version, const Json& record);

/// The situation that a record sets; what it leaves out is as the reference's page says.
class RackSet
{
  public:
    explicit RackSet(const Json& record)
        : m_set(record.value("set", Json::object()))
    {
    }

    std::int64_t Get(const char* field, std::int64_t otherwise = 0) const
    {
        return m_set.value(field, otherwise);
    }

    std::uint32_t Word(const char* field, std::uint32_t otherwise = 0) const
    {
        return static_cast<std::uint32_t>(Get(field, otherwise));
    }

    bool Is(const char* field, bool otherwise = false) const
    {
        return Get(field, otherwise ? 1 : 0) != 0;
    }

    bool Has(const char* field) const
    {
        return m_set.contains(field);
    }

    bool Flag(const std::string& flag) const
    {
        const Json flags = m_set.value("fl", Json::array());
        return std::find(flags.begin(), flags.end(), flag) != flags.end();
    }

    /// A call `set` in the middle of a sequence.
    void Change(const Json& fields)
    {
        m_set.update(fields);
    }

    void AddFlag(const std::string& flag)
    {
        m_set["fl"].push_back(flag);
    }

    std::uint64_t Now() const
    {
        return static_cast<std::uint64_t>(Get("now", 1'000'000));
    }

    /// MSS without options.
    std::uint32_t Segment() const
    {
        return Word("maxseg", 1460) - (Flag("ts") || !Has("maxseg") ? 12 : 0);
    }

  private:
    Json m_set;
};

/// A call `rsm`: an entry more.
void AppendSent(RackMap& map, const Json& call);
/// What timers look at.
RackTimerView TimerViewOf(const RackSet& set);
/// What rates, bursts and gaps follow from.
RackRateView RateViewOf(const RackSet& set);

} // namespace hoststack::reference

#endif // RACK_SEEN_H
