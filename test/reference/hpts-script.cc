// SPDX-License-Identifier: GPL-2.0-only

#include "hpts-script.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace hoststack::reference
{

namespace
{

std::vector<std::string>
Split(const std::string& text, char separator)
{
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, separator);)
    {
        if (!part.empty())
        {
            parts.push_back(part);
        }
    }
    return parts;
}

std::string
JoinFrom(const std::vector<std::string>& words, std::size_t first)
{
    std::string text;
    for (std::size_t i = first; i < words.size(); ++i)
    {
        text += (i > first ? " " : "") + words[i];
    }
    return text;
}

std::uint16_t
CpuOf(const std::string& word)
{
    return static_cast<std::uint16_t>(std::stoul(word));
}

HptsVersion
VersionFor(const HptsVersion& version, const Json& record)
{
    if (!record.contains("tun"))
    {
        return version;
    }
    const Json& tun = record["tun"];
    return WithHptsTunables(version,
                            tun.value("usecs_per_slot", version.slotUs),
                            tun.value("total_slot_time", version.slotUs * version.slots));
}

} // namespace

HptsScript::HptsScript(const HptsVersion& version, const Json& record)
    : m_version(VersionFor(version, record)),
      m_now(record["cfg"]["start"].get<TimeNs>() * kMicrosecond),
      m_latency(record["cfg"]["lat"].get<TimeNs>() * kMicrosecond),
      m_serviceCost(record["cfg"]["cost"].get<TimeNs>() * kMicrosecond),
      m_slotCost(record["cfg"]["slotns"].get<TimeNs>()),
      m_nextServiceCost(m_serviceCost),
      m_nextSlotCost(m_slotCost),
      m_events(Json::array())
{
    HptsTopology topology;
    topology.cpus = record["cfg"]["ncpu"];
    topology.l3Groups = record["cfg"]["ngrp"];
    topology.domains = record["cfg"]["ndom"];
    m_threads.resize(topology.cpus);
    m_hpts = std::make_unique<Hpts>(m_version, topology, *this);
}

HptsScript::~HptsScript() = default;

Json
HptsScript::Boot()
{
    m_hpts->Start();
    return Seen();
}

Json
HptsScript::Do(const std::string& step)
{
    m_serviceCost = m_nextServiceCost;
    m_slotCost = m_nextSlotCost;
    m_areCostsStopped = false;
    m_passes = 0;
    Step(Split(step, ' '));
    return Seen();
}

void
HptsScript::Step(const Words& words)
{
    static const std::vector<std::string> ofConnections{"ins",
                                                        "insn",
                                                        "rem",
                                                        "plan",
                                                        "auto",
                                                        "autn",
                                                        "unauto",
                                                        "flow",
                                                        "lro",
                                                        "new",
                                                        "cpu",
                                                        "cpun",
                                                        "seth",
                                                        "mbq"};
    if (std::find(ofConnections.begin(), ofConnections.end(), words[0]) != ofConnections.end())
    {
        StepOfConnection(words);
    }
    else
    {
        StepOfMachine(words);
    }
}

void
HptsScript::StepOfConnection(const Words& words)
{
    const std::string& what = words[0];
    const auto number = [&](std::size_t i) { return std::stoll(words[i]); };
    const int id = std::stoi(words[1]);
    Connection& c = Of(id);
    if (what == "ins")
    {
        Insert(id, number(2));
    }
    else if (what == "insn")
    {
        for (int i = 0; i < number(2); ++i)
        {
            Insert(id + i, number(3) + i * number(4));
        }
    }
    else if (what == "rem")
    {
        Remove(id);
    }
    else if (what == "plan")
    {
        c.plan.push_back(JoinFrom(words, 2));
    }
    else if (what == "auto")
    {
        c.always = JoinFrom(words, 2);
    }
    else if (what == "autn")
    {
        for (int i = 0; i < number(2); ++i)
        {
            Of(id + i).always = JoinFrom(words, 3);
        }
    }
    else if (what == "unauto")
    {
        c.always.clear();
        c.plan.clear();
    }
    else if (what == "flow")
    {
        c.flowId = static_cast<std::uint32_t>(number(2));
        c.hasFlowId = number(3) != 0;
        c.domain = static_cast<std::int16_t>(number(4));
    }
    else if (what == "lro")
    {
        c.lroCpu = CpuOf(words[2]);
    }
    else if (what == "new")
    {
        m_hpts->Init(c);
    }
    else if (what == "cpu")
    {
        c.cpu = CpuOf(words[2]);
        c.isCpuSet = number(3) != 0;
    }
    else if (what == "cpun")
    {
        for (int i = 0; i < number(2); ++i)
        {
            Of(id + i).cpu = CpuOf(words[3]);
        }
    }
    else if (what == "seth")
    {
        m_hpts->SetCpu(c);
    }
    else if (what == "mbq")
    {
        c.queued = static_cast<int>(number(2));
    }
}

