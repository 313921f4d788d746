// SPDX-License-Identifier: GPL-2.0-only

#include "lro-frame.h"
#include "ns3/hs-freebsd-lro.h"
#include "reference-folder.h"

#include <catch2/catch.hpp>
#include <map>
#include <memory>

namespace
{

using namespace hoststack;
using namespace hoststack::reference;

/// A case run on one version in one mode: what is observed after each step.
class Replay : public FreebsdLro::Host
{
  public:
    Replay(const Json& c, const LroVersion& version, char mode)
        : m_case(c),
          m_connections(c["conn"].size()),
          m_now(c["cfg"].value("clk", TimeNs{1000000000}))
    {
        static const std::map<char, int> flags =
            {{'q', 1}, {'o', 2}, {'k', 3}, {'s', 5}, {'r', 7}, {'d', 15}};
        LroSettings settings;
        settings.entries = c["cfg"].value("ent", 8u);
        settings.sortArray = c["cfg"].value("arr", 0u);
        settings.isQueueWanted = mode != 'c';
        for (auto& connection : m_connections)
        {
            connection.flags = static_cast<std::uint8_t>(mode == 'c' ? 0 : flags.at(mode));
        }
        FlowNames flows;
        for (std::size_t i = 0; i < c["pk"].size(); ++i)
        {
            Fill(*m_frames.emplace_back(std::make_unique<Frame>()), c["pk"][i], i, flows);
        }
        m_lro = std::make_unique<FreebsdLro>(version, settings, *this);
        m_seen = State();
        for (const auto& step : c["steps"])
        {
            const std::string what = step[0];
            if (mode == 'c' && (what == "tf" || what == "drain" || what == "tw" || what == "early"))
            {
                continue;
            }
            m_events = Json::array();
            Do(what, step);
            Observe();
        }
    }

    Json observed = Json::array();

    std::uint32_t Buckets() const
    {
        return m_lro->Buckets();
    }

  private:
    void Do(const std::string& what, const Json& step)
    {
        if (what == "rx" || what == "rxc")
        {
            const std::size_t end =
                what == "rx" ? step[2].get<std::size_t>() : step[1].get<std::size_t>();
            for (std::size_t i = step[1]; i <= end; ++i)
            {
                auto& packet = m_frames[i]->packet;
                if (what == "rxc" && step[2] != 0)
                {
                    packet.isChecksumRight = false;
                }
                if (const int error = m_lro->Receive(packet, m_now))
                {
                    LroUnit unit;
                    unit.head = packet;
                    unit.packets.assign(1, &packet);
                    Input(unit, error);
                }
            }
        }
        else if (what == "q")
        {
            for (std::size_t i = step[1]; i <= step[2]; ++i)
            {
                m_lro->Queue(m_frames[i]->packet, m_now);
            }
        }
        else if (what == "fa")
        {
            m_lro->FlushAll(m_now);
        }
        else if (what == "fi")
        {
            m_lro->FlushInactive(step[1].get<TimeNs>() * kMicrosecond, m_now);
        }
        else if (what == "adv")
        {
            m_now += step[1].get<TimeNs>();
        }
        else if (what == "set")
        {
            Set(step[1], step[2]);
        }
        else if (what == "tf")
        {
            m_connections[step[1]].flags = step[2];
        }
        else if (what == "tw")
        {
            m_connections[step[1]].isTimeWait = step[2] != 0;
        }
        else if (what == "early")
        {
            m_connections[step[1]].hasEarlyWake = true;
            m_early[step[1]] = step[2] != 0;
        }
        else if (what == "drain")
        {
            m_events.push_back({{"dr", step[1]}, {"q", Take(m_connections[step[1]])}});
        }
        else
        {
            FAIL("no step is named " << what);
        }
    }

    void Set(const std::string& name, std::int64_t value)
    {
        auto& s = m_lro->Settings();
        const auto number = static_cast<std::uint32_t>(value);
        const bool isOn = value != 0;
        if (name.rfind("pf", 0) == 0)
        {
            m_filters[name] = isOn;
            s.isFiltered = m_filters["pf4"] || m_filters["pf6"] || m_filters["pfl"];
        }
        else if (name == "nombuf")
        {
            m_failures = number;
        }
        else if (name == "bpf")
        {
            m_hasListener = isOn;
        }
        else if (name == "cpu")
        {
            s.cpu = static_cast<int>(value);
        }
        else if (name == "acklim" || name == "lenlim" || name == "thresh")
        {
            (name == "acklim"   ? s.ackLimit
             : name == "lenlim" ? s.lengthLimit
                                : s.cpuThreshold) = number;
        }
        else
        {
            const std::map<std::string, bool*> flags = {{"fwd4", &s.forwards4},
                                                        {"fwd6", &s.forwards6},
                                                        {"want", &s.isQueueWanted},
                                                        {"hpts", &s.hasHpts},
                                                        {"less", &s.isLessAccurate},
                                                        {"cap", &s.isCapable}};
            REQUIRE(flags.count(name) == 1);
            *flags.at(name) = isOn;
        }
    }

