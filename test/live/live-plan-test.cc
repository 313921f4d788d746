// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-kernel-counters.h"
#include "ns3/hs-kernel-socket.h"
#include "ns3/hs-live-checks.h"
#include "ns3/hs-live-plan.h"
#include "ns3/hs-live-settings.h"
#include "scenario-test-tools.h"

#include <algorithm>
#include <string>
#include <vector>

using namespace hoststack;

namespace
{

const char* const kTwoPaths = R"({
  "hoststack": 1,
  "name": "two",
  "live": {"host": "server"},
  "hosts": {
    "client": {"mptcp": {"endpoints": [{"link": "b", "flags": ["subflow"]}]}},
    "server": {
      "tcp": {"congestion": "reno", "so-rcvbuf": "256 KiB", "timestamps": false},
      "mptcp": {
        "checksum": true,
        "extra-subflows": 3,
        "add-addr-accepted": 1,
        "endpoints": [{"link": "b", "flags": ["signal", "backup"]}]
      }
    }
  },
  "links": {
    "a": {"ends": ["client", "server"], "preset": "ethernet-1g"},
    "b": {"ends": ["client", "server"], "preset": "ethernet-1g", "mtu": "1400 B"}
  },
  "traffic": {
    "up": {"kind": "bulk", "from": "client", "to": "server", "bytes": "1 MB"},
    "down": {
      "kind": "bulk",
      "from": "client",
      "to": "server",
      "link": "b",
      "opened-by": "receiver",
      "bytes": "1 MB"
    }
  },
  "events": [
    {"at": "1 s", "host": "server", "link": "b", "action": "set-backup"},
    {"at": "2 s", "host": "server", "link": "b", "action": "remove-endpoint"},
    {"at": "3 s", "host": "client", "link": "b", "action": "remove-endpoint"}
  ]
})";

LoadedScenario
Load(const std::string& text, const std::vector<std::string>& sets = {})
{
    LoadOptions options;
    options.sets = sets;
    return LoadScenarioText(text, "test.json", ".", options);
}

/// Of the first host that is the kernel's.
LivePlan
PlanOf(const Scenario& scenario)
{
    return MakeLivePlan(scenario, scenario.liveHosts.front());
}

std::string
Text(const IpCommand& command)
{
    std::string text;
    for (const auto& word : command)
    {
        text += (text.empty() ? "" : " ") + word;
    }
    return text;
}

bool
Has(const LivePlan& plan, const std::string& command)
{
    return std::any_of(plan.commands.begin(), plan.commands.end(), [&](const auto& known) {
        return Text(known) == command;
    });
}

const LiveSysctl*
Find(const LivePlan& plan, const std::string& path)
{
    const auto found = std::find_if(plan.settings.begin(), plan.settings.end(), [&](const auto& s) {
        return s.path == path;
    });
    return found == plan.settings.end() ? nullptr : &*found;
}

/// What CheckLive says is wrong.
std::string
Complaint(const std::string& text, const std::vector<std::string>& sets = {})
{
    try
    {
        CheckLive(Load(text, sets));
        return "";
    }
    catch (const ScenarioError& error)
    {
        return FormatIssues(error.Issues());
    }
}

} // namespace

TEST_CASE("the kernel gets a device with address and default route for each of its links", "[live]")
{
    const auto loaded = Load(kTwoPaths);
    CheckLive(loaded);
    const auto plan = PlanOf(loaded.scenario);
    REQUIRE(plan.devices.size() == 2);
    CHECK(plan.devices[0].own.ToString() == "10.0.0.2");
    CHECK(plan.devices[1].gateway.ToString() == "10.0.1.1");
    CHECK(plan.devices[1].mtu == 1400);
    CHECK(Has(plan, "addr add 10.0.1.2/24 dev hs1"));
    CHECK(Has(plan, "link set hs1 mtu 1400 arp off"));
    CHECK(Has(plan, "route add default via 10.0.0.1 dev hs0 metric 1000"));
    CHECK(Has(plan, "route add default via 10.0.1.1 dev hs1 metric 1001"));
}

