// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-run-scenario.h"
#include "scenario-test-tools.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <sstream>

using namespace hoststack;
using hoststack::test::ErrorOf;
using hoststack::test::TemporaryFolder;
using nlohmann::json;

namespace
{

/// Writes the series into a text.
class TextObserver : public RunObserver
{
  public:
    void OnSample(TimeNs at,
                  const std::string& object,
                  const std::string& metric,
                  double value) override
    {
        text << at << ' ' << object << ' ' << metric << ' ' << value << '\n';
        if (object == "traffic.t" && metric == "bytes")
        {
            bytes.emplace_back(at, value);
        }
    }

    void OnProgress(TimeNs) override
    {
    }

    std::ostringstream text;
    std::vector<std::pair<TimeNs, double>> bytes;
};

/// Two hosts, one link of 10 Mbit/s and 20 ms round trip, one upload of 1 MB called "t".
json
Base()
{
    return json::parse(R"({
        "hoststack": 1, "name": "t",
        "hosts": {"a": {"os": "linux-6.18"}, "b": {"os": "linux-6.18"}},
        "links": {"l": {"ends": ["a", "b"],
                        "down": {"rate": "10 Mbit/s", "delay": "10 ms", "queue": "50 packets"},
                        "up": {"rate": "10 Mbit/s", "delay": "10 ms", "queue": "50 packets"}}},
        "traffic": {"t": {"kind": "bulk", "from": "a", "to": "b", "bytes": "1 MB"}}})");
}

struct Outcome
{
    Metrics metrics;
    std::string series;
    std::vector<std::pair<TimeNs, double>> bytes;

    double operator()(const std::string& name) const
    {
        INFO(name);
        const auto value = metrics.Get("traffic.t." + name);
        REQUIRE(value);
        return *value;
    }

    double Link(const std::string& name) const
    {
        INFO(name);
        const auto value = metrics.Get("links.l." + name);
        REQUIRE(value);
        return *value;
    }

    std::string Text() const
    {
        std::ostringstream text;
        text.precision(17);
        for (const auto& [name, value] : metrics.All())
        {
            text << name << ' ' << value.value_or(-1) << '\n';
        }
        return text.str() + series;
    }
};

Outcome
Run(const std::string& patch = "{}", const std::string& captureFolder = "")
{
    auto document = Base();
    document.merge_patch(json::parse(patch));
    const auto loaded = LoadScenarioText(document.dump(), "t.json", ".");
    TextObserver observer;
    const auto result = RunScenario(loaded, {captureFolder}, &observer).result;
    return {result.metrics, observer.text.str(), observer.bytes};
}

/// Payload of a full segment with timestamps per byte of IP (RFC 9293 section 3.7.1, RFC 7323).
constexpr double kEfficiency = 1448.0 / 1500;

} // namespace

TEST_CASE("a transfer over a clean link takes what the link's rate and the handshake take",
          "[scenario]")
{
    const auto run = Run();
    CHECK(run("completed") == 1);
    CHECK(run("bytes") == 1000000);
    const double serialised = 1e6 * 8 / (10e6 * kEfficiency);
    // The handshake and the way of the last segment; slow start fills 20 ms within few round trips.
    CHECK(run("completion") > serialised + 0.03);
    CHECK(run("completion") < serialised + 0.10);
    CHECK(run("goodput") == Approx(8e6 / run("completion")));
    CHECK(run("connect") == Approx(0.02).margin(0.001));
    CHECK(run("rtt.min") == Approx(0.02).margin(0.002));
    CHECK(run.Link("up.utilisation") > 0.85);
    CHECK(run.Link("up.delivered") > 1000000);
    CHECK(run.Link("down.utilisation") < 0.1);
    double shares = 0;
    for (const std::string why : {"cwnd", "rwnd", "sndbuf", "pacing", "app", "handshake"})
    {
        shares += run("limited." + why);
    }
    CHECK(shares == Approx(1));
}

