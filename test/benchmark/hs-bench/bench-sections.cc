// SPDX-License-Identifier: GPL-2.0-only

#include "bench-report.h"
#include "bench-startup.h"

#include <algorithm>
#include <iomanip>

namespace hoststack::bench
{

namespace
{

using Json = nlohmann::ordered_json;

struct Measured
{
    std::string label;
    BenchCase run;
    BenchCount count; ///< of the round with the median time per packet
};

bool
IsFast(Carrier carrier)
{
    return carrier == Carrier::Direct || carrier == Carrier::DirectOff ||
           carrier == Carrier::Offload;
}

BenchCase
Case(const BenchPlan& plan, Carrier carrier)
{
    BenchCase run;
    run.carrier = carrier;
    run.cubic = plan.cubic;
    run.queueDisc = plan.queueDisc;
    // CUBIC leaves slow start early (HyStart) and needs its time to fill the window.
    run.warmUp = plan.cubic ? 8 : 1;
    run.seconds = (IsFast(carrier) ? 10 : 1) * (plan.quick ? 0.25 : 1);
    return run;
}

/// Runs all cases once per round, so that a change of the machine's mood meets all of them.
void
RunRounds(std::uint32_t rounds, std::vector<Measured>& cases)
{
    std::vector<std::vector<BenchCount>> counts(cases.size());
    for (std::uint32_t round = 0; round < rounds; ++round)
    {
        for (std::size_t i = 0; i < cases.size(); ++i)
        {
            counts[i].push_back(RunIsolated(cases[i].run));
        }
    }
    for (std::size_t i = 0; i < cases.size(); ++i)
    {
        auto& all = counts[i];
        const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
        std::nth_element(all.begin(), middle, all.end(), [](const auto& a, const auto& b) {
            return a.NsPerPacket() < b.NsPerPacket();
        });
        cases[i].count = *middle;
    }
}

void
Print(std::ostream& out, const std::string& title, const std::vector<Measured>& cases)
{
    const double base = cases.front().count.NsPerPacket();
    out << "\n" << title << "\n";
    out << std::left << std::setw(34) << "" << std::right << std::setw(9) << "speed-up"
        << std::setw(14) << "packets/CPU-s" << std::setw(11) << "ns/packet" << std::setw(11)
        << "events/pkt" << std::setw(9) << "Mbit/s" << std::setw(10) << "packets\n";
    for (const auto& row : cases)
    {
        const auto ns = row.count.NsPerPacket();
        out << std::left << std::setw(34) << row.label << std::right << std::fixed
            << std::setprecision(2) << std::setw(9) << (ns > 0 ? base / ns : 0)
            << std::setprecision(0) << std::setw(14) << (ns > 0 ? 1e9 / ns : 0) << std::setw(11)
            << ns << std::setprecision(2) << std::setw(11) << row.count.EventsPerPacket()
            << std::setprecision(0) << std::setw(9) << row.count.MegabitPerSecond() << std::setw(9)
            << row.count.packets << "\n";
    }
}

Json
ToJson(const std::vector<Measured>& cases)
{
    Json rows = Json::array();
    for (const auto& row : cases)
    {
        rows.push_back(hoststack::bench::ToJson(row.run, row.count));
    }
    return rows;
}

double
Ratio(const Measured& slow, const Measured& fast)
{
    return slow.count.NsPerPacket() / fast.count.NsPerPacket();
}

BenchSection
Speed(const BenchPlan& plan, std::ostream& out)
{
    std::vector<Measured> cases{
        {"ns-3 TcpSocketBase", Case(plan, Carrier::Ns3Tcp), {}},
        {"hoststack, direct path", Case(plan, Carrier::Direct), {}},
        {"hoststack, ns-3 devices and router", Case(plan, Carrier::Routed), {}},
        {"hoststack, own link through IP", Case(plan, Carrier::DirectOff), {}},
        {"ns-3 UDP forwarding", Case(plan, Carrier::Ns3Udp), {}},
    };
    RunRounds(plan.rounds, cases);
    Print(out, "One connection, 1 Gbit/s, 20 ms, 2 MB window", cases);
    BenchSection section;
    section.json = ToJson(cases);
    section.goals = {
        {"direct path : TcpSocketBase", Ratio(cases[0], cases[1]), 20, true},
        {"over ns-3's devices and router : TcpSocketBase", Ratio(cases[0], cases[2]), 4, true},
        {"direct path : UDP forwarding", Ratio(cases[4], cases[1]), 6, true},
    };
    return section;
}

/// 10 Gbit/s with what 20 ms hold, without offload and with.
BenchSection
Offload(const BenchPlan& plan, std::ostream& out)
{
    std::vector<Measured> cases;
    for (const auto& [label, carrier] : {std::pair{"without offload", Carrier::Direct},
                                         std::pair{"TSO and GRO", Carrier::Offload}})
    {
        auto run = Case(plan, carrier);
        run.rate = 10'000'000'000;
        run.window = 32 << 20;
        run.seconds /= 10;
        cases.push_back({label, run, {}});
    }
    RunRounds(plan.rounds, cases);
    Print(out, "One connection, 10 Gbit/s, 20 ms, 32 MB window", cases);
    BenchSection section;
    section.json = ToJson(cases);
    section.goals = {
        {"TSO and GRO : without, packets per CPU second", Ratio(cases[0], cases[1]), 3, true}};
    return section;
}

BenchSection
Windows(const BenchPlan& plan, std::ostream& out)
{
    const std::vector<std::pair<const char*, std::uint32_t>> windows{{"64 KB", 64 << 10},
                                                                     {"256 KB", 256 << 10},
                                                                     {"2 MB", 2 << 20},
                                                                     {"4 MB", 4 << 20}};
    BenchSection section;
    section.json = Json::array();
    std::vector<Carrier> carriers{Carrier::Direct, Carrier::Routed, Carrier::Ns3Tcp};
    if (plan.quick)
    {
        carriers.pop_back();
    }
    for (const auto carrier : carriers)
    {
        std::vector<Measured> cases;
        for (const auto& [label, bytes] : windows)
        {
            auto run = Case(plan, carrier);
            run.window = bytes;
            // The same number of packets whatever the window: 4 MB fill the line, 20 ms of which
            // hold 2.5 MB.
            run.seconds *= std::max(1.0, 2'500'000.0 / bytes) / (bytes < (1 << 20) ? 4 : 1);
            cases.push_back({NameOf(carrier) + ", " + label, run, {}});
        }
        RunRounds(plan.rounds, cases);
        Print(out, "Window of one connection: " + NameOf(carrier), cases);
        section.json.push_back(ToJson(cases));
    }
    return section;
}

BenchSection
Connections(const BenchPlan& plan, std::ostream& out)
{
    BenchSection section;
    section.json = Json::array();
    std::vector<Carrier> carriers{Carrier::Direct, Carrier::Routed, Carrier::Ns3Tcp};
    for (const auto carrier : carriers)
    {
        const bool stock = carrier == Carrier::Ns3Tcp;
        std::vector<Measured> cases;
        for (const std::uint32_t active : {1, 100, 1000})
        {
            auto run = Case(plan, carrier);
            run.active = active;
            if (active > 1)
            {
                // Together they hold more than the line: every round trip grows to
                // active x window / rate, and slow start takes eight of them.
                run.window = 64 << 10;
                run.warmUp = 0.5 + 8.0 * active * run.window * 8 / static_cast<double>(run.rate);
                run.warmUp = std::min(run.warmUp, 3.0);
            }
            if (plan.quick && active > 100)
            {
                continue;
            }
            cases.push_back({NameOf(carrier) + ", " + std::to_string(active) + " active", run, {}});
        }
        auto idle = Case(plan, carrier);
        idle.idle = stock ? 1000 : 10000;
        cases.push_back(
            {NameOf(carrier) + ", 1 active + " + std::to_string(idle.idle) + " idle", idle, {}});
        RunRounds(stock ? 1 : plan.rounds, cases);
        Print(out, "Connections: " + NameOf(carrier), cases);
        section.json.push_back(ToJson(cases));
    }
    return section;
}

/// \p subflows of 0 is plain TCP over one path.
BenchCase
MultipathCase(const BenchPlan& plan, Carrier carrier, std::uint32_t subflows)
{
    auto run = Case(plan, carrier);
    run.subflows = subflows;
    run.window = 4 << 20; // fills the line with any number of subflows
    return run;
}

BenchSection
Multipath(const BenchPlan& plan, std::ostream& out)
{
    std::vector<Measured> direct{
        {"TCP, direct path", MultipathCase(plan, Carrier::Direct, 0), {}},
        {"MPTCP, 2 subflows", MultipathCase(plan, Carrier::Direct, 2), {}},
        {"MPTCP, 8 subflows", MultipathCase(plan, Carrier::Direct, 8), {}},
    };
    RunRounds(plan.rounds, direct);
    Print(out, "MPTCP, 1 Gbit/s in equal parts, 20 ms, 4 MB window: direct path", direct);
    std::vector<Measured> routed{
        {"TCP, ns-3 devices and router", MultipathCase(plan, Carrier::Routed, 0), {}},
        {"MPTCP, 2 subflows", MultipathCase(plan, Carrier::Routed, 2), {}},
    };
    RunRounds(plan.rounds, routed);
    Print(out, "The same over ns-3's devices, a router on each path", routed);
    BenchSection section;
    section.json = Json::array({ToJson(direct), ToJson(routed)});
    return section; // the goals are counted in instructions
}

/// Of connections with two subflows on the direct path.
void
AddMultipathMemory(const BenchPlan& plan, std::ostream& out, BenchSection& section)
{
    auto run = MultipathCase(plan, Carrier::Direct, 2);
    run.warmUp = 5; // until queues of all subflows have grown to their size
    run.seconds = plan.quick ? 25 : 100;
    const auto growth = RunIsolated(run);
    run.active = 0;
    run.idle = plan.quick ? 1000 : 10000;
    run.warmUp = run.seconds = 0.1;
    const auto idle = RunIsolated(run);
    out << "MPTCP with 2 subflows: " << idle.heapPerIdle
        << " bytes per idle connection, both ends (" << idle.established << " established of "
        << run.idle << "); " << growth.heapGrowth << " bytes of heap grown in " << growth.seconds
        << " simulated seconds\n";
    section.json["mptcp-2"] = {{"bytes-per-idle-connection", idle.heapPerIdle},
                               {"seconds", growth.seconds},
                               {"heap-growth", growth.heapGrowth}};
    section.goals.push_back({"bytes of heap grown by MPTCP with simulated time",
                             static_cast<double>(growth.heapGrowth),
                             4096,
                             false});
}

BenchSection
Memory(const BenchPlan& plan, std::ostream& out)
{
    BenchSection section;
    section.json = Json::object();
    out << "\nMemory\n" << std::fixed << std::setprecision(0);
    for (const auto carrier : {Carrier::Direct, Carrier::Routed, Carrier::Ns3Tcp})
    {
        auto run = Case(plan, carrier);
        run.active = 0;
        run.idle = plan.quick || carrier == Carrier::Ns3Tcp ? 1000 : 10000;
        run.warmUp = 0.1;
        run.seconds = 0.1;
        const auto count = RunIsolated(run);
        const auto bytes = static_cast<double>(count.heapPerIdle);
        out << std::left << std::setw(12) << NameOf(carrier) << std::right << std::setw(8) << bytes
            << " bytes per idle connection, both ends (" << count.established << " established of "
            << run.idle << ")\n";
        section.json["bytes-per-idle-connection"][NameOf(carrier)] = count.heapPerIdle;
        if (carrier == Carrier::Direct)
        {
            section.goals.push_back({"bytes per idle connection, both ends", bytes, 8192, false});
        }
    }
    AddMultipathMemory(plan, out, section);
    for (const auto carrier : {Carrier::Direct, Carrier::Routed, Carrier::Ns3Tcp})
    {
        for (const double times : {1.0, 4.0})
        {
            auto run = Case(plan, carrier);
            run.seconds *= times;
            const auto count = RunIsolated(run);
            out << std::left << std::setw(12) << NameOf(carrier) << std::right << std::setw(8)
                << count.heapGrowth << " bytes of heap grown in " << std::setprecision(2)
                << run.seconds << std::setprecision(0) << " simulated seconds after " << run.warmUp
                << "\n";
            section.json["heap-growth"][NameOf(carrier)].push_back(
                {{"seconds", run.seconds}, {"bytes", count.heapGrowth}});
            if (carrier == Carrier::Direct && times > 1)
            {
                section.goals.push_back({"bytes of heap grown with simulated time",
                                         static_cast<double>(count.heapGrowth),
                                         4096,
                                         false});
            }
        }
    }
    return section;
}

BenchSection
Startup(const BenchPlan& plan, std::ostream& out)
{
    BenchSection section;
    section.json = Json::object();
    out << "\nStart-up of a process with three nodes, median CPU\n"
        << std::fixed << std::setprecision(1);
    for (const auto carrier : {Carrier::Routed, Carrier::Ns3Tcp})
    {
        const auto milliseconds = 1e3 * StartupSeconds(carrier, plan.quick ? 5 : 15);
        out << std::left << std::setw(12) << NameOf(carrier) << std::right << std::setw(8)
            << milliseconds << " ms\n";
        section.json[NameOf(carrier)] = milliseconds;
        if (carrier == Carrier::Routed)
        {
            section.goals.push_back({"ms of CPU to start three nodes", milliseconds, 60, false});
        }
    }
    return section;
}

} // namespace

nlohmann::ordered_json
ToJson(const BenchCase& run, const BenchCount& count)
{
    return {
        {"mode", NameOf(run.carrier)},
        {"active", run.active},
        {"idle", run.idle},
        {"subflows", run.subflows},
        {"window", run.window},
        {"rate", run.rate},
        {"seconds", run.seconds},
        {"packets", count.packets},
        {"cpu_s", count.cpu},
        {"ns_per_packet", count.NsPerPacket()},
        {"packets_per_cpu_s", count.cpu > 0 ? static_cast<double>(count.packets) / count.cpu : 0},
        {"events_per_packet", count.EventsPerPacket()},
        {"mbit_per_s", count.MegabitPerSecond()},
        {"established", count.established},
        {"heap_per_idle", count.heapPerIdle},
        {"heap_growth", count.heapGrowth},
    };
}

const std::vector<std::pair<std::string, BenchRunner>>&
BenchSections()
{
    static const std::vector<std::pair<std::string, BenchRunner>> sections{
        {"speed", Speed},
        {"offload", Offload},
        {"windows", Windows},
        {"connections", Connections},
        {"multipath", Multipath},
        {"memory", Memory},
        {"startup", Startup},
    };
    return sections;
}

} // namespace hoststack::bench