TEST_CASE("multipath settings of a host become those of the kernel", "[live]")
{
    const auto plan = PlanOf(Load(kTwoPaths).scenario);
    CHECK(plan.multipath);
    CHECK(Has(plan, "mptcp limits set subflows 3 add_addr_accepted 1"));
    CHECK(Has(plan, "mptcp endpoint add 10.0.1.2 dev hs1 id 2 signal backup"));
    REQUIRE(Find(plan, "net/mptcp/checksum_enabled"));
    CHECK(Find(plan, "net/mptcp/checksum_enabled")->value == "1");
    CHECK(Find(plan, "net/mptcp/checksum_enabled")->isNeeded);
    CHECK_FALSE(Find(plan, "net/mptcp/close_timeout")->isNeeded);
    CHECK(Find(plan, "net/ipv4/tcp_timestamps")->value == "0");
    // SO_RCVBUF is the socket's, not the host's.
    CHECK_FALSE(Find(plan, "net/ipv4/tcp_rmem"));
}

TEST_CASE("settings that a kernel keeps in a form of its own are written in that form", "[live]")
{
    const auto plan = PlanOf(Load(kTwoPaths,
                                  {"hosts.server.tcp.ecn=on",
                                   "hosts.server.tcp.send-buffer=32 KiB",
                                   "hosts.server.tcp.send-buffer-max=2 MiB"})
                                 .scenario);
    REQUIRE(Find(plan, "net/ipv4/tcp_ecn"));
    CHECK(Find(plan, "net/ipv4/tcp_ecn")->value == "1");
    CHECK(Find(plan, "net/ipv4/tcp_ecn")->isNeeded);
    REQUIRE(Find(plan, "net/ipv4/tcp_wmem"));
    CHECK(Find(plan, "net/ipv4/tcp_wmem")->value == "4096 32768 2097152");
    const auto usual = PlanOf(Load(kTwoPaths).scenario);
    CHECK(Find(usual, "net/ipv4/tcp_ecn")->value == "2");
    CHECK_FALSE(Find(usual, "net/ipv4/tcp_ecn")->isNeeded);
}

TEST_CASE("events of the kernel's endpoints become commands, those of others do not", "[live]")
{
    const auto plan = PlanOf(Load(kTwoPaths).scenario);
    REQUIRE(plan.events.size() == 2);
    CHECK(Text(plan.events.at(0)) == "mptcp endpoint change id 2 backup");
    CHECK(Text(plan.events.at(1)) == "mptcp endpoint delete id 2");
}

TEST_CASE("the kernel's sockets get what the scenario says of them", "[live]")
{
    const auto loaded = Load(kTwoPaths);
    const auto plan = PlanOf(loaded.scenario);
    // In the order of the names: "down" is opened by the kernel.
    const auto down = SocketSettingsOf(loaded.scenario, plan, 0);
    CHECK(down.address.ToString() == "10.0.1.1");
    CHECK(down.congestion == "reno");
    CHECK(down.receiveBuffer == 256 * 1024);
    CHECK(down.sendBuffer == 0);
    const auto up = SocketSettingsOf(loaded.scenario, plan, 1);
    CHECK(up.address.ToString() == "0.0.0.0");
    CHECK(up.multipath);
    // Either listens on another host, so both may have the first port.
    CHECK(up.port == loaded.scenario.traffic[1].legs.front().port);
}

TEST_CASE("IPv6 addresses are usable at once", "[live]")
{
    const auto plan = PlanOf(Load(kTwoPaths, {"run.ip=6"}).scenario);
    CHECK(plan.devices[1].own.ToString() == "fd00:0:0:1::2");
    CHECK(Has(plan, "-6 addr add fd00:0:0:1::2/64 dev hs1 nodad"));
    CHECK(Has(plan, "-6 route add default via fd00:0:0:1::1 dev hs1 metric 1001"));
}

