// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-metric.h"

#include "ns3/hs-datagram-metrics.h"
#include "ns3/hs-link-metrics.h"

#include <cassert>
#include <cmath>
#include <cstdio>

namespace hoststack
{

namespace
{

/// Whether \p name is \p pattern with each '*' replaced by one part without a dot.
bool
Matches(const std::string& pattern, const std::string& name)
{
    std::size_t p = 0;
    std::size_t n = 0;
    while (p < pattern.size() && n < name.size())
    {
        if (pattern[p] == '*')
        {
            const std::size_t begin = n;
            while (n < name.size() && name[n] != '.')
            {
                ++n;
            }
            if (n == begin)
            {
                return false;
            }
            ++p;
        }
        else if (pattern[p++] != name[n++])
        {
            return false;
        }
    }
    return p == pattern.size() && n == name.size();
}

std::vector<MetricInfo>
MakeCatalogue()
{
    using U = MetricUnit;
    std::vector<MetricInfo> list{
        {"traffic.*.goodput",
         U::BitsPerSecond,
         "bytes read by the receiver per time, from the connect call to the last read (or the "
         "end)"},
        {"traffic.*.bytes", U::Bytes, "bytes read by the receiving application"},
        {"traffic.*.back.goodput",
         U::BitsPerSecond,
         "both-ways: the same in the other direction, from `to` to `from`"},
        {"traffic.*.back.bytes", U::Bytes, "both-ways: bytes read by `from`"},
        {"traffic.*.completed", U::Count, "connections that delivered all they had to"},
        {"traffic.*.completion",
         U::Seconds,
         "from the connect call to the last byte read; with several connections the last one's"},
        {"traffic.*.connect", U::Seconds, "from the connect call to the end of the handshake"},
        {"traffic.*.first-byte", U::Seconds, "from the connect call to the first byte read"},
        {"traffic.*.read-gap.max", U::Seconds, "longest time between two reads that gave data"},
        {"traffic.*.reads", U::Count, "reads that gave data"},
        {"traffic.*.content-errors",
         U::Count,
         "live: connections on which an end read a byte that the other end had not written there"},
        {"traffic.*.content-error-at", U::Bytes, "live: where in the stream the first of them was"},
        {"traffic.*.resume.count",
         U::Count,
         "times a read opened a window that it had found closed (less than a segment left)"},
        {"traffic.*.resume.min",
         U::Seconds,
         "from the end of such a read until a segment beyond the closed window has arrived, "
         "shortest"},
        {"traffic.*.resume.mean", U::Seconds, "the same, mean"},
        {"traffic.*.resume.p50", U::Seconds, "the same, median"},
        {"traffic.*.resume.p95", U::Seconds, "the same, 95th percentile"},
        {"traffic.*.resume.max", U::Seconds, "the same, longest"},
        {"traffic.*.requests", U::Count, "request-response: answers that arrived completely"},
        {"traffic.*.response.min",
         U::Seconds,
         "request-response: from question to complete answer"},
        {"traffic.*.response.mean", U::Seconds, "the same, mean"},
        {"traffic.*.response.p50", U::Seconds, "the same, median"},
        {"traffic.*.response.p95", U::Seconds, "the same, 95th percentile"},
        {"traffic.*.response.max", U::Seconds, "the same, longest"},
        {"traffic.*.data-segments", U::Count, "segments with data sent, retransmissions included"},
        {"traffic.*.retransmits", U::Count, "segments sent again"},
        {"traffic.*.retransmitted-bytes", U::Bytes, "bytes sent again"},
        {"traffic.*.timeouts", U::Count, "retransmission time-outs"},
        {"traffic.*.fast-recoveries", U::Count, "times the sender entered fast recovery"},
        {"traffic.*.loss-probes", U::Count, "tail loss probes sent"},
        {"traffic.*.undos", U::Count, "reductions of the window taken back as spurious"},
        {"traffic.*.acks", U::Count, "pure ACKs sent by the receiver"},
        {"traffic.*.duplicate-acks", U::Count, "duplicate ACKs that reached the sender"},
        {"traffic.*.window-updates", U::Count, "ACKs the receiver sent only to open its window"},
        {"traffic.*.zero-window.count", U::Count, "times the receiver closed its window to zero"},
        {"traffic.*.zero-window.probes", U::Count, "probes of a closed window"},
        {"traffic.*.rtt.min", U::Seconds, "round-trip time measured by the sender, least"},
        {"traffic.*.rtt.mean", U::Seconds, "the same, mean of the samples"},
        {"traffic.*.rtt.max", U::Seconds, "the same, most"},
        {"traffic.*.cwnd.max", U::Count, "largest congestion window, segments"},
        {"traffic.*.limited.cwnd",
         U::Share,
         "share of the sender's busy time in which the congestion window held it"},
        {"traffic.*.limited.rwnd", U::Share, "the same for the receiver's window"},
        {"traffic.*.limited.sndbuf", U::Share, "the same for the send buffer"},
        {"traffic.*.limited.pacing", U::Share, "the same for the pacer"},
        {"traffic.*.limited.shared-window",
         U::Share,
         "multipath: the same, for an idle subflow, for the window that all subflows share"},
        {"traffic.*.limited.scheduler",
         U::Share,
         "multipath: the same, for an idle subflow, for the scheduler that gave it nothing"},
        {"traffic.*.limited.app", U::Share, "the same for the application that wrote nothing"},
        {"traffic.*.limited.handshake", U::Share, "the same for the handshake"},
        {"traffic.*.fallbacks", U::Count, "multipath: connections that went on as plain TCP"},
        {"traffic.*.subflow-count",
         U::Count,
         "multipath: subflows there ever were, refused joins left out"},
        {"traffic.*.reinjected-bytes", U::Bytes, "multipath: bytes handed to a subflow again"},
        {"traffic.*.duplicate-bytes", U::Bytes, "multipath: bytes that arrived more than once"},
        {"traffic.*.data-timeouts", U::Count, "multipath: data-level retransmission time-outs"},
        {"traffic.*.stale-subflows", U::Count, "multipath: times a subflow was found stale"},
        {"traffic.*.push-spins",
         U::Count,
         "multipath: writes in which a kernel's push loop would go round for ever"},
    };
    AppendFamilies("traffic.*.", DatagramMetricTable(), list);
    const std::string s = "traffic.*.subflows.*.";
    const std::vector<MetricInfo> subflows{
        {s + "share", U::Share, "of the bytes received, those that came over this link first"},
        {s + "bytes", U::Bytes, "the same in bytes"},
        {s + "goodput", U::BitsPerSecond, "the same per time"},
        {s + "bytes-sent", U::Bytes, "bytes of the stream handed to it, copies included"},
        {s + "data-segments", U::Count, "segments with data sent, retransmissions included"},
        {s + "retransmits", U::Count, "segments sent again on the same subflow"},
        {s + "timeouts", U::Count, "retransmission time-outs"},
        {s + "cwnd.max", U::Count, "largest congestion window, segments"},
        {s + "rtt.min", U::Seconds, "round-trip time measured by the sender, least"},
        {s + "rtt.mean", U::Seconds, "the same, mean of the samples"},
        {s + "rtt.max", U::Seconds, "the same, most"},
        {s + "limited.cwnd", U::Share, "share of its busy time in which its window held it"},
        {s + "limited.rwnd", U::Share, "the same for the receiver's window"},
        {s + "limited.sndbuf", U::Share, "the same for the send buffer"},
        {s + "limited.pacing", U::Share, "the same for the pacer"},
        {s + "limited.shared-window", U::Share, "the same for the window that all subflows share"},
        {s + "limited.scheduler", U::Share, "the same for the scheduler that gave it nothing"},
        {s + "limited.app", U::Share, "the same for the application that wrote nothing"},
        {s + "limited.handshake", U::Share, "the same for the handshake"},
    };
    list.insert(list.end(), subflows.begin(), subflows.end());
    for (const std::string direction : {"down", "up"})
    {
        const std::string d = "links.*." + direction + '.';
        AppendFamilies(d, LinkMetricTable(), list);
    }
    list.push_back({"live.late.mean",
                    U::Seconds,
                    "live: how late packets for the kernel left, against simulated time, mean"});
    list.push_back({"live.late.max", U::Seconds, "the same, most"});
    list.push_back(
        {"hosts.*.counters.*",
         U::Count,
         "what the host counted, by its name in Linux' nstat: `hoststack list counters`"});
    list.push_back({"run.duration", U::Seconds, "simulated time"});
    return list;
}

} // namespace

const std::vector<MetricInfo>&
MetricCatalogue()
{
    static const std::vector<MetricInfo> catalogue = MakeCatalogue();
    return catalogue;
}

const MetricInfo*
FindMetric(const std::string& name)
{
    for (const auto& info : MetricCatalogue())
    {
        if (Matches(info.pattern, name))
        {
            return &info;
        }
    }
    return nullptr;
}

std::optional<QuantityKind>
QuantityOf(MetricUnit unit)
{
    switch (unit)
    {
    case MetricUnit::Seconds:
        return QuantityKind::Time;
    case MetricUnit::BitsPerSecond:
        return QuantityKind::Rate;
    case MetricUnit::Bytes:
        return QuantityKind::Size;
    case MetricUnit::Share:
        return QuantityKind::Share;
    case MetricUnit::Count:
        break;
    }
    return std::nullopt;
}

bool
IsHostCounter(const std::string& name)
{
    static const std::string pattern = "hosts.*.counters.*";
    return Matches(pattern, name);
}

std::string
FormatMetric(double value, MetricUnit unit)
{
    if (const auto kind = QuantityOf(unit))
    {
        return FormatQuantity(value, *kind);
    }
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, value == std::floor(value) ? "%.0f" : "%.4g", value);
    return buffer;
}

std::string
UnitName(MetricUnit unit)
{
    switch (unit)
    {
    case MetricUnit::Seconds:
        return "s";
    case MetricUnit::BitsPerSecond:
        return "bit/s";
    case MetricUnit::Bytes:
        return "bytes";
    case MetricUnit::Share:
        return "share";
    case MetricUnit::Count:
        break;
    }
    return "count";
}

void
Metrics::Set(const std::string& name, double value)
{
    assert(FindMetric(name));
    m_values[name] = value;
}

void
Metrics::SetMissing(const std::string& name)
{
    assert(FindMetric(name));
    m_values[name] = std::nullopt;
}

bool
Metrics::Has(const std::string& name) const
{
    return m_values.count(name) > 0;
}

std::optional<double>
Metrics::Get(const std::string& name) const
{
    const auto found = m_values.find(name);
    return found == m_values.end() ? std::nullopt : found->second;
}

} // namespace hoststack
