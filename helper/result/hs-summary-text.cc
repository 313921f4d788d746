// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-summary-text.h"

#include "ns3/hs-application.h"
#include "ns3/hs-dispatch-text.h"
#include "ns3/hs-hold-times.h"
#include "ns3/hs-host-text.h"
#include "ns3/hs-hpts-text.h"
#include "ns3/hs-metric-text.h"
#include "ns3/hs-nic-text.h"
#include "ns3/hs-traffic-legs.h"

#include <algorithm>

namespace hoststack
{

namespace
{

/// Characters of UTF-8 text, not bytes.
std::size_t
Width(const std::string& text)
{
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    }));
}

/// "congestion window 62 %, pacing 30 %"
std::string
Reasons(const std::string& prefix, const Metrics& metrics)
{
    std::string reasons;
    for (const auto& limitation : LimitationsOf(prefix, metrics))
    {
        constexpr double mentioned = 0.005;
        if (limitation.share >= mentioned)
        {
            reasons +=
                (reasons.empty() ? "" : ", ") + limitation.text + ' ' + Percent(limitation.share);
        }
    }
    const auto ending = EndingOf(prefix, metrics);
    reasons += reasons.empty() ? "" : " of the time";
    return reasons + (reasons.empty() || ending.empty() ? "" : "; ") + ending;
}

/// One line per link of each multipath traffic.
std::string
SubflowText(const RunReport& report)
{
    std::string text;
    const auto& metrics = report.result.metrics;
    for (const auto& traffic : MeasuredTraffic(report.loaded.scenario))
    {
        const MetricText all(metrics, "traffic." + traffic.name + '.');
        std::vector<std::vector<std::string>> rows{{"subflows of " + traffic.name,
                                                    "share",
                                                    "goodput",
                                                    "RTT min / mean / max",
                                                    "retransmits",
                                                    "link used",
                                                    "why it was not faster"}};
        const auto reader = SinkHost(traffic);
        for (const auto& link : report.loaded.scenario.links)
        {
            const auto prefix = "traffic." + traffic.name + ".subflows." + link.name + '.';
            const MetricText one(metrics, prefix);
            if (metrics.Has(prefix + "share"))
            {
                const auto reasons = Reasons(prefix, metrics);
                const bool neverOpened = reasons.empty() && metrics.Has(prefix + "limited.app");
                const auto* direction = link.ends[0] == reader ? ".down." : ".up.";
                const MetricText wire(metrics, "links." + link.name + direction);
                rows.push_back({link.name,
                                Percent(one.Value("share")),
                                one("goodput"),
                                one.Range({"rtt.min", "rtt.mean", "rtt.max"}),
                                one("retransmits"),
                                wire.Has("utilisation") ? Percent(wire.Value("utilisation")) : "-",
                                neverOpened ? "no subflow was opened" : reasons});
            }
        }
        if (rows.size() == 1)
        {
            continue;
        }
        text += '\n' + AlignedTable(rows, "  ");
        text +=
            "  " + traffic.name + ": " + all("reinjected-bytes") + " sent again on another " +
            "subflow, " + all("duplicate-bytes") + " received twice, " + all("data-timeouts") +
            " data-level time-outs, " + all("stale-subflows") + " times stale" +
            (all.Value("push-spins") > 0
                 ? ", " + all("push-spins") + " writes whose push loop went round without sending"
                 : "") +
            (all.Value("fallbacks") > 0 ? ", fell back to TCP\n" : "\n");
    }
    return text;
}

std::string
TrafficText(const RunReport& report)
{
    std::vector<std::vector<std::string>> rows{
        {"traffic", "goodput", "received", "completion", "retransmits", "RTT min / mean / max"}};
    for (const auto& traffic : MeasuredTraffic(report.loaded.scenario))
    {
        const MetricText text(report.result.metrics, "traffic." + traffic.name + '.');
        rows.push_back({traffic.name,
                        text("goodput"),
                        text("bytes"),
                        text.Has("completion") ? text("completion") : "not done",
                        text("retransmits"),
                        text.Range({"rtt.min", "rtt.mean", "rtt.max"})});
    }
    std::string table = rows.size() > 1 ? AlignedTable(rows, "  ") : "";
    for (const auto& traffic : MeasuredTraffic(report.loaded.scenario))
    {
        const auto reasons = Reasons("traffic." + traffic.name + '.', report.result.metrics);
        if (!reasons.empty())
        {
            table += "  why " + traffic.name + " was not faster: " + reasons + '\n';
        }
        const MetricText text(report.result.metrics, "traffic." + traffic.name + '.');
        if (text.Has("response.mean"))
        {
            table += "  " + traffic.name + ": " + text("requests") + " answers, median " +
                     text("response.p50") + ", 95 % within " + text("response.p95") +
                     ", 99 % within " + text("response.p99") + '\n';
        }
    }
    return table;
}