TEST_CASE("hosts behind others are reached through the kernel's neighbour", "[live]")
{
    const auto loaded = Load(R"({
      "hoststack": 1, "name": "row", "live": {"host": "a"},
      "hosts": {"a": {}, "b": {}, "c": {}},
      "links": {"ab": {"ends": ["a", "b"], "preset": "ethernet-1g"},
                "bc": {"ends": ["b", "c"], "preset": "ethernet-1g"}},
      "traffic": {"t": {"kind": "bulk", "from": "c", "to": "a", "bytes": "1 MB"}}
    })");
    CheckLive(loaded);
    const auto plan = PlanOf(loaded.scenario);
    CHECK(Has(plan, "route add 10.0.1.2 via 10.0.0.2 dev hs0"));
}

TEST_CASE("hosts over a bridge are neighbours, and others are reached past it by one route each",
          "[live]")
{
    const auto loaded = Load(R"({
      "hoststack": 1, "name": "row", "live": {"host": "a"},
      "hosts": {"a": {}, "b": {}, "c": {}, "d": {}, "ac": {"forwarding": "bridge"},
                "bd": {"forwarding": "bridge"}},
      "links": {"1": {"ends": ["a", "ac"], "preset": "ethernet-1g"},
                "2": {"ends": ["ac", "b"], "preset": "ethernet-1g"},
                "3": {"ends": ["b", "bd"], "preset": "ethernet-1g"},
                "4": {"ends": ["bd", "c"], "preset": "ethernet-1g"},
                "5": {"ends": ["c", "d"], "preset": "ethernet-1g"}},
      "traffic": {"t": {"kind": "bulk", "from": "d", "to": "a", "bytes": "1 MB"}}
    })");
    CheckLive(loaded);
    const auto plan = PlanOf(loaded.scenario);
    std::vector<std::string> routes;
    for (const auto& command : plan.commands)
    {
        if (command[0] == "route" && command[2] != "default")
        {
            routes.push_back(Text(command));
        }
    }
    CHECK(routes == std::vector<std::string>{"route add 10.0.2.1 via 10.0.0.2 dev hs0",
                                             "route add 10.0.2.2 via 10.0.0.2 dev hs0",
                                             "route add 10.0.4.1 via 10.0.0.2 dev hs0",
                                             "route add 10.0.4.2 via 10.0.0.2 dev hs0"});
}

TEST_CASE("what cannot run live is said before anything is made", "[live]")
{
    CHECK(Complaint(kTwoPaths).empty());
    const std::string none = R"({
      "hoststack": 1, "name": "none",
      "hosts": {"a": {}, "b": {}, "c": {}},
      "links": {"ab": {"ends": ["a", "b"], "preset": "ethernet-1g"},
                "bc": {"ends": ["b", "c"], "preset": "ethernet-1g"}},
      "traffic": {"t": {"kind": "bulk", "from": "a", "to": "c", "bytes": "1 MB"}}
    })";
    CHECK_THAT(Complaint(none), Catch::Contains("--kernel NAME"));
    CHECK_THAT(Complaint(none, {"live.host=\"b\""}), Catch::Contains("does not forward"));
    CHECK_THAT(Complaint(none, {"live.host=\"d\""}), Catch::Contains("live/host"));
    CHECK_THAT(Complaint(none, {"live.host=\"a\"", "hosts.c.stack=\"ns3\""}),
               Catch::Contains("no content"));
    CHECK_THAT(Complaint(kTwoPaths, {"hosts.server.mptcp.path-manager=\"fullmesh\""}),
               Catch::Contains("own path manager"));
    CHECK_THAT(Complaint(kTwoPaths,
                         {"links.a.kind=\"csma\"",
                          "links.a.preset=null",
                          "links.a.down={\"rate\":\"1 Mbit/s\"}",
                          "links.a.up={\"rate\":\"1 Mbit/s\"}"}),
               Catch::Contains("\"path\""));
}

