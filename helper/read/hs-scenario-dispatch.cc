// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-dispatch.h"

#include "ns3/hs-block-quantity.h"
#include "ns3/hs-dispatch-metrics.h"
#include "ns3/hs-dispatch-stage.h"

#include <algorithm>
#include <set>

namespace hoststack
{

namespace
{

using Json = nlohmann::json;
using Pointer = Json::json_pointer;
using Settings = host::DispatchStudySettings;

/// More work than this is a mistake rather than a wish: sockets, or packets times sockets in walks.
constexpr std::uint64_t kMostWork = 4'000'000'000;

std::vector<std::string>
StageNames()
{
    std::vector<std::string> names;
    for (const auto& stage : host::DispatchStages())
    {
        names.emplace_back(stage.name);
    }
    return names;
}

void
ReadNumbers(const Json& block,
            const char* key,
            const Pointer& pointer,
            std::vector<std::uint64_t>& numbers,
            IssueCollector& issues)
{
    if (!block.contains(key))
    {
        return;
    }
    numbers = block[key].get<std::vector<std::uint64_t>>();
    if (std::set<std::uint64_t>(numbers.begin(), numbers.end()).size() != numbers.size())
    {
        issues.Add(pointer / key, "holds a number twice", "each once");
    }
}

void
CheckWork(const Settings& settings, const Pointer& pointer, IssueCollector& issues)
{
    const auto most = *std::max_element(settings.sockets.begin(), settings.sockets.end());
    const auto runs = settings.study == "scaling"
                          ? *std::max_element(settings.cores.begin(), settings.cores.end())
                          : 1;
    std::uint64_t packets = std::uint64_t{settings.polls} * settings.packetsPerPoll * runs;
    std::uint64_t walked = most;
    if (settings.study == "time-wait")
    {
        packets = settings.connections * 4;
        walked = most + settings.connections;
    }
    else if (settings.study == "workers")
    {
        packets = settings.connections * settings.polls;
        walked = settings.workers;
    }
    if (packets > 0 && walked > kMostWork / packets)
    {
        issues.Add(pointer,
                   "this many packets for this many sockets take too long to walk along",
                   "packets times sockets of " + std::to_string(kMostWork) + " at most");
    }
}

DispatchSpec
ReadStudy(const std::string& name,
          const Json& block,
          const Pointer& pointer,
          IssueCollector& issues)
{
    DispatchSpec spec;
    spec.name = name;
    auto& settings = spec.settings;
    settings.study = block["study"].get<std::string>();
    const auto studies = host::DispatchStudies().Names();
    if (!host::DispatchStudies().Has(settings.study))
    {
        issues.AddUnknownName(pointer / "study", "dispatch study", settings.study, studies);
    }
    const auto known = StageNames();
    settings.stages =
        block.contains("systems") ? block["systems"].get<std::vector<std::string>>() : known;
    for (std::size_t i = 0; i < settings.stages.size(); ++i)
    {
        const auto& stage = settings.stages[i];
        if (std::find(known.begin(), known.end(), stage) == known.end())
        {
            issues.AddUnknownName(pointer / "systems" / i, "socket layer", stage, known);
        }
    }
    if (std::set<std::string>(settings.stages.begin(), settings.stages.end()).size() !=
        settings.stages.size())
    {
        issues.Add(pointer / "systems", "names a system twice", "each once");
    }
    settings.protocol = block.value("protocol", "tcp") == "udp" ? host::SocketProtocol::Udp
                                                                : host::SocketProtocol::Tcp;
    ReadNumbers(block, "sockets", pointer, settings.sockets, issues);
    ReadNumbers(block, "cores", pointer, settings.cores, issues);
    settings.listeners = block.value("listeners", settings.listeners);
    settings.armed =
        static_cast<double>(QuantityIn(block, "armed", QuantityKind::Share, 1'000'000'000)) * 1e-9;
    settings.packetsPerPoll = block.value("packets-per-poll", settings.packetsPerPoll);
    settings.payload = static_cast<std::uint32_t>(
        QuantityIn(block, "payload", QuantityKind::Size, settings.payload));
    settings.answered = block.value("answered", settings.answered);
    settings.oneTarget = block.value("target", "any") == "one";
    settings.polls = block.value("polls", settings.polls);
    settings.interfaces = block.value("interfaces", settings.interfaces);
    settings.outside = QuantityIn(block, "outside", QuantityKind::Time, settings.outside);
    if (block.contains("copies"))
    {
        settings.copies.clear();
        for (const auto& size : block["copies"])
        {
            settings.copies.push_back(static_cast<std::uint64_t>(
                ParseQuantity(size, QuantityKind::Size).value.value_or(Quantity()).value));
        }
    }
    const auto memory = block.value("memory", "cold");
    settings.memory = memory == "warm"    ? host::CopiedMemory::Warm
                      : memory == "fault" ? host::CopiedMemory::Fault
                                          : host::CopiedMemory::Cold;
    settings.connections = block.value("connections", settings.connections);
    settings.interval = QuantityIn(block, "interval", QuantityKind::Time, settings.interval);
    settings.timeWait = QuantityIn(block, "time-wait", QuantityKind::Time, settings.timeWait);
    settings.workers = block.value("workers", settings.workers);
    settings.waiting = block.value("waiting", settings.waiting);
    settings.service = QuantityIn(block, "service", QuantityKind::Time, settings.service);
    settings.round = QuantityIn(block, "round", QuantityKind::Time, settings.round);
    settings.check = QuantityIn(block, "check", QuantityKind::Time, settings.check);
    settings.flag = QuantityIn(block, "flag", QuantityKind::Time, settings.flag);
    settings.wakeUp = QuantityIn(block, "wake-up", QuantityKind::Time, settings.wakeUp);
    if (settings.check >= settings.round || settings.flag >= settings.round)
    {
        issues.AddBetween(
            {pointer / "round", pointer / (settings.check >= settings.round ? "check" : "flag")},
            "a round is over before its check is",
            "\"round\" longer than \"check\" and \"flag\"");
    }
    CheckWork(settings, pointer, issues);
    return spec;
}

} // namespace

void
ReadDispatch(const Json& root, Scenario& scenario, IssueCollector& issues)
{
    if (!root.contains("dispatch"))
    {
        return;
    }
    for (const auto& item : root["dispatch"].items())
    {
        scenario.dispatch.push_back(
            ReadStudy(item.key(), item.value(), Pointer("/dispatch") / item.key(), issues));
    }
}

std::vector<std::string>
DispatchMetricNames(const Scenario& scenario)
{
    std::vector<std::string> names;
    for (const auto& spec : scenario.dispatch)
    {
        const auto study = host::DispatchStudies().Create(spec.settings.study);
        for (const auto& figures : study->Plan(spec.settings))
        {
            const auto object = DispatchObject(spec.name, figures);
            for (const auto& row : DispatchMetricTable())
            {
                if (row.IsOf(figures))
                {
                    names.push_back(object + '.' + row.suffix);
                }
            }
        }
    }
    return names;
}

} // namespace hoststack
