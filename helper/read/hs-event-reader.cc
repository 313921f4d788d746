// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-event-reader.h"

#include "ns3/hs-event-names.h"
#include "ns3/hs-named-index.h"
#include "ns3/hs-quantity.h"
#include "ns3/hs-scenario-link.h"
#include "ns3/hs-scenario-mptcp.h"
#include "ns3/hs-topology.h"

#include <algorithm>
#include <string>
#include <utility>

namespace hoststack
{

namespace
{

using nlohmann::json;
using Pointer = json::json_pointer;

class EventReader
{
  public:
    EventReader(const json& block,
                const Pointer& pointer,
                const Scenario& scenario,
                const Topology& topology,
                IssueCollector& issues)
        : m_block(block),
          m_pointer(pointer),
          m_scenario(scenario),
          m_topology(topology),
          m_issues(issues)
    {
    }

    EventSpec Read()
    {
        EventSpec event;
        event.at = Value("at", QuantityKind::Time);
        m_issues.CheckBegins(m_pointer / "at", event.at, m_scenario.run.duration);
        if (m_block.contains("host"))
        {
            event.what = ReadHostEvent();
        }
        else if (m_block.contains("link") == m_block.contains("traffic"))
        {
            m_issues.Add(m_pointer,
                         "does not say what changes",
                         "either \"link\" or \"traffic\", or \"host\" and \"link\"");
        }
        else if (m_block.contains("link"))
        {
            event.what = ReadLinkEvent();
        }
        else
        {
            ReadTrafficEvent(event);
        }
        return event;
    }

  private:
    std::int64_t Value(const char* key, QuantityKind kind) const
    {
        return m_block.contains(key) ? ParseQuantity(m_block[key], kind).value->value : 0;
    }

    template <class Spec>
    std::optional<std::size_t> Index(const std::vector<Spec>& specs, const char* kind)
    {
        return IndexOf(specs, kind, m_block[kind], m_pointer / kind, m_issues);
    }

    void Refuse(const char* owner, const std::vector<const char*>& keys)
    {
        for (const char* key : keys)
        {
            if (m_block.contains(key))
            {
                m_issues.Add(m_pointer / key,
                             std::string("an event of a ") + owner + " has no \"" + key + '"',
                             "a key that belongs to it");
            }
        }
    }

    /// What only a link has.
    void RefuseLinkKeys(const char* owner, const char* insteadOfFor)
    {
        Refuse(owner, {"direction", "outage"});
        for (const auto& property : LinkProperties())
        {
            Refuse(owner, {property.key});
        }
        if (m_block.contains("for"))
        {
            m_issues.Add(m_pointer / "for",
                         "only a change of a link can be taken back",
                         insteadOfFor);
        }
    }

    LinkChange ReadLinkEvent()
    {
        LinkChange change;
        Refuse("link", {"action", "flags", "end"});
        const auto link = Index(m_scenario.links, "link");
        change.link = link.value_or(0);
        const auto direction = m_block.value("direction", "both");
        change.affectsDown = direction != "up";
        change.affectsUp = direction != "down";
        ReadValues(change);
        ReadBoxes(change);
        const auto& properties = LinkProperties();
        if (std::none_of(properties.begin(), properties.end(), [&](const auto& property) {
                return property.isIn(change);
            }))
        {
            m_issues.Add(m_pointer, "changes nothing", "at least one of " + LinkPropertyList());
        }
        if (link && m_scenario.links[*link].kind != LinkKind::Path)
        {
            m_issues.Add(m_pointer / "link", "cannot change while it runs", "a link of kind path");
        }
        if (link && change.rate)
        {
            CheckRate(change);
        }
        return change;
    }

    void ReadValues(LinkChange& change)
    {
        change.hold = m_block.value("outage", "drop") == "hold";
        if (m_block.contains("down"))
        {
            change.down = m_block["down"].get<bool>();
        }
        if (m_block.contains("outage") && !change.down.value_or(false))
        {
            m_issues.Add(m_pointer / "outage",
                         "says how the link is dead, but it does not die",
                         "\"down\": true beside it");
        }
        if (m_block.contains("rate"))
        {
            change.rate = static_cast<BitsPerSecond>(Value("rate", QuantityKind::Rate));
        }
        if (m_block.contains("delay"))
        {
            change.delay = Value("delay", QuantityKind::Time);
        }
        if (m_block.contains("jitter"))
        {
            change.jitter = Value("jitter", QuantityKind::Time);
        }
        if (m_block.contains("loss"))
        {
            change.loss = static_cast<double>(Value("loss", QuantityKind::Share)) / 1e9;
        }
        if (m_block.contains("for"))
        {
            change.lasts = Value("for", QuantityKind::Time);
            if (*change.lasts == 0)
            {
                m_issues.Add(m_pointer / "for", "is no time", "more than 0 s");
            }
        }
    }