TEST_CASE("several hosts can be the kernel's, each with a plan of its own", "[live]")
{
    const auto loaded = Load(kTwoPaths, {R"(live.hosts=["client","server"])"});
    REQUIRE(loaded.scenario.liveHosts.size() == 2);
    CheckLive(loaded);
    const auto client = MakeLivePlan(loaded.scenario, loaded.scenario.liveHosts[0]);
    const auto server = MakeLivePlan(loaded.scenario, loaded.scenario.liveHosts[1]);
    CHECK(client.devices[0].own == server.devices[0].gateway);
    CHECK(server.devices[1].own == client.devices[1].gateway);
    CHECK(SocketSettingsOf(loaded.scenario, client, 1).address == server.devices[0].own);
    CHECK_THAT(Complaint(kTwoPaths, {R"(live.hosts=["client","d"])"}),
               Catch::Contains("live/hosts/1"));
}

TEST_CASE("programs that share memory when they are simulated both run on kernels or neither",
          "[live]")
{
    const std::vector<std::string> tunnel{
        R"(traffic.up={"kind":"vpn-datagrams","rate":"1 Mbit/s","bytes":null})"};
    CHECK_THAT(Complaint(kTwoPaths, tunnel),
               Catch::Contains("traffic/up/kind") && Catch::Contains("both or neither"));
    auto both = tunnel;
    both.emplace_back(R"(live={"host":null,"hosts":["client","server"]})");
    CHECK(Complaint(kTwoPaths, both).empty());
}

TEST_CASE("a way through proxies is played by kernels as a whole or not at all", "[live]")
{
    const std::string way = R"({
      "hoststack": 1, "name": "way",
      "live": {"hosts": ["client", "router", "vps", "server"]},
      "hosts": {"client": {}, "router": {"mptcp": {}, "proxy": {"program": "v2ray"}},
                "vps": {"mptcp": {}, "proxy": {"program": "v2ray"}}, "server": {}},
      "links": {"lan": {"ends": ["client", "router"], "preset": "ethernet-1g"},
                "wan": {"ends": ["router", "vps"], "preset": "ethernet-1g"},
                "net": {"ends": ["vps", "server"], "preset": "ethernet-1g"}},
      "traffic": {"up": {"kind": "bulk", "from": "client", "to": "server", "through": ["router", "vps"],
                         "bytes": "1 MB"},
                  "ping": {"kind": "ping", "from": "client", "to": "router", "count": 3}}
    })";
    const auto loaded = Load(way);
    CheckLive(loaded);
    CHECK_THAT(Complaint(way, {R"(live.hosts=["client","router","server"])"}),
               Catch::Contains("leads over vps, which is simulated"));
    CHECK_THAT(Complaint(way, {R"(live.hosts=["client"])"}),
               Catch::Contains("one end that a kernel plays and one that is simulated"));

    const auto plan = MakeLivePlan(loaded.scenario, loaded.scenario.liveHosts[1]);
    REQUIRE(plan.legs.size() == 3);
    CHECK(LiveLegIndex(loaded.scenario, 0, 2) == 2);
    CHECK(plan.legs[0].IsRelayAt(plan.host));
    CHECK_FALSE(plan.legs[0].OpensAt(plan.host));
    CHECK(plan.legs[1].OpensAt(plan.host));
    CHECK_FALSE(plan.legs[2].Has(plan.host));
    CHECK_FALSE(SocketSettingsOf(loaded.scenario, plan, 0).multipath);
    const auto onward = SocketSettingsOf(loaded.scenario, plan, 1);
    CHECK(onward.multipath);
    CHECK(onward.noDelay);
    CHECK(onward.address.ToString() == "10.0.2.2"); // links are numbered by name: lan, net, wan
    CHECK(onward.port == plan.legs[1].spec.legs.front().port);
    const auto records = KernelSettings(loaded.scenario, plan.host);
    CHECK(std::any_of(records.begin(), records.end(), [](const auto& record) {
        return record.key == "proxy" && record.state == SettingRecord::State::Differs;
    }));
}