TEST_CASE("down is the direction towards the first end", "[scenario]")
{
    const auto run =
        Run(R"({"traffic": {"t": {"from": "b", "to": "a", "opened-by": "receiver"}}})");
    CHECK(run("completed") == 1);
    CHECK(run.Link("down.delivered") > 1000000);
    CHECK(run.Link("up.delivered") < 100000);
    // SYN, SYN/ACK, ACK, and then the data.
    CHECK(run("first-byte") == Approx(0.0413).margin(0.001));
}

TEST_CASE("the same scenario gives the same numbers twice in one process", "[scenario]")
{
    const std::string lossy = R"({"links": {"l": {"up": {"loss": "1 %", "jitter": "3 ms"}}}})";
    const auto first = Run(lossy).Text();
    CHECK(Run(lossy).Text() == first);
    CHECK(Run(R"({"run": {"seed": 2}, "links": {"l": {"up": {"loss": "1 %", "jitter": "3 ms"}}}})")
              .Text() != first);
}

TEST_CASE("the direct path changes no number", "[scenario]")
{
    const std::string lossy = R"("links": {"l": {"up": {"loss": "1 %"}}})";
    CHECK(Run('{' + lossy + R"(, "run": {"direct-path": false}})").Text() ==
          Run('{' + lossy + '}').Text());
}

TEST_CASE("another host and another link change nothing about a lossy transfer", "[scenario]")
{
    const std::string lossy = R"("l": {"up": {"loss": "1 %"}})";
    const auto alone = Run("{\"links\": {" + lossy + "}}");
    const auto beside = Run(
        R"({"hosts": {"0": {}}, "links": {"0": {"ends": ["0", "a"], "up": {"rate": "1 Gbit/s"}, "down": {"rate": "1 Gbit/s"}}, )" +
        lossy + "}}");
    CHECK(beside("completion") == alone("completion"));
    CHECK(beside.Link("up.drops.random") == alone.Link("up.drops.random"));
}

TEST_CASE("IPv6 carries the same transfer with its larger header", "[scenario]")
{
    const auto run = Run(R"({"run": {"ip": 6}})");
    CHECK(run("completed") == 1);
    CHECK(run("data-segments") - run("retransmits") == Approx(1000000.0 / 1428).margin(2));
}

TEST_CASE("the MTU of the link decides about the segment size", "[scenario]")
{
    const auto small = Run(R"({"links": {"l": {"mtu": "1000 B"}}})");
    CHECK(small("data-segments") - small("retransmits") == Approx(1000000.0 / 948).margin(2));
    const auto jumbo = Run(R"({"links": {"l": {"mtu": "9000 B"}}})");
    // A window that ends inside a segment is used up (tcp_mss_split_point), which makes a few more.
    CHECK(jumbo("data-segments") - jumbo("retransmits") == Approx(1000000.0 / 8948).margin(4));
}

TEST_CASE("hosts that share no link reach each other through those between them", "[scenario]")
{
    for (const std::string ip : {"4", "6"})
    {
        const auto run = Run(R"({"run": {"ip": )" + ip + R"(}, "hosts": {"m": {}},
            "links": {"l": {"ends": ["a", "m"]},
                      "k": {"ends": ["m", "b"], "up": {"rate": "1 Gbit/s", "delay": "5 ms"},
                            "down": {"rate": "1 Gbit/s", "delay": "5 ms"}}}})");
        CHECK(run("completed") == 1);
        CHECK(run("rtt.min") == Approx(0.03).margin(0.003));
    }
}

TEST_CASE("of several links between two hosts the named one is used", "[scenario]")
{
    const auto run = Run(R"({"links": {"k": {"ends": ["a", "b"], "up": {"rate": "50 Mbit/s"},
                                               "down": {"rate": "50 Mbit/s"}}},
                             "traffic": {"t": {"link": "l"}}})");
    CHECK(run.Link("up.delivered") > 1000000);
    CHECK(*run.metrics.Get("links.k.up.delivered") == 0);
}

