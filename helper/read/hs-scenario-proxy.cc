// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-proxy.h"

#include "ns3/hs-proxy-kinds.h"
#include "ns3/hs-quantity.h"

#include <algorithm>
#include <string>
#include <vector>

namespace hoststack
{

ProxySpec
ReadProxy(const nlohmann::json& host,
          const IssueCollector::Pointer& pointer,
          IssueCollector& issues)
{
    const auto none = nlohmann::json::object();
    const auto& block = host.contains("proxy") ? host["proxy"] : none;
    const auto name = block.value("program", ProxyKinds().front().name);
    const auto* kind = FindProxyKind(name);
    if (!kind)
    {
        std::vector<std::string> known;
        for (const auto& entry : ProxyKinds())
        {
            known.push_back(entry.name);
        }
        issues.AddUnknownName(pointer / "proxy" / "program", "proxy program", name, known);
        return {};
    }
    ProxySpec spec;
    spec.relay.buffer = kind->buffer;
    spec.relay.requestWait = kind->requestWait;
    spec.sealing = kind->sealing;
    spec.noDelay = block.value("no-delay", kind->noDelay);
    const auto cores = host.value("cores", std::uint32_t{1});
    spec.threads = block.value("threads", kind->threads > 0 ? kind->threads : cores);
    spec.instances = block.value("instances", spec.instances);
    if (block.contains("buffer"))
    {
        const auto bytes = ParseQuantity(block["buffer"], QuantityKind::Size).value->value;
        spec.relay.buffer = static_cast<std::uint64_t>(std::max<std::int64_t>(bytes, 1));
    }
    if (block.contains("request-wait"))
    {
        spec.relay.requestWait =
            ParseQuantity(block["request-wait"], QuantityKind::Time).value->value;
    }
    return spec;
}

std::optional<TrackerSpec>
ReadTracker(const nlohmann::json& host,
            const IssueCollector::Pointer& pointer,
            IssueCollector& issues)
{
    if (!host.contains("tracker"))
    {
        return std::nullopt;
    }
    const auto& block = host["tracker"];
    TrackerSpec spec;
    const auto time = [&](const char* key, TimeNs& value) {
        if (block.contains(key))
        {
            value = ParseQuantity(block[key], QuantityKind::Time).value->value;
        }
    };
    time("timeout", spec.timeout);
    time("between-tries", spec.betweenTries);
    time("interval", spec.interval);
    time("interval-down", spec.intervalDown);
    spec.targets = block.value("targets", spec.targets);
    spec.tries = block.value("tries", spec.tries);
    const bool offers = host.contains("mptcp") && host["mptcp"].value("enabled", false);
    if (!offers || host.value("stack", "hoststack") == "ns3")
    {
        issues.Add(pointer / "tracker",
                   "the host has no multipath endpoints that could be taken away",
                   "a host with an `mptcp` block");
    }
    return spec;
}

} // namespace hoststack