TEST_CASE("what a kernel has no knob for is reported as impossible, what it has as applied",
          "[live]")
{
    const auto loaded = Load(kTwoPaths,
                             {"hosts.server.tcp.rto-min=\"50 ms\"",
                              "hosts.server.tcp.congestion=\"cubic-before-6.14\"",
                              "hosts.server.mptcp.reopen=\"immediate-ack\""});
    const auto records = KernelSettings(loaded.scenario, loaded.scenario.liveHosts.front());
    const auto state = [&](const std::string& key) {
        const auto found = std::find_if(records.begin(), records.end(), [&](const auto& record) {
            return record.key == key;
        });
        REQUIRE(found != records.end());
        return found->state;
    };
    using State = SettingRecord::State;
    CHECK(state("tcp.so-rcvbuf") == State::Applied);
    CHECK(state("tcp.rto-min") == State::Impossible);
    CHECK(state("tcp.congestion") == State::Differs);
    CHECK(state("mptcp.reopen") == State::Impossible);
    CHECK(std::none_of(records.begin(), records.end(), [](const auto& record) {
        return record.key == "tcp.rto-max"; // as kernels are anyway
    }));
}

TEST_CASE("a separate link keeps the host's addresses on other links away, and its own from them",
          "[live]")
{
    const auto of = [](const char* how) {
        const auto loaded = Load(kTwoPaths, {std::string("links.b.separate=\"") + how + "\""});
        return PlanOf(loaded.scenario).devices;
    };
    for (const bool resets : {false, true})
    {
        const auto devices = of(resets ? "reset" : "drop");
        REQUIRE(devices.size() == 2);
        for (const std::size_t i : {0, 1})
        {
            REQUIRE(devices[i].strange.size() == 1);
            CHECK(devices[i].strange[0].address == devices[1 - i].own);
            CHECK(devices[i].strange[0].resets == resets);
        }
    }
    CHECK(PlanOf(Load(kTwoPaths).scenario).devices[0].strange.empty());
}

TEST_CASE("whatever a kernel does not take of a host's memory is said, each by its key", "[live]")
{
    const auto loaded =
        Load(kTwoPaths,
             {R"(/hosts/server/memory={"ram": "1 GiB", "failures": "10 %", "fail-from": "1 s",
                                       "orphans": 5, "time-wait": 7})"});
    std::vector<std::string> keys;
    for (const auto& record : KernelSettings(loaded.scenario, loaded.scenario.liveHosts.front()))
    {
        if (record.key.rfind("memory", 0) == 0 && record.state == SettingRecord::State::Impossible)
        {
            keys.push_back(record.key);
        }
    }
    CHECK(keys == std::vector<std::string>{"memory",
                                           "memory.failures",
                                           "memory.fail-from",
                                           "memory.orphans",
                                           "memory.time-wait"});
}

TEST_CASE("a setting is read back from the kernel as it has it", "[live]")
{
    using State = SettingRecord::State;
    CHECK(ReadBack({"kernel/ostype", "Linux", false, "os"}, "h").state == State::Applied);
    const auto other = ReadBack({"kernel/ostype", "Minix", false, "os"}, "h");
    CHECK(other.state == State::Differs);
    CHECK_THAT(other.detail, Catch::Contains("Linux"));
    CHECK(ReadBack({"no/such/thing", "1", false, "x"}, "h").state == State::Impossible);
}

TEST_CASE("the kernel's counters are read under nstat's names", "[live]")
{
    KernelCounters counters;
    ParseCounters("TcpExt: SyncookiesSent TCPTimeouts\nTcpExt: 0 12\n"
                  "MPTcpExt: MPJoinSynRx\nMPTcpExt: 3\n",
                  counters);
    ParseCounters("Tcp: RtoAlgorithm MaxConn RetransSegs\nTcp: 1 -1 7\nbroken\n", counters);
    CHECK(counters["TcpExtTCPTimeouts"] == 12);
    CHECK(counters["MPTcpExtMPJoinSynRx"] == 3);
    CHECK(counters["TcpMaxConn"] == -1);
    CHECK(counters["TcpRetransSegs"] == 7);
}

TEST_CASE("a congestion control that the kernel lacks is refused with multipath, too", "[live]")
{
    for (const bool multipath : {false, true})
    {
        KernelSocketSettings settings;
        settings.multipath = multipath;
        settings.congestion = "no-such-control";
        for (const auto open : {ListenAs, ConnectAs})
        {
            CHECK_THROWS_WITH(open(settings),
                              Catch::Contains("no congestion control \"no-such-control\""));
        }
    }
}