    void ReadBoxes(LinkChange& change)
    {
        if (m_block.contains("queue"))
        {
            change.queue = ReadQueueLimit(m_block["queue"].get<std::string>());
        }
        if (m_block.contains("strip-mptcp"))
        {
            change.strip = ReadStrip(m_block["strip-mptcp"]);
        }
        if (m_block.contains("drop-mptcp"))
        {
            change.drop = ReadDrop(m_block["drop-mptcp"]);
        }
        if (m_block.contains("rewrite-payload"))
        {
            change.rewrite = ReadRewrite(m_block["rewrite-payload"]);
        }
    }

    /// A link whose capacity comes from a trace has no rate that could change.
    void CheckRate(const LinkChange& change)
    {
        const auto& link = m_scenario.links[change.link];
        if ((change.affectsDown && SetsRate(link.down)) || (change.affectsUp && SetsRate(link.up)))
        {
            m_issues.Add(m_pointer / "rate",
                         "cannot change: the capacity of link " + Quoted(link.name) +
                             " comes from a trace",
                         "a link with a \"rate\", or the other \"direction\"");
        }
    }

    /// A change of one of a host's addresses.
    HostChange ReadHostEvent()
    {
        HostChange change;
        Refuse("host", {"traffic", "end"});
        RefuseLinkKeys("host", "write the opposite action as an event of its own");
        const auto host = Index(m_scenario.hosts, "host");
        const auto& actions = HostActionNames();
        const auto action = m_block.value("action", "");
        const auto found = std::find_if(actions.begin(), actions.end(), [&](const auto& one) {
            return one.name == action;
        });
        if (!m_block.contains("link") || found == actions.end())
        {
            m_issues.Add(m_pointer,
                         "an event of a host says what happens to its address on a link",
                         "\"link\", and \"action\": one of " + HostActionList());
            return change;
        }
        change.host = host.value_or(0);
        change.action = found->action;
        if (!CheckFlags(change.action))
        {
            return change;
        }
        change.endpoint =
            ReadEndpointFlags(m_block.value("flags", json::array()), m_pointer / "flags", m_issues);
        const auto link = Index(m_scenario.links, "link");
        if (!host || !link)
        {
            return change;
        }
        change.endpoint.link = *link;
        if (!m_topology.IsEnd(*link, *host))
        {
            m_issues.Add(m_pointer / "link", "does not end at this host", "one of its links");
        }
        else if (!m_scenario.hosts[*host].mptcp.enabled)
        {
            m_issues.Add(m_pointer / "host", "has no multipath", "a host with `mptcp`");
        }
        return change;
    }

    bool CheckFlags(HostAction action)
    {
        const bool needs = action == HostAction::AddEndpoint;
        if (needs == m_block.contains("flags"))
        {
            return true;
        }
        if (needs)
        {
            m_issues.Add(m_pointer,
                         "add-endpoint needs \"flags\"",
                         "a list of subflow, signal, backup, fullmesh, laminar; for example "
                         "\"flags\": [\"subflow\"]");
        }
        else
        {
            m_issues.Add(m_pointer / "flags",
                         std::string("\"flags\" belong to add-endpoint, not to ") + NameOf(action),
                         "no flags");
        }
        return false;
    }

    void ReadTrafficEvent(EventSpec& event)
    {
        Refuse("traffic", {"flags"});
        RefuseLinkKeys("traffic", "what has stopped does not go on; write a second traffic");
        const auto action = m_block.value("action", "");
        const auto& datagrams = m_scenario.datagrams;
        const auto found =
            std::find_if(datagrams.begin(), datagrams.end(), [this](const auto& spec) {
                return spec.name == m_block["traffic"];
            });
        if (found != datagrams.end())
        {
            event.what = DatagramEnding{static_cast<std::size_t>(found - datagrams.begin())};
            if (m_block.value("action", "stop") != "stop")
            {
                m_issues.Add(m_pointer / "action", "does not happen to datagrams", "stop");
            }
            Refuse("traffic of datagrams", {"end"});
        }
        else
        {
            event.what = TrafficEnding{Index(m_scenario.traffic, "traffic").value_or(0),
                                       action == "abort",
                                       m_block.value("end", "from") == "to"};
        }
        if (!m_block.contains("action"))
        {
            m_issues.Add(m_pointer, "the key \"action\" is missing", "one of stop, abort");
        }
        else if (action != "stop" && action != "abort")
        {
            m_issues.Add(m_pointer / "action",
                         "does not happen to a traffic",
                         "one of stop, abort");
        }
    }

    const json& m_block;
    const Pointer& m_pointer;
    const Scenario& m_scenario;
    const Topology& m_topology;
    IssueCollector& m_issues;
};

} // namespace

void
ReadEvents(const nlohmann::json& root, Scenario& scenario, IssueCollector& issues)
{
    if (!root.contains("events"))
    {
        return;
    }
    const Topology topology(scenario);
    const json& events = root["events"];
    for (std::size_t i = 0; i < events.size() && !issues.IsFull(); ++i)
    {
        const Pointer pointer = Pointer("/events") / i;
        scenario.events.push_back(
            EventReader(events[i], pointer, scenario, topology, issues).Read());
    }
    std::stable_sort(scenario.events.begin(),
                     scenario.events.end(),
                     [](const auto& a, const auto& b) { return a.at < b.at; });
}

} // namespace hoststack