void
HptsScript::StepOfMachine(const Words& words)
{
    const std::string& what = words[0];
    if (what == "jump")
    {
        m_now += std::stoll(words[1]) * kMicrosecond;
    }
    else if (what == "run")
    {
        RunFor(std::stoll(words[1]) * kMicrosecond);
    }
    else if (what == "co" || what == "fco")
    {
        const auto wheel = CpuOf(words[1]);
        const auto state = m_hpts->Wheel(wheel).GetState();
        if (!state.isCalloutPending)
        {
            m_events.push_back({what == "co" ? "nd" : "nf", wheel});
        }
        else if (what == "co" && state.calloutAt > m_now)
        {
            m_events.push_back({"nd", wheel});
        }
        else
        {
            FireCallout(wheel);
        }
    }
    else if (what == "thr" && !m_threads[CpuOf(words[1])].isScheduled)
    {
        m_events.push_back({"ns", CpuOf(words[1])});
    }
    else if (what == "thr" || what == "thrx")
    {
        EnterThread(CpuOf(words[1]));
    }
    else if (what == "hook")
    {
        Hook(CpuOf(words[1]));
    }
    else if (what == "hookl")
    {
        HptsWheel& held = m_hpts->Wheel(CpuOf(words[2]));
        held.SetHeld(true);
        Hook(CpuOf(words[1]));
        held.SetHeld(false);
    }
    else if (what == "gate")
    {
        m_hpts->SetWheelsOverThreshold(std::stoi(words[1]));
    }
    else if (what == "cost")
    {
        m_nextServiceCost = std::stoll(words[1]) * kMicrosecond;
        m_nextSlotCost = std::stoll(words[2]);
    }
    else if (what == "sys")
    {
        const auto refusal = m_hpts->SetSysctl(words[1], std::stoi(words[2]));
        m_events.push_back({"e", refusal.empty() ? 0 : 22});
    }
    else if (what == "rand")
    {
        m_random.push_back(static_cast<std::uint32_t>(std::stoul(words[1])));
    }
    else if (what == "hist")
    {
        const auto& h = m_hpts->Wheel(CpuOf(words[1])).Histograms();
        int n = 0;
        for (const auto* one : {&h.lateness,
                                &h.latenessUs,
                                &h.connections,
                                &h.slots,
                                &h.threadRunUs,
                                &h.hookRunUs,
                                &h.insertSlots,
                                &h.usPerConnection,
                                &h.loops})
        {
            Json event{"H", n++};
            for (const auto bucket : one->Buckets())
            {
                event.push_back(bucket);
            }
            m_events.push_back(event);
        }
    }
    else
    {
        throw std::runtime_error("no such step: " + what);
    }
}

HptsScript::Connection&
HptsScript::Of(int id)
{
    auto& found = m_connections[id];
    if (!found)
    {
        found = std::make_unique<Connection>(*this, id);
    }
    return *found;
}

