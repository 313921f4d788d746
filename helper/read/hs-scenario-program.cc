// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-program.h"

#include "ns3/hs-quantity.h"

#include <string>

namespace hoststack
{

namespace
{

using nlohmann::json;
using Pointer = json::json_pointer;

std::int64_t
Value(const json& block, const char* key, QuantityKind kind, std::int64_t absent)
{
    return block.contains(key) ? ParseQuantity(block[key], kind).value->value : absent;
}

/// \p size is what the message has, or becomes the sum of the writes if the traffic does not say.
void
ReadWrites(const json& traffic,
           const Pointer& pointer,
           const std::string& message,
           WritePattern& spec,
           std::uint64_t& size,
           IssueCollector& issues)
{
    const auto key = message + "-writes";
    if (!traffic.contains(key))
    {
        return;
    }
    const json& block = traffic[key];
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < block["sizes"].size(); ++i)
    {
        const auto bytes = static_cast<std::uint64_t>(
            ParseQuantity(block["sizes"][i], QuantityKind::Size).value->value);
        if (bytes == 0)
        {
            issues.Add(pointer / key / "sizes" / i, "is nothing", "at least 1 B");
        }
        spec.sizes.push_back(bytes);
        sum += bytes;
    }
    spec.gap = Value(block, "gap", QuantityKind::Time, 0);
    const auto hold = block.value("hold", "nothing");
    spec.hold = hold == "more"   ? WritePattern::Hold::More
                : hold == "cork" ? WritePattern::Hold::Cork
                                 : WritePattern::Hold::Nothing;
    const auto sizeKey = message + "-size";
    if (traffic.contains(sizeKey) && sum != size)
    {
        issues.Add(pointer / key / "sizes",
                   "add up to " + std::to_string(sum) + " B, not to \"" + sizeKey + "\" (" +
                       std::to_string(size) + " B)",
                   "sizes with that sum, or no \"" + sizeKey + '"');
    }
    size = sum;
}

void
ReadAccept(const json& block,
           const Pointer& pointer,
           const Scenario& scenario,
           TrafficSpec& spec,
           IssueCollector& issues)
{
    AcceptSpec accept;
    accept.backlog = block.value("backlog", accept.backlog);
    accept.startDelay = Value(block, "start-delay", QuantityKind::Time, 0);
    accept.interval = Value(block, "interval", QuantityKind::Time, 0);
    accept.abortOnOverflow = block.value("abort-on-overflow", false);
    spec.accept = accept;
    const auto listener = spec.openedByReceiver ? spec.from : spec.to;
    if (listener < scenario.hosts.size() && scenario.hosts[listener].ns3Stack)
    {
        issues.Add(pointer,
                   "ns-3's own TCP at the listening host accepts every connection at once",
                   "no \"accept\", or a host without \"stack\": \"ns3\"");
    }
}

} // namespace

void
ReadPrograms(const json& traffic,
             const Pointer& pointer,
             const Scenario& scenario,
             TrafficSpec& spec,
             IssueCollector& issues)
{
    ReadWrites(traffic, pointer, "request", spec.requestWrites, spec.requestSize, issues);
    ReadWrites(traffic, pointer, "response", spec.responseWrites, spec.responseSize, issues);
    if (traffic.contains("accept"))
    {
        ReadAccept(traffic["accept"], pointer / "accept", scenario, spec, issues);
    }
}

} // namespace hoststack