TEST_CASE("ns-3's own devices carry our TCP", "[scenario]")
{
    const auto pointToPoint = Run(R"({"links": {"l": {"kind": "point-to-point"}}})");
    CHECK(pointToPoint("completed") == 1);
    CHECK(pointToPoint("goodput") > 8e6);
    const auto csma = Run(R"({"links": {"l": {"kind": "csma", "up": {"delay": "10 us"},
                                              "down": {"delay": "10 us"}}}})");
    CHECK(csma("completed") == 1);
    CHECK(csma("goodput") > 8e6);
}

TEST_CASE("our TCP and ns-3's talk to each other", "[scenario]")
{
    for (const std::string stacks : {R"("a": {"stack": "ns3"})",
                                     R"("b": {"stack": "ns3"})",
                                     R"("a": {"stack": "ns3"}, "b": {"stack": "ns3"})"})
    {
        const auto run = Run("{\"hosts\": {" + stacks + "}}");
        INFO(stacks);
        CHECK(run("completed") == 1);
        CHECK(run("bytes") == 1000000);
        // ns-3.37 announces no MSS, so it is sent the 536 bytes of RFC 9293 section 3.7.1.
        const bool isSmall = stacks[1] == 'b';
        CHECK(run("data-segments") - run("retransmits") ==
              Approx(1000000.0 / (isSmall ? 524 : 1448)).epsilon(0.03));
        CHECK(run("acks") > 300);
        CHECK(run("rtt.min") == Approx(0.02).margin(0.003));
    }
}

TEST_CASE("each connection of a traffic delivers its bytes", "[scenario]")
{
    const auto run = Run(R"({"traffic": {"t": {"connections": 3, "bytes": "300 kB"}}})");
    CHECK(run("completed") == 3);
    CHECK(run("bytes") == 900000);
}

TEST_CASE("an answer takes one round trip and its serialisation", "[scenario]")
{
    auto document = Base();
    document["traffic"]["t"] = json::parse(
        R"({"kind": "request-response", "from": "a", "to": "b", "request-size": "100 B",
            "response-size": "1000 B", "think-time": "100 ms", "count": 5})");
    const auto loaded = LoadScenarioText(document.dump(), "t.json", ".");
    const auto metrics = RunScenario(loaded).result.metrics;
    CHECK(*metrics.Get("traffic.t.requests") == 5);
    CHECK(*metrics.Get("traffic.t.completed") == 1);
    // 152 and 1052 bytes at 10 Mbit/s.
    CHECK(*metrics.Get("traffic.t.response.p50") == Approx(0.02 + 0.0009632).margin(1e-6));
    CHECK(*metrics.Get("traffic.t.response.max") >= *metrics.Get("traffic.t.response.p95"));
    // Connect and four pauses for thought.
    CHECK(*metrics.Get("run.duration") == Approx(0.02 + 5 * 0.021 + 4 * 0.1).margin(0.005));
}

TEST_CASE("a slow reader sets the pace and closes the window", "[scenario]")
{
    const auto run = Run(R"({"traffic": {"t": {"tcp-to": {"so-rcvbuf": "64 KiB"},
        "reader": {"read-size": "10 kB", "pause": "50 ms"}}}})");
    CHECK(run("goodput") == Approx(10e3 * 8 / 0.05).epsilon(0.02));
    CHECK(run("limited.rwnd") > 0.8);
    CHECK(run("reads") == 100);
}

TEST_CASE("a reader that stops closes the window, and data comes one round trip after it goes on",
          "[scenario]")
{
    const auto run = Run(R"({"traffic": {"t": {"tcp-to": {"so-rcvbuf": "64 KiB"},
        "reader": {"pause-at": "500 kB", "pause-for": "2 s"}}}})");
    CHECK(run("completed") == 1);
    CHECK(run("zero-window.count") == 1);
    CHECK(run("zero-window.probes") >= 2);
    CHECK(run("read-gap.max") == Approx(2).margin(0.001));
    CHECK(run("resume.count") == 1);
    CHECK(run("resume.max") == Approx(0.0213).margin(0.001));
}