void
HptsScript::Insert(int id, std::int64_t us)
{
    Connection& c = Of(id);
    const auto did = m_hpts->Insert(c, static_cast<std::uint64_t>(us));
    if (!did.isTaken)
    {
        m_events.push_back({"ref", id});
        return;
    }
    Json event{"i",
               id,
               did.slot,
               did.remaining,
               did.request,
               did.maxSlots,
               did.haveSlept,
               did.yetToSleep,
               did.rearmUs};
    if (m_version.callsInputAndOutput)
    {
        event.push_back(did.nextSlot);
    }
    m_events.push_back(event);
    c.seen = c.Fields();
}

void
HptsScript::Remove(int id)
{
    Connection& c = Of(id);
    m_hpts->Remove(c);
    m_events.push_back({"d", id, static_cast<int>(c.state)});
    c.seen = c.Fields();
}

void
HptsScript::RunFor(TimeNs time)
{
    const TimeNs end = Now() + time;
    for (;;)
    {
        TimeNs first = kNever;
        bool isThread = false;
        std::uint16_t wheel = 0;
        for (std::uint16_t i = 0; i < m_hpts->Wheels(); ++i)
        {
            const TimeNs at = m_threads[i].at + m_latency;
            if (m_threads[i].isScheduled && (at < first || (at == first && !isThread)))
            {
                first = at;
                isThread = true;
                wheel = i;
            }
            const auto state = m_hpts->Wheel(i).GetState();
            const TimeNs due = state.calloutAt;
            if (state.isCalloutPending && due < first)
            {
                first = due;
                isThread = false;
                wheel = i;
            }
        }
        if (first > end)
        {
            break;
        }
        m_now = std::max(m_now, first);
        m_passes = 0;
        if (isThread)
        {
            EnterThread(wheel);
        }
        else
        {
            FireCallout(wheel);
        }
    }
    m_now = std::max(m_now, end);
}

void
HptsScript::FireCallout(std::uint16_t wheel)
{
    m_events.push_back({"f", wheel, m_now / kMicrosecond});
    m_hpts->OnCallout(wheel);
}

void
HptsScript::EnterThread(std::uint16_t wheel)
{
    m_threads[wheel].isScheduled = false;
    m_events.push_back({"t", wheel, m_hpts->Wheel(wheel).GetState().isDirectWake ? 1 : 0});
    m_hpts->OnThread(wheel);
}

void
HptsScript::Hook(std::uint16_t cpu)
{
    m_events.push_back({"h", cpu});
    m_hpts->RunSoftTimer(cpu);
}

bool
HptsScript::Serve(Connection& c, bool isInput, const HptsWheel& wheel)
{
    m_events.push_back({isInput ? "q" : "s",
                        c.id,
                        wheel.Index(),
                        m_now / kMicrosecond,
                        wheel.DelayedBy(),
                        wheel.GetState().running});
    m_now += m_areCostsStopped ? 0 : m_serviceCost;
    c.seen = c.Fields();
    std::string plan = c.always;
    if (!c.plan.empty())
    {
        plan = c.plan.front();
        c.plan.pop_front();
    }
    return DoPlan(c, plan);
}

bool
HptsScript::DoPlan(Connection& c, const std::string& plan)
{
    bool isThere = true;
    for (const auto& action : Split(plan, ';'))
    {
        const auto words = Split(action, ' ');
        const auto number = [&](std::size_t i) { return std::stoll(words[i]); };
        if (words[0] == "self")
        {
            Insert(c.id, number(1));
        }
        else if (words[0] == "ins")
        {
            Insert(static_cast<int>(number(1)), number(2));
        }
        else if (words[0] == "rem")
        {
            Remove(words.size() > 1 ? static_cast<int>(number(1)) : c.id);
        }
        else if (words[0] == "cost")
        {
            m_now += m_areCostsStopped ? 0 : number(1) * kMicrosecond;
        }
        else if (words[0] == "hook")
        {
            Hook(CpuOf(words[1]));
        }
        else if (words[0] == "co")
        {
            Step({"fco", words[1]});
        }
        else if (words[0] == "thr")
        {
            EnterThread(CpuOf(words[1]));
        }
        else if (words[0] == "drop")
        {
            isThere = false;
        }
        else
        {
            throw std::runtime_error("no such action: " + action);
        }
    }
    return isThere;
}

} // namespace hoststack::reference