    // What LRO asks and does

    void Free(const LroPacket& packet) override
    {
        m_events.push_back({{"x", packet.id}});
    }

    void Input(const LroUnit& unit, int error) override
    {
        const auto& head = unit.head;
        const auto& frame = *m_frames[head.id];
        Json e;
        Json buffers = Json::array();
        std::uint32_t length = 0;
        for (std::size_t i = 0; i < unit.packets.size(); ++i)
        {
            const auto& p = *unit.packets[i];
            const auto headers = i == 0 ? 0 : p.linkHeader + p.ipHeader + p.tcpHeader;
            const auto bytes = p.linkHeader + p.frameBytes;
            length += bytes - headers;
            if (p.firstBuffer < bytes)
            {
                buffers.push_back({p.id, p.firstBuffer - headers});
                buffers.push_back({p.id, bytes - p.firstBuffer});
            }
            else
            {
                buffers.push_back({p.id, bytes - headers});
            }
        }
        e["u"] = buffers;
        e["len"] = length;
        if (error != 0)
        {
            e["err"] = error;
        }
        if (frame.vlanInside != 0)
        {
            e["vlan"] = frame.vlanInside;
        }
        if (frame.etherType == 0)
        {
            e["il"] = head.isVersion4 ? head.ipLength : head.ipLength - 40; // as it stands there
            if (head.codepoint != 0)
            {
                e["tos"] = head.codepoint;
            }
            if (frame.timeToLive != 64)
            {
                e["ttl"] = frame.timeToLive;
            }
        }
        if (frame.isTcp)
        {
            e["s"] = static_cast<std::uint32_t>(head.seq - Seq32(0));
            e["a"] = static_cast<std::uint32_t>(head.ack - Seq32(0));
            e["w"] = head.window;
            e["fl"] = LettersOf(head.flags);
            if (head.options == LroOptions::Timestamps)
            {
                e["ts"] = {head.timestampValue, head.timestampEcho};
            }
            else if (head.options == LroOptions::Other)
            {
                e["o"] = frame.options;
            }
        }
        if (unit.head.segments > 0)
        {
            e["n"] = unit.head.segments;
        }
        if (head.arrival != kNever)
        {
            e["t"] = head.arrival;
        }
        const auto flags =
            unit.isChanged ? std::uint32_t{head.checksumFlags} << 24 : frame.checksumFlags;
        if (flags != kUsualFlags)
        {
            e["cf"] = flags;
        }
        const int ip = !head.isVersion4 ? 1 : head.isIpChecksumRight ? 1 : 0;
        const bool isCut = head.ipLength > head.frameBytes && !unit.isChanged;
        const int tcp = !frame.isTcp || isCut ? -1 : head.isChecksumRight ? 1 : 0;
        const int seenIp = frame.isTcp ? ip : -1;
        if (seenIp != 1 || tcp != 1)
        {
            e["ck"] = {head.isVersion4 ? seenIp : -1, tcp};
        }
        m_events.push_back(e);
    }

    void Wake(LroConnection& connection) override
    {
        m_events.push_back({{"w", IndexOf(connection)}, {"q", Take(connection)}});
    }

    LroConnection* Find(const LroPacket& packet) override
    {
        for (std::size_t c = 0; c < m_connections.size(); ++c)
        {
            const bool isV6 = m_case["conn"][c][1] != 0;
            if (m_case["conn"][c][0] == m_frames[packet.id]->ports.first &&
                m_frames[packet.id]->ports.second == 80 && isV6 != packet.isVersion4)
            {
                return &m_connections[c];
            }
        }
        return nullptr;
    }

    bool WakesEarly(LroConnection& connection) override
    {
        m_events.push_back({{"ec", IndexOf(connection)}});
        return m_early[IndexOf(connection)];
    }

    bool AllocateBuffer() override
    {
        const bool fails = m_failures > 0;
        m_failures -= fails ? 1 : 0;
        return !fails;
    }

    void Tap(const LroPacket& packet) override
    {
        if (m_hasListener)
        {
            m_events.push_back({{"bpf", packet.id}});
        }
    }

    void RunSoftTimer() override
    {
        m_events.push_back({{"h", 1}});
    }

    std::size_t IndexOf(const LroConnection& connection) const
    {
        return static_cast<std::size_t>(&connection - m_connections.data());
    }

