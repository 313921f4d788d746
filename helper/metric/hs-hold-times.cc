// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-hold-times.h"

#include <algorithm>
#include <numeric>

namespace hoststack
{

namespace
{

constexpr std::size_t
Index(tcp::Limit limit)
{
    return static_cast<std::size_t>(limit);
}

} // namespace

const std::vector<HoldReason>&
HoldReasons()
{
    using tcp::Limit;
    static const std::vector<HoldReason> list{
        {"cwnd",
         "congestion window",
         Index(Limit::Cwnd),
         "share of the sender's busy time in which the congestion window held it; of a multipath "
         "traffic the mean of its subflows', each weighted by its share of the bytes"},
        {"rwnd",
         "receive window",
         Index(Limit::ReceiveWindow),
         "the same for the receiver's window"},
        {"sndbuf", "send buffer", Index(Limit::SendBuffer), "the same for the send buffer"},
        {"pacing", "pacing", Index(Limit::Pacing), "the same for the pacer"},
        {"shared-window",
         "shared receive window",
         Index(Limit::SharedWindow),
         "multipath: the same, for an idle subflow, for the window that all subflows share",
         true},
        {"scheduler",
         "scheduler",
         Index(Limit::Scheduler),
         "multipath: the same, for an idle subflow, for the scheduler that gave it nothing",
         true},
        {"app",
         "application",
         Index(Limit::Application),
         "the same for the application that wrote nothing"},
        {"handshake", "handshake", Index(Limit::Handshake), "the same for the handshake"},
        {"timeout",
         "recovery after a time-out",
         Index(Limit::Timeout),
         "the same for the repair of losses that a retransmission time-out has found"},
        {"outage",
         "link down",
         kHoldOutage,
         "the same for a link on its way that an event had taken down"},
    };
    return list;
}

double
SumOf(const HoldTimes& times)
{
    return std::accumulate(times.begin(), times.end(), 0.0);
}

HoldTimes
Difference(HoldTimes a, const HoldTimes& b)
{
    for (std::size_t i = 0; i < a.size(); ++i)
    {
        a[i] -= b[i];
    }
    return a;
}

void
AddShares(HoldTimes& sum, const HoldTimes& times, double weight)
{
    const double all = SumOf(times);
    for (std::size_t i = 0; all > 0 && i < sum.size(); ++i)
    {
        sum[i] += weight * times[i] / all;
    }
}

std::vector<Limitation>
LimitationsOf(const std::string& prefix, const Metrics& metrics)
{
    std::vector<Limitation> list;
    for (const auto& reason : HoldReasons())
    {
        const auto value = metrics.Get(prefix + "limited." + reason.name);
        if (!value)
        {
            return {};
        }
        list.push_back({reason.name, reason.text, *value});
    }
    std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
        return a.share > b.share;
    });
    return list;
}

std::string
EndingOf(const std::string& prefix, const Metrics& metrics)
{
    const auto value = [&](const char* name) {
        return metrics.Get(prefix + "ended." + name).value_or(0);
    };
    const auto count = [&](const char* name) {
        return FormatMetric(value(name), MetricUnit::Count);
    };
    const double all = value("closed") + value("aborted") + value("reset") + value("refused") +
                       value("given-up") + value("open");
    std::string text;
    const auto add = [&](const char* name, const std::string& what) {
        if (value(name) > 0)
        {
            text += (text.empty() ? "" : ", ") + (all > 1 ? count(name) + ' ' : "") + what;
        }
    };
    const auto retries = value("retries");
    add("given-up",
        retries > 0 ? "given up after " + FormatMetric(retries, MetricUnit::Count) +
                          (retries == 1 ? " repetition" : " repetitions") + " without an answer"
                    : "given up");
    add("reset", "reset");
    add("refused", "refused");
    add("aborted", "aborted");
    return text.empty() ? text
                        : text + ", last at " + FormatMetric(value("at"), MetricUnit::Seconds);
}

} // namespace hoststack