/// One line per traffic of datagrams.
std::string
DatagramText(const RunReport& report)
{
    std::vector<std::vector<std::string>> rows{
        {"datagrams", "goodput", "sent", "lost", "delay mean / p99 / max", "jitter"}};
    for (const auto& datagrams : report.loaded.scenario.datagrams)
    {
        const MetricText text(report.result.metrics, "traffic." + datagrams.name + '.');
        rows.push_back({datagrams.name,
                        text("goodput"),
                        text("sent"),
                        text("lost"),
                        text.Range({"delay.mean", "delay.p99", "delay.max"}),
                        text("jitter")});
    }
    return rows.size() > 1 ? '\n' + AlignedTable(rows, "  ") : "";
}

std::string
LinkText(const RunReport& report)
{
    std::vector<std::vector<std::string>> rows{
        {"link", "", "used", "rate", "drops queue / random / other", "queue delay mean / max"}};
    for (const auto& link : report.loaded.scenario.links)
    {
        for (const std::string direction : {"down", "up"})
        {
            const MetricText text(report.result.metrics,
                                  "links." + link.name + '.' + direction + '.');
            const double other = text.Value("drops.aqm") + text.Value("drops.outage") +
                                 text.Value("drops.thinned") + text.Value("drops.policed") +
                                 text.Value("drops.middlebox");
            rows.push_back({direction == "down" ? link.name : "",
                            direction,
                            text.Has("utilisation") ? Percent(text.Value("utilisation")) : "-",
                            text("rate"),
                            text.Has("drops.queue")
                                ? text("drops.queue") + " / " + text("drops.random") + " / " +
                                      FormatMetric(other, MetricUnit::Count)
                                : "-",
                            text.Range({"queue-delay.mean", "queue-delay.max"})});
        }
    }
    return AlignedTable(rows, "  ");
}

} // namespace

std::string
AlignedTable(const std::vector<std::vector<std::string>>& rows, const std::string& indent)
{
    std::vector<std::size_t> widths;
    for (const auto& row : rows)
    {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i)
        {
            widths[i] = std::max(widths[i], Width(row[i]));
        }
    }
    std::string text;
    for (const auto& row : rows)
    {
        std::string line = indent;
        for (std::size_t i = 0; i < row.size(); ++i)
        {
            line += row[i] + std::string(widths[i] - Width(row[i]) + 2, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    }
    return text;
}

std::string
VerdictText(const Verdict& verdict, const std::string& indent)
{
    if (!verdict.skipped.empty())
    {
        return indent + "- " + verdict.expected.metric + " is " +
               (verdict.measured ? FormatMetric(*verdict.measured, verdict.unit) : "not there") +
               ", not judged: " + verdict.skipped + '\n';
    }
    std::string text =
        indent + (verdict.met ? "✓ " : "✗ ") + verdict.expected.metric + " is " +
        (verdict.measured ? FormatMetric(*verdict.measured, verdict.unit) : "not there") +
        ", expected " + verdict.expected.text;
    if (verdict.measured && verdict.expected.op != ExpectOperator::Equals)
    {
        text += verdict.met ? " (" + Percent(verdict.margin) + " to spare)"
                            : " (misses by " + Percent(-verdict.margin) + ')';
    }
    text += '\n' + indent + "    because " + verdict.expected.because + '\n';
    if (!verdict.expected.knownMiss.empty())
    {
        text += indent +
                (verdict.met ? "    met, though said to be missed: " : "    known, not counted: ") +
                verdict.expected.knownMiss + '\n';
    }
    return text;
}

std::string
SummaryText(const RunReport& report)
{
    const Scenario& scenario = report.loaded.scenario;
    std::string text = scenario.name;
    text += scenario.about.empty() ? "\n" : ": " + scenario.about + '\n';
    const auto traffic = TrafficText(report) + SubflowText(report) + DatagramText(report);
    text += traffic.empty() ? "" : '\n' + traffic;
    if (!scenario.links.empty())
    {
        text += '\n' + LinkText(report);
    }
    text += DispatchText(report);
    text += HostText(report);
    text += NicText(report);
    text += HptsText(report);
    if (!report.result.notes.empty())
    {
        text += "\n  notes\n";
        for (const auto& note : report.result.notes)
        {
            text += "  " + note + '\n';
        }
    }
    if (!report.verdicts.empty())
    {
        text += "\n  expectations\n";
        for (const auto& verdict : report.verdicts)
        {
            text += VerdictText(verdict, "  ");
        }
    }
    return text;
}

} // namespace hoststack