    static Json Take(LroConnection& connection)
    {
        Json items = Json::array();
        for (const auto& item : connection.queue)
        {
            if (item.packet)
            {
                const auto& p = *item.packet;
                items.push_back({{"m", p.id},
                                 {"len", p.ipLength},
                                 {"d", p.payload},
                                 {"ho", p.ipHeader},
                                 {"t", p.arrival}});
                continue;
            }
            Json acks = Json::array();
            for (const auto& a : item.acks)
            {
                const Json flags = {LettersOf(a.flags),
                                    (a.isNicTime ? 2 : 1) + (a.hasTimestamps ? 4 : 0)};
                acks.push_back({a.arrival,
                                static_cast<std::uint32_t>(a.seq - Seq32(0)),
                                static_cast<std::uint32_t>(a.ack - Seq32(0)),
                                a.timestampValue,
                                a.timestampEcho,
                                a.window,
                                flags,
                                a.codepoint});
            }
            items.push_back({{"k", acks}, {"cl", item.isCluster ? 1 : 0}});
        }
        connection.queue.clear();
        return items;
    }

    /// All that is observed besides events.
    Json State() const
    {
        Json state;
        state["act"] = Json::array();
        for (const auto& entry : m_lro->Active())
        {
            state["act"].push_back({entry.packets.front()->id, entry.packets.size()});
        }
        state["fr"] = m_lro->FreeEntries();
        state["mc"] = m_lro->Waiting();
        state["in"] = Json::object();
        state["tc"] = Json::object();
        for (std::size_t c = 0; c < m_connections.size(); ++c)
        {
            const auto& connection = m_connections[c];
            const auto name = std::to_string(c);
            state["tc"][name] = {connection.flags, connection.cpu};
            for (const auto& item : connection.queue)
            {
                if (item.packet)
                {
                    state["in"][name].push_back(item.packet->id);
                }
                else
                {
                    state["in"][name].push_back("k" + std::to_string(item.acks.size()));
                }
            }
        }
        const auto& cpu = m_lro->Cpu();
        state["cpu"] = {cpu.isSet ? 1 : 0, cpu.last, cpu.count};
        const auto& n = m_lro->GetCounters();
        const std::vector<std::pair<const char*, std::uint64_t>> counters = {
            {"queued", n.queued},
            {"flushed", n.flushed},
            {"ipbad", n.badIp},
            {"badcsum", n.badChecksum},
            {"fullq", n.queues},
            {"woke", n.wakes},
            {"cmp", n.compressed},
            {"locks", n.locks},
            {"extra", n.extra},
            {"nomb", n.noMemory},
            {"kmb", n.ackBuffers},
            {"umb", n.plainBuffers}};
        state["ct"] = Json::object();
        for (const auto& [name, value] : counters)
        {
            if (value > 0)
            {
                state["ct"][name] = value;
            }
        }
        return state;
    }

    void Observe()
    {
        const auto state = State();
        Json out = Json::object();
        if (!m_events.empty())
        {
            out["e"] = m_events;
        }
        for (const auto& [name, value] : state.items())
        {
            if (value == m_seen[name])
            {
                continue;
            }
            out[name] = value;
            for (const auto& [key, before] : m_seen[name].items())
            {
                if ((name == "ct" || name == "tc") && before == value[key])
                {
                    out[name].erase(key); // of these only what has changed
                }
            }
        }
        m_seen = state;
        observed.push_back(out);
    }

    Json m_case;
    std::vector<LroConnection> m_connections;
    TimeNs m_now;
    std::vector<std::unique_ptr<Frame>> m_frames;
    std::unique_ptr<FreebsdLro> m_lro;
    std::map<std::string, bool> m_filters;
    std::map<std::size_t, bool> m_early;
    std::uint32_t m_failures{0};
    bool m_hasListener{false};
    Json m_events;
    Json m_seen;
};

} // namespace

TEST_CASE("FreeBSD's LRO does what its own functions did, step by step, in three versions",
          "[reference][lro]")
{
    Group group("lro", "lro");
    ForEachLine("lro", [&](const Json& c) {
        Differences differences;
        for (const auto& [mode, versions] : c["obs"].items())
        {
            for (std::size_t v = 0; v < LroVersions().size(); ++v)
            {
                const char name[] = {"ALH"[v], '\0'};
                Json expected = versions[name];
                if (expected.is_string())
                {
                    expected = versions[expected.get<std::string>()];
                }
                const Replay replay(c, LroVersions()[v], mode[0]);
                const auto& steps = expected["obs"];
                const auto where = std::string(name) + "/" + mode;
                differences.Check(where,
                                  "steps",
                                  static_cast<std::int64_t>(replay.observed.size()),
                                  static_cast<std::int64_t>(steps.size()));
                for (std::size_t i = 0; i < std::min(steps.size(), replay.observed.size()); ++i)
                {
                    if (steps[i] != replay.observed[i])
                    {
                        differences.Add(where + " after step " + std::to_string(i),
                                        replay.observed[i].dump() + "\n    instead of " +
                                            steps[i].dump());
                    }
                }
                if (expected.contains("hs"))
                {
                    differences.Check(where, "buckets", replay.Buckets(), expected["hs"]);
                }
            }
        }
        group.Judge(c["grp"].get<std::string>() + "-" + c["id"].dump(), differences);
    });
    group.Finish(262);
}