TEST_CASE("a reader's wake-up and its copying take their time", "[scenario]")
{
    const auto at = [](const std::string& reader) {
        return Run(R"({"traffic": {"t": {"reader": )" + reader + "}}}");
    };
    const auto plain = at("{}");
    const auto slow = at(R"({"wake-latency": "4 ms"})");
    CHECK(slow("first-byte") - plain("first-byte") == Approx(0.004).margin(1e-9));
    CHECK(slow("reads") < plain("reads"));
    // The reader, not the link of 10 Mbit/s, is the bottleneck.
    const auto copied = at(R"({"copy-rate": "2 Mbit/s"})");
    CHECK(copied("goodput") == Approx(2e6).epsilon(0.05));
}

TEST_CASE("a low-water mark lets the reader wake up less often", "[scenario]")
{
    const auto eager = Run();
    const auto patient = Run(R"({"traffic": {"t": {"reader": {"low-water-mark": "20 kB"}}}})");
    CHECK(patient("completed") == 1);
    CHECK(patient("reads") < 52);
    CHECK(eager("reads") > 300);
}

TEST_CASE("a low-water mark above the receive buffer does not stop a transfer", "[scenario]")
{
    // Linux: half of a fixed buffer at most, and one that may grow is raised.
    const auto mark = std::string(R"("traffic": {"t": {"reader": {"low-water-mark": "3 MB"}}})");
    const auto fixed = std::string(R"({"so-rcvbuf": "16 KiB"})");
    const auto grows = std::string(R"({"receive-buffer": "10 kB", "receive-buffer-max": "10 kB"})");
    const auto tcp = GENERATE_COPY(fixed, grows);
    const auto run = Run(R"({"hosts": {"b": {"tcp": )" + tcp + "}}, " + mark + "}");
    CHECK(run("completed") == 1);
    CHECK(run("reads") > 20);
}

TEST_CASE("a dead link stops the transfer and its return brings it back", "[scenario]")
{
    const auto run = Run(R"({"output": {"sample": "100 ms"}, "events": [
        {"at": "300 ms", "link": "l", "down": true}, {"at": "1300 ms", "link": "l", "down": false}]})");
    CHECK(run("completed") == 1);
    CHECK(run("timeouts") >= 1);
    CHECK(run.Link("up.drops.outage") > 0);
    double atDeath = -1;
    double atReturn = -1;
    for (const auto& [at, bytes] : run.bytes)
    {
        atDeath = at == 400 * kMillisecond ? bytes : atDeath;
        atReturn = at == 1300 * kMillisecond ? bytes : atReturn;
    }
    CHECK(atDeath > 0);
    CHECK(atReturn == atDeath);
}

TEST_CASE("a change of the rate changes the goodput", "[scenario]")
{
    const auto run = Run(R"({"run": {"duration": "6 s"}, "traffic": {"t": {"bytes": null}},
        "output": {"sample": "1 s"},
        "events": [{"at": "3 s", "link": "l", "direction": "up", "rate": "2 Mbit/s"}]})");
    REQUIRE(run.bytes.size() >= 6);
    CHECK((run.bytes[3].second - run.bytes[2].second) * 8 ==
          Approx(10e6 * kEfficiency).epsilon(0.03));
    CHECK((run.bytes[5].second - run.bytes[4].second) * 8 ==
          Approx(2e6 * kEfficiency).epsilon(0.03));
    CHECK_FALSE(run.metrics.Get("traffic.t.completion"));
    CHECK(run("completed") == 0);
}

