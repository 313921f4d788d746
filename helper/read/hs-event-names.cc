// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-event-names.h"

#include <variant>

namespace hoststack
{

namespace
{

std::optional<double>
NoNumber(const LinkChange& /* change */)
{
    return std::nullopt;
}

template <class Range, class Name>
std::string
ListOf(const Range& range, Name name)
{
    std::string text;
    for (const auto& one : range)
    {
        text += (text.empty() ? "" : ", ") + std::string(name(one));
    }
    return text;
}

} // namespace

const std::vector<HostActionName>&
HostActionNames()
{
    static const std::vector<HostActionName> names{
        {HostAction::AddEndpoint, "add-endpoint"},
        {HostAction::RemoveEndpoint, "remove-endpoint"},
        {HostAction::SetBackup, "set-backup"},
        {HostAction::ClearBackup, "clear-backup"},
        {HostAction::OpenSubflow, "open-subflow"},
        {HostAction::CloseSubflow, "close-subflow"},
    };
    return names;
}

const char*
NameOf(HostAction action)
{
    for (const auto& one : HostActionNames())
    {
        if (one.action == action)
        {
            return one.name;
        }
    }
    return "";
}

const std::vector<LinkProperty>&
LinkProperties()
{
    using C = LinkChange;
    using Number = std::optional<double>;
    static const std::vector<LinkProperty> properties{
        {"down", "link-down", [](const C& c) { return c.down.has_value(); }, NoNumber},
        {"rate",
         "rate",
         [](const C& c) { return c.rate.has_value(); },
         [](const C& c) { return Number(static_cast<double>(*c.rate)); }},
        {"delay",
         "delay",
         [](const C& c) { return c.delay.has_value(); },
         [](const C& c) { return Number(ToSeconds(*c.delay)); }},
        {"jitter",
         "jitter",
         [](const C& c) { return c.jitter.has_value(); },
         [](const C& c) { return Number(ToSeconds(*c.jitter)); }},
        {"loss",
         "loss",
         [](const C& c) { return c.loss.has_value(); },
         [](const C& c) { return Number(*c.loss); }},
        {"queue", "queue", [](const C& c) { return c.queue.has_value(); }, NoNumber},
        {"strip-mptcp", "strip", [](const C& c) { return c.strip.has_value(); }, NoNumber},
        {"drop-mptcp", "drop", [](const C& c) { return c.drop.has_value(); }, NoNumber},
        {"rewrite-payload", "rewrite", [](const C& c) { return c.rewrite.has_value(); }, NoNumber},
    };
    return properties;
}

std::string
HostActionList()
{
    return ListOf(HostActionNames(), [](const auto& one) { return one.name; });
}

std::string
LinkPropertyList()
{
    return ListOf(LinkProperties(), [](const auto& one) { return one.key; });
}

std::optional<TimeNs>
LastsFor(const EventSpec& event)
{
    const auto* change = std::get_if<LinkChange>(&event.what);
    return change ? change->lasts : std::nullopt;
}

} // namespace hoststack
