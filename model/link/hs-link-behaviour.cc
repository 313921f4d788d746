// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

#include "ns3/hs-nearest.h"

#include <cmath>
#include <utility>

namespace hoststack
{

const char*
LinkDropName(LinkDrop reason)
{
    switch (reason)
    {
    case LinkDrop::None:
        return "none";
    case LinkDrop::Queue:
        return "queue";
    case LinkDrop::Aqm:
        return "aqm";
    case LinkDrop::Random:
        return "random";
    case LinkDrop::Outage:
        return "outage";
    case LinkDrop::Thinned:
        return "thinned";
    case LinkDrop::Policed:
        return "policed";
    }
    return "";
}

LinkVerdict
LinkBehaviour::Admit(TimeNs, const LinkPacket&, const LinkQueueState&)
{
    return LinkVerdict::Accept;
}

std::uint64_t
LinkBehaviour::Replaces(const LinkPacket&, std::uint64_t)
{
    return kNoPosition;
}

TimeNs
LinkBehaviour::Gate(TimeNs, TimeNs earliest, const LinkPacket&, const LinkQueueState&)
{
    return earliest;
}

LinkCapacity
LinkBehaviour::NextCapacity()
{
    return {};
}

LinkVerdict
LinkBehaviour::AtHead(TimeNs, TimeNs, const LinkPacket&, const LinkQueueState&)
{
    return LinkVerdict::Accept;
}

void
LinkBehaviour::Travel(TimeNs, const LinkPacket&, LinkJourney&)
{
}

TimeNs
LinkBehaviour::Tick(TimeNs, const LinkQueueState&)
{
    return kNever;
}

BitsPerSecond
LinkBehaviour::OwnRate() const
{
    return 0;
}

LinkBehaviourRegistry::LinkBehaviourRegistry(std::vector<LinkBehaviourEntry> entries)
    : m_entries(std::move(entries))
{
}

std::vector<std::string>
LinkBehaviourRegistry::Names() const
{
    std::vector<std::string> names;
    for (const auto& entry : m_entries)
    {
        names.push_back(entry.name);
    }
    return names;
}

const LinkBehaviourEntry&
LinkBehaviourRegistry::Get(const std::string& name) const
{
    std::string known;
    for (const auto& entry : m_entries)
    {
        if (entry.name == name)
        {
            return entry;
        }
        known += " " + entry.name;
    }
    const auto nearest = NearestName(name, Names());
    throw LinkConfigError("unknown link behaviour \"" + name + "\"" +
                              (nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?") +
                              " Known:" + known,
                          "kind");
}

void
LinkBehaviourRegistry::Add(LinkBehaviourEntry entry)
{
    for (auto& known : m_entries)
    {
        if (known.name == entry.name)
        {
            known = std::move(entry);
            return;
        }
    }
    m_entries.push_back(std::move(entry));
}

TimeNs
UniformTime(RandomStream& stream, TimeNs low, TimeNs high)
{
    return low + static_cast<TimeNs>(stream.Uniform() * static_cast<double>(high - low));
}

} // namespace hoststack
