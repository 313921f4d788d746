// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-datagram.h"

#include "ns3/hs-quantity.h"
#include "ns3/hs-topology.h"

#include <algorithm>
#include <set>
#include <string>

namespace hoststack
{

namespace
{

using nlohmann::json;
using Pointer = json::json_pointer;

constexpr std::uint32_t kLeastSize = 16; // number and time
constexpr std::uint32_t kUdpHeader = 8;  // RFC 768

class DatagramReader
{
  public:
    DatagramReader(const json& block, const Pointer& pointer, IssueCollector& issues)
        : m_block(block),
          m_pointer(pointer),
          m_issues(issues)
    {
    }

    DatagramSpec Read(const Scenario& scenario, const TrafficSpec& ends)
    {
        DatagramSpec spec;
        spec.name = ends.name;
        spec.from = ends.from;
        spec.to = ends.to;
        spec.link = ends.legs.front().link;
        spec.start = ends.start;
        spec.stop = ends.stop;
        spec.port = ends.legs.front().port;
        const auto kind = m_block["kind"].get<std::string>();
        for (const auto& known : DatagramKinds())
        {
            spec.kind = known.name == kind ? known.kind : spec.kind;
        }
        RefuseOthers(kind);
        if (spec.kind == DatagramKind::Ping)
        {
            ReadPing(scenario, spec);
            return spec;
        }
        spec.rate = static_cast<BitsPerSecond>(Value("rate", QuantityKind::Rate, 0));
        if (!m_block.contains("rate"))
        {
            m_issues.Add(m_pointer,
                         "the key \"rate\" is missing",
                         "the rate of the payload, such as \"2 Mbit/s\"");
        }
        else if (spec.rate == 0)
        {
            m_issues.Add(m_pointer / "rate", "sends nothing", "more than 0 bit/s");
        }
        ReadSize(scenario, spec);
        ReadThread(scenario, spec);
        const auto bytes = static_cast<std::uint64_t>(Value("bytes", QuantityKind::Size, 0));
        spec.count = (bytes + spec.size - 1) / spec.size;
        if (m_block.contains("bytes") && bytes == 0)
        {
            m_issues.Add(m_pointer / "bytes", "is nothing", "at least 1 B");
        }
        if (spec.kind == DatagramKind::OnOff)
        {
            ReadPeriods(spec);
        }
        return spec;
    }

  private:
    std::int64_t Value(const char* key, QuantityKind kind, std::int64_t absent)
    {
        return m_block.contains(key) ? ParseQuantity(m_block[key], kind).value->value : absent;
    }

    void RefuseOthers(const std::string& kind)
    {
        std::vector<std::string> known{"about",
                                       "kind",
                                       "from",
                                       "to",
                                       "link",
                                       "port",
                                       "start",
                                       "stop",
                                       "duration",
                                       "bytes",
                                       "rate",
                                       "packet-size",
                                       "wakes-every"};
        if (kind == "ping")
        {
            const std::set<std::string> no{"port", "bytes", "rate", "wakes-every"};
            known.erase(std::remove_if(known.begin(),
                                       known.end(),
                                       [&](const auto& key) { return no.count(key) > 0; }),
                        known.end());
            known.insert(known.end(), {"every", "count"});
        }
        if (kind == "on-off")
        {
            known.insert(known.end(), {"on", "off", "periods", "pareto-shape"});
        }
        for (const auto& item : m_block.items())
        {
            if (std::find(known.begin(), known.end(), item.key()) == known.end())
            {
                m_issues.Add(m_pointer / item.key(),
                             "traffic of kind " + kind + " has no \"" + item.key() + '"',
                             "a key that belongs to this kind");
            }
        }
    }

    void ReadThread(const Scenario& scenario, DatagramSpec& spec)
    {
        spec.wakesEvery = m_block.value("wakes-every", spec.wakesEvery);
        if (spec.wakesEvery > 0 && !scenario.hosts.empty() && !scenario.hosts[spec.from].machine)
        {
            m_issues.Add(m_pointer / "wakes-every",
                         "the program is a thread, and its host has no costs: no core runs it",
                         "a \"from\" with a hardware profile that has costs");
        }
    }

    /// The links that it goes over; none if its ends are not joined, which is another mistake.
    static std::vector<std::size_t> Way(const Scenario& scenario, const DatagramSpec& spec)
    {
        if (spec.link)
        {
            return {*spec.link};
        }
        return scenario.hosts.empty() ? std::vector<std::size_t>()
                                      : Topology(scenario).FindWay(spec.from, spec.to).links;
    }

