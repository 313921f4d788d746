// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-memory.h"

#include "ns3/hs-block-quantity.h"

namespace hoststack
{

namespace
{

using Json = nlohmann::json;

std::int64_t
Pages(const Json& block, const char* key)
{
    return QuantityIn(block, key, QuantityKind::Size, 0) / MemoryAccount::kPage;
}

} // namespace

std::optional<host::MemorySettings>
ReadMemory(const Json& block, const Json::json_pointer& pointer, IssueCollector& issues)
{
    if (!block.contains("memory"))
    {
        return std::nullopt;
    }
    const auto& memory = block["memory"];
    const auto at = pointer / "memory";
    constexpr std::int64_t kernel = 12 << 20;
    host::MemorySettings settings;
    const bool hasOwn = memory.contains("ram");
    settings.ram = static_cast<std::uint64_t>(
        QuantityIn(hasOwn ? memory : block, "ram", QuantityKind::Size, 0));
    settings.kernelShare =
        static_cast<std::uint64_t>(QuantityIn(memory, "kernel", QuantityKind::Size, kernel));
    const auto& thresholds = memory.contains("thresholds") ? memory["thresholds"] : Json::object();
    settings.limits.least = Pages(thresholds, "least");
    settings.limits.pressure = Pages(thresholds, "pressure");
    settings.limits.most = Pages(thresholds, "most");
    const auto& limits = settings.limits;
    if (memory.contains("thresholds") &&
        !(limits.least > 0 && limits.least <= limits.pressure && limits.pressure <= limits.most))
    {
        issues.Add(at / "thresholds",
                   "are not in their order, or less than a page",
                   "4 KiB or more, and least <= pressure <= most");
    }
    const bool isKnown = hasOwn || block.contains("ram");
    if (!isKnown && !memory.contains("thresholds"))
    {
        issues.Add(at,
                   "neither its RAM nor thresholds are known",
                   "`ram` here, of the host or of its hardware profile, or `thresholds`");
    }
    else if (isKnown && host::FreeBufferPages(settings.ram, settings.kernelShare) == 0)
    {
        issues.Add(
            hasOwn ? at / "ram" : at,
            "the RAM is smaller than what the kernel keeps for itself",
            "more than `kernel`, which is " +
                FormatQuantity(static_cast<double>(settings.kernelShare), QuantityKind::Size) +
                ", by what Linux always keeps free of the rest (its watermarks, 192 KiB at least)");
    }
    settings.orphansMost = memory.value("orphans", 0U);
    settings.timeWaitMost = memory.value("time-wait", 0U);
    settings.failureShare =
        static_cast<double>(QuantityIn(memory, "failures", QuantityKind::Share, 0)) * 1e-9;
    if (memory.contains("fail-until") && !memory.contains("fail-from"))
    {
        issues.Add(at / "fail-until", "ends what has no beginning", "`fail-from` beside it");
    }
    if (memory.contains("fail-from"))
    {
        settings.failFrom = QuantityIn(memory, "fail-from", QuantityKind::Time, 0);
        settings.failUntil = QuantityIn(memory, "fail-until", QuantityKind::Time, kNever);
        if (settings.failUntil <= settings.failFrom)
        {
            issues.AddBetween({at / "fail-until", at / "fail-from"},
                              "\"fail-until\" is not after \"fail-from\"",
                              "\"fail-from\" before \"fail-until\"");
        }
    }
    return settings;
}

} // namespace hoststack