TEST_CASE("a traffic ends at its stop time with all it has written", "[scenario]")
{
    const auto run = Run(R"({"traffic": {"t": {"bytes": null, "duration": "1 s"}}})");
    CHECK(run("completed") == 1);
    CHECK(run("completion") > 1);
    CHECK(run("completion") < 1.5);
    const auto event = Run(
        R"({"traffic": {"t": {"bytes": null}}, "events": [{"at": "1 s", "traffic": "t", "action": "stop"}]})");
    CHECK(event("bytes") == run("bytes"));
}

TEST_CASE("an abort ends a traffic at once and leaves it incomplete", "[scenario]")
{
    const auto run = Run(R"({"events": [{"at": "500 ms", "traffic": "t", "action": "abort"}]})");
    CHECK(run("completed") == 0);
    CHECK_FALSE(run.metrics.Get("traffic.t.completion"));
    // Half a second at 10 Mbit/s, and what was under way ahead of the reset.
    CHECK(run("bytes") < 700000);
    CHECK(*run.metrics.Get("run.duration") == Approx(0.5).margin(0.1));
}

TEST_CASE("ns-3's congestion controls can be named, and a wrong name is a mistake", "[scenario]")
{
    const auto run = Run(R"({"hosts": {"a": {"tcp": {"congestion": "ns3:TcpVegas"}}}})");
    CHECK(run("completed") == 1);
    const auto issue =
        ErrorOf([] { Run(R"({"hosts": {"a": {"tcp": {"congestion": "ns3:TcpVegs"}}}})"); });
    CHECK(issue.pointer == "/hosts/a/tcp/congestion");
    CHECK(issue.nearest == "ns3:TcpVegas");
    CHECK(ErrorOf([] {
              Run(R"({"hosts": {"a": {"stack": "ns3", "tcp": {"congestion": "ns3:Node"}}}})");
          }).pointer == "/hosts/a/tcp/congestion");
}

TEST_CASE("captures are written for each end of each link and change no number", "[scenario]")
{
    TemporaryFolder folder;
    folder.Write("x", "");
    const auto with = Run(R"({"output": {"pcap": true}})", folder.Path("out"));
    CHECK(with.Text() == Run().Text());
    CHECK(std::filesystem::file_size(folder.Path("out/a.pcapng")) > 1000000);
    CHECK(std::filesystem::file_size(folder.Path("out/b.pcapng")) > 1000000);
    const auto whole = std::filesystem::file_size(folder.Path("out/a.pcapng"));
    Run(R"({"output": {"pcap": true, "snap-length": "96 B"}})", folder.Path("out"));
    CHECK(std::filesystem::file_size(folder.Path("out/a.pcapng")) < whole / 5);
}

TEST_CASE("the run goes to its end if it is told to", "[scenario]")
{
    const auto run = Run(R"({"run": {"duration": "5 s", "stop-when": "duration"}})");
    CHECK(*run.metrics.Get("run.duration") == 5);
    CHECK(run("completion") < 1.5);
}

TEST_CASE("a host draws no port to connect from that it listens on", "[scenario]")
{
    // Linux draws from 32768 on, ns-3's stack from 49152 on; t opens before u listens.
    const bool isOurs = GENERATE(true, false);
    const auto stack = std::string(isOurs ? "" : R"("hosts": {"a": {"stack": "ns3"}},)");
    const auto port = std::string(isOurs ? "32770" : "49154");
    const auto outcome = Run("{" + stack + R"("traffic": {
                "t": {"bytes": "10 kB", "connections": 10},
                "u": {"kind": "bulk", "from": "b", "to": "a", "bytes": "10 kB", "port": )" +
                             port + R"(},
                "v": {"kind": "poisson", "from": "a", "to": "b", "rate": "500 kbit/s", "stop": "300 ms"},
                "w": {"kind": "poisson", "from": "b", "to": "a", "rate": "500 kbit/s", "stop": "300 ms",
                      "port": 49153}}})");
    CHECK(outcome("completed") == 10);
    CHECK(outcome.metrics.Get("traffic.u.completed") == 1);
    CHECK(outcome.metrics.Get("traffic.w.received").value_or(0) > 0);
}