    void ReadPing(const Scenario& scenario, DatagramSpec& spec)
    {
        spec.every = Value("every", QuantityKind::Time, spec.every);
        spec.count = m_block.value("count", spec.count);
        spec.size = 56;
        if (m_block.contains("packet-size"))
        {
            ReadSize(scenario, spec);
        }
        const auto way = Way(scenario, spec);
        const bool hasIpv6 = std::any_of(way.begin(), way.end(), [&](auto link) {
            return scenario.links[link].ipVersion == 6;
        });
        if (hasIpv6 || (spec.from == spec.to && scenario.run.ipVersion == 6))
        {
            m_issues.Add(m_pointer / "kind", "ping knows IPv4 only", "links of IPv4 on its way");
        }
    }

    void ReadSize(const Scenario& scenario, DatagramSpec& spec)
    {
        const auto size = Value("packet-size", QuantityKind::Size, spec.size);
        std::uint32_t mtu = 65535;
        int ipVersion = scenario.run.ipVersion;
        if (spec.from == spec.to && !scenario.hosts.empty())
        {
            mtu = scenario.hosts[spec.from].loopback.value_or(LoopbackSettings()).mtu;
        }
        else
        {
            for (const auto link : Way(scenario, spec))
            {
                mtu = std::min(mtu, scenario.links[link].mtu);
                ipVersion = scenario.links[link].ipVersion;
            }
        }
        const std::int64_t ip = ipVersion == 6 ? 40 : 20;
        const std::int64_t most = std::int64_t{mtu} - ip - kUdpHeader;
        if (size < kLeastSize || size > most)
        {
            m_issues.Add(m_block.contains("packet-size") ? m_pointer / "packet-size" : m_pointer,
                         "the payload of a datagram cannot be " + std::to_string(size) + " B",
                         "\"packet-size\" between 16 B (number and time) and " +
                             std::to_string(most) +
                             " B (the smallest MTU on its way, less headers)");
        }
        spec.size = static_cast<std::uint32_t>(
            std::max<std::int64_t>(kLeastSize, std::min<std::int64_t>(size, 65000)));
    }

    void ReadPeriods(DatagramSpec& spec)
    {
        spec.periods.on = Value("on", QuantityKind::Time, 0);
        spec.periods.off = Value("off", QuantityKind::Time, 0);
        for (const char* key : {"on", "off"})
        {
            if (!m_block.contains(key))
            {
                m_issues.Add(m_pointer,
                             std::string("the key \"") + key + "\" is missing",
                             "the mean length of these periods, such as \"500 ms\"");
            }
            else if (Value(key, QuantityKind::Time, 0) == 0)
            {
                m_issues.Add(m_pointer / key, "is no time", "more than 0 s");
            }
        }
        const auto law = m_block.value("periods", "exponential");
        spec.periods.law = law == "fixed"    ? PeriodLaw::Fixed
                           : law == "pareto" ? PeriodLaw::Pareto
                                             : PeriodLaw::Exponential;
        spec.periods.shape = m_block.value("pareto-shape", spec.periods.shape);
        if (m_block.contains("pareto-shape") && law != "pareto")
        {
            m_issues.Add(m_pointer / "pareto-shape",
                         "belongs to \"periods\": \"pareto\"",
                         "no such key, or that law");
        }
        if (!(spec.periods.shape > 1 && spec.periods.shape <= 100))
        {
            m_issues.Add(m_pointer / "pareto-shape",
                         "gives periods no mean",
                         "more than 1 and at most 100");
        }
    }

    const json& m_block;
    const Pointer& m_pointer;
    IssueCollector& m_issues;
};

} // namespace

const std::vector<DatagramKindName>&
DatagramKinds()
{
    static const std::vector<DatagramKindName> kinds{
        {DatagramKind::ConstantRate,
         "constant-rate",
         "UDP datagrams, one every `packet-size` / `rate`"},
        {DatagramKind::OnOff,
         "on-off",
         "UDP datagrams at `rate` in on-periods, silence between them"},
        {DatagramKind::Poisson, "poisson", "UDP datagrams at random, `rate` on average"},
        {DatagramKind::Ping,
         "ping",
         "ICMP echo requests, one every `every`; delays are round trips"},
    };
    return kinds;
}

bool
IsDatagramKind(const std::string& kind)
{
    const auto& kinds = DatagramKinds();
    return std::any_of(kinds.begin(), kinds.end(), [&](const auto& known) {
        return known.name == kind;
    });
}

DatagramSpec
ReadDatagrams(const nlohmann::json& block,
              const nlohmann::json::json_pointer& pointer,
              const Scenario& scenario,
              const TrafficSpec& spec,
              IssueCollector& issues)
{
    return DatagramReader(block, pointer, issues).Read(scenario, spec);
}

} // namespace hoststack
