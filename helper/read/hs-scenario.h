// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_H
#define HS_SCENARIO_H

#include "ns3/hs-departures.h"
#include "ns3/hs-dispatch-study.h"
#include "ns3/hs-host-dispatch.h"
#include "ns3/hs-host-memory.h"
#include "ns3/hs-hpts-host.h"
#include "ns3/hs-link-config.h"
#include "ns3/hs-loopback-settings.h"
#include "ns3/hs-mptcp-config.h"
#include "ns3/hs-nic-settings.h"
#include "ns3/hs-quantity.h"
#include "ns3/hs-relay-settings.h"
#include "ns3/hs-smp-config.h"
#include "ns3/hs-tcp-config.h"
#include "ns3/hs-units.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/**
 * \file
 * A scenario as values: everything checked, units converted (ns, bytes, bit/s, shares of 1), names
 * resolved to indexes. Hosts, links and traffic stand in the order of their names, so the order in
 * the file has no influence. What the keys mean is said once, in scenarios/schema.
 */
namespace hoststack
{

struct RunSpec
{
    TimeNs duration{60 * kSecond};
    std::uint64_t seed{1};
    TimeNs measureFrom{0}; ///< metrics count from then on
    bool stopWhenTrafficDone{true};
    int ipVersion{4};
    bool directPath{true};
    bool content{false}; ///< streams carry bytes that the reading end compares
};

struct OutputSpec
{
    bool series{true};
    TimeNs sample{100 * kMillisecond};
    std::vector<std::string> record; ///< names of the series, '*' stands for any text; empty: all
    bool events{true};
    bool connections{true};
    bool exchanges{true};
    bool pcap{false};
    std::uint32_t snapLength{0}; ///< bytes kept of each captured packet; 0: all
};

/// TCP settings of one end of one connection.
struct TcpSettings
{
    tcp::Config config;
    bool mssGiven{false}; ///< else the MTU of the link decides
};

/// An address of a host that path managers may use: the one on that link.
struct MptcpEndpointSpec
{
    std::size_t link{0}; ///< index into Scenario::links
    bool subflow{false};
    bool signal{false};
    bool backup{false};
    bool fullmesh{false};
    bool laminar{false};
    std::uint16_t port{0}; ///< announced with the address; 0: the connection's
};

struct MptcpSettings
{
    bool enabled{false};
    mptcp::Config config; ///< without `tcp`
    std::vector<MptcpEndpointSpec> endpoints;
};

/// The TCP proxy of a host, for traffic that leads through it.
struct ProxySpec
{
    RelaySettings relay;
    Sealing sealing; ///< of the connections that it opens to another proxy
    std::uint32_t threads{1};
    std::uint32_t instances{1}; ///< processes, among which connections go round
    bool noDelay{true};         ///< switches Nagle's algorithm off on all its sockets (TCP_NODELAY)
};

/// Health checks of a host's ways out, as omr-tracker makes them: a ping per target and try, and an
/// endpoint that is taken away when all tries have failed.
struct TrackerSpec
{
    TimeNs timeout{2 * kSecond}; ///< of each ping
    std::uint32_t targets{3};    ///< pinged one after the other in a try, until one answers
    std::uint32_t tries{3};      ///< before the way counts as down
    TimeNs betweenTries{kSecond};
    TimeNs interval{2 * kSecond};      ///< between checks of a way that is up
    TimeNs intervalDown{20 * kSecond}; ///< ... that is down
};

/// Work that does not give its core back.
struct EndlessSpec
{
    TimeNs start{0};
    TimeNs stop{kNever};
    bool inThread{false}; ///< else in a soft interrupt
    host::CoreId core{0};
};

/// A machine whose work takes time.
struct MachineSpec
{
    host::SmpConfig config;
    std::uint32_t receiveRing{1024}; ///< frames that a device keeps until it is polled
    host::CoreId interruptCore{0};   ///< of all its devices
    std::optional<host::HostDispatchSettings> sockets; ///< nothing: `find-socket` is the price
    std::vector<EndlessSpec> endless;
};

struct HostSpec
{
    std::string name;
    std::string hardware; ///< profile name, or empty
    std::string os;       ///< profile name, or empty
    bool ns3Stack{false}; ///< runs ns-3's own TCP
    bool bridges{false};  ///< joins its two links below IP; else it routes
    TcpSettings tcp;
    MptcpSettings mptcp;
    std::optional<host::MemorySettings> memory; ///< nothing: it never ends
    std::optional<NicSettings> nic;             ///< nothing: each frame goes up as it comes
    std::optional<LoopbackSettings> loopback;   ///< nothing: no traffic goes from it to itself
    std::optional<HptsHostSettings> hpts;       ///< nothing: the usual, and nothing is measured
    ProxySpec proxy;
    std::optional<TrackerSpec> tracker;
    std::optional<MachineSpec> machine; ///< nothing: all work is done at once
};

/// "memory" for "hosts.*.memory.allocated": the part of a host that has metrics if it is described;
/// empty for other metrics.
inline std::string
HostPartOf(const std::string& metricPattern)
{
    for (const std::string part : {"memory", "hpts", "nic", "loopback", "bridge"})
    {
        if (metricPattern.rfind("hosts.*." + part + ".", 0) == 0)
        {
            return part;
        }
    }
    return "";
}

inline bool
HasPart(const HostSpec& host, const std::string& part)
{
    return (part == "memory" && host.memory) || (part == "hpts" && host.hpts) ||
           (part == "nic" && host.nic) || (part == "loopback" && host.loopback) ||
           (part == "bridge" && host.bridges);
}

enum class LinkKind : std::uint8_t
{
    Path,         ///< our NIC and link
    PointToPoint, ///< ns3::PointToPointNetDevice
    Csma,         ///< ns3::CsmaNetDevice
};

/// What becomes of packets between an address on a link and another link.
enum class Separation : std::uint8_t
{
    None,  ///< they pass: a host takes packets for any of its addresses on any link
    Drop,  ///< they vanish
    Reset, ///< they are answered with a RST
};

/// Which segments lose their MPTCP options on the way.
struct StripSpec
{
    bool syn{false};
    bool synAck{false};
    bool later{false};
};

/// Which segments a middlebox swallows because of their MPTCP options.
struct DropSpec
{
    static constexpr std::uint64_t kAlways = std::numeric_limits<std::uint64_t>::max();

    std::uint16_t subtypes{0}; ///< bit n: MPTCP subtype n; 0: nothing is dropped
    StripSpec of{true, true, true};
    std::uint64_t count{kAlways};
};

/// Whose payload a middlebox changes.
struct RewriteSpec
{
    std::uint64_t after{0}; ///< bytes of payload that pass first
    std::uint64_t count{0}; ///< segments that are changed
};

/// The largest packet that passes.
struct LargestSpec
{
    std::uint32_t bytes{0}; ///< of IP; 0: any passes
    bool answers{true};     ///< the sender is told; else a black hole
};

struct LinkSpec
{
    std::string name;
    std::string preset; ///< profile name, or empty
    LinkKind kind{LinkKind::Path};
    std::array<std::size_t, 2> ends{}; ///< indexes into Scenario::hosts; first: the client's side
    std::uint32_t mtu{1500};
    int ipVersion{4};
    Separation separation{Separation::None};
    LinkConfig down; ///< towards ends[0]
    LinkConfig up;   ///< away from ends[0]
    StripSpec downStrip;
    StripSpec upStrip;
    DropSpec downDrop;
    DropSpec upDrop;
    RewriteSpec downRewrite;
    RewriteSpec upRewrite;
    LargestSpec downLargest;
    LargestSpec upLargest;
};

/// How the listening program takes connections.
struct AcceptSpec
{
    std::uint32_t backlog{4096};
    TimeNs startDelay{0};
    TimeNs interval{0};
    bool abortOnOverflow{false};
};

/// One end of a leg.
struct LegEnd
{
    std::size_t host{0}; ///< index into Scenario::hosts
    TcpSettings tcp;
};

/// The connections between two hosts one after the other on the way of a traffic.
struct LegSpec
{
    std::string name;                ///< FROM-TO, its hosts in the direction of the traffic
    LegEnd client;                   ///< opens them
    LegEnd server;                   ///< accepts them
    std::optional<std::size_t> link; ///< index into Scenario::links
    bool multipath{false};           ///< an end whose host has no multipath still uses TCP
    std::uint16_t port{0};           ///< the server's; never 0 once loaded
};

class Application;

struct TrafficSpec
{
    std::string name;
    std::shared_ptr<const Application> application; ///< what runs on it; never null once loaded
    std::size_t from{0};                            ///< index into Scenario::hosts
    std::size_t to{0};
    std::vector<std::size_t> through; ///< hosts in between, in which a proxy runs
    std::vector<LegSpec> legs;        ///< from `from` to `to`: one more than `through`
    bool openedByReceiver{false};
    bool isLeg{false}; ///< one leg of another traffic (LegTraffic)
    TimeNs start{0};
    TimeNs stop{kNever};
    std::uint32_t connections{1};
    std::optional<AcceptSpec> accept;

    /// `from`, or `to`, with its settings.
    const LegEnd& End(bool atFrom) const
    {
        const auto& leg = atFrom ? legs.front() : legs.back();
        return atFrom != openedByReceiver ? leg.client : leg.server;
    }

    /// Proxies pass it on; what TCP did is known of each leg by itself.
    bool IsRelayed() const
    {
        return !through.empty();
    }

    bool IsMultipath() const
    {
        return std::any_of(legs.begin(), legs.end(), [](const auto& leg) { return leg.multipath; });
    }
};

enum class DatagramKind : std::uint8_t
{
    ConstantRate,
    OnOff,
    Poisson,
    Ping, ///< ICMP echo requests, which the other host answers
};

/// A traffic of UDP datagrams, which nobody answers, or of ICMP echo requests.
struct DatagramSpec
{
    std::string name;
    DatagramKind kind{DatagramKind::ConstantRate};
    std::size_t from{0}; ///< index into Scenario::hosts
    std::size_t to{0};
    std::optional<std::size_t> link; ///< index into Scenario::links
    TimeNs start{0};
    TimeNs stop{kNever};
    std::uint16_t port{0};    ///< never 0 once loaded
    BitsPerSecond rate{0};    ///< of the payload; OnOff: in an on-period
    std::uint32_t size{1200}; ///< payload of each
    TimeNs every{kSecond};    ///< Ping
    std::uint64_t count{0};   ///< datagrams; 0: until stop
    /// Not Ping: datagrams for a wake-up of the thread that sends them; 0: it is none.
    std::uint32_t wakesEvery{0};
    OnOffPeriods periods;
};

enum class HostAction : std::uint8_t
{
    AddEndpoint,
    RemoveEndpoint,
    SetBackup,
    ClearBackup,
    OpenSubflow,
    CloseSubflow,
};

/// What changes of a link, and for how long.
struct LinkChange
{
    std::size_t link{0}; ///< index into Scenario::links
    bool affectsDown{true};
    bool affectsUp{true};
    std::optional<bool> down;
    bool hold{false}; ///< an outage holds what is queued instead of dropping it
    std::optional<BitsPerSecond> rate;
    std::optional<TimeNs> delay;
    std::optional<TimeNs> jitter;
    std::optional<double> loss;
    std::optional<LinkQueueLimit> queue;
    std::optional<StripSpec> strip;
    std::optional<DropSpec> drop;
    std::optional<RewriteSpec> rewrite;
    std::optional<TimeNs> lasts; ///< it is taken back after it
};

/// What happens to one of a host's addresses.
struct HostChange
{
    std::size_t host{0}; ///< index into Scenario::hosts
    HostAction action{HostAction::AddEndpoint};
    MptcpEndpointSpec endpoint; ///< its link is the address'
};

/// A traffic ends before its time.
struct TrafficEnding
{
    std::size_t traffic{0}; ///< index into Scenario::traffic
    bool abort{false};      ///< reset instead of close
    bool atTo{false};       ///< by its end `to`
};

struct DatagramEnding
{
    std::size_t datagrams{0}; ///< index into Scenario::datagrams
};

struct EventSpec
{
    TimeNs at{0};
    std::variant<LinkChange, HostChange, TrafficEnding, DatagramEnding> what;
};

enum class ExpectOperator : std::uint8_t
{
    AtLeast,
    AtMost,
    Equals,
    Within,
};

/// Who plays the hosts.
enum class RunMode : std::uint8_t
{
    Simulated, ///< all of them the simulator
    Live,      ///< one of them this machine's kernel
};

/// Values are in the metric's base unit (s, bit/s, bytes, share of 1, count).
struct ExpectSpec
{
    std::string metric;
    ExpectOperator op{ExpectOperator::AtLeast};
    double target{0};
    double tolerance{0}; ///< absolute; Within only
    std::string text;    ///< "at least 40 Mbit/s", as in the file
    std::string because;
    /// Why the model is known to miss it; empty: a miss is a failure.
    std::string knownMiss;
    /// Where it counts; empty: in both.
    std::optional<RunMode> only;
};

/// A study of socket layers; it has nothing to do with the hosts.
struct DispatchSpec
{
    std::string name;
    host::DispatchStudySettings settings;
};

/// "dispatch.STUDY.SYSTEM.SIZE"
inline std::string
DispatchObject(const std::string& study, const host::DispatchFigures& figures)
{
    return "dispatch." + study + '.' + figures.stage + '.' + figures.at;
}

struct Scenario
{
    std::string file; ///< as the user named it
    std::string name;
    std::string about;
    std::vector<std::string> sources;
    RunSpec run;
    OutputSpec output;
    std::vector<HostSpec> hosts;
    std::vector<std::size_t> liveHosts; ///< those that a live run leaves to the kernel
    std::vector<LinkSpec> links;
    std::vector<TrafficSpec> traffic;    ///< connections
    std::vector<DatagramSpec> datagrams; ///< the rest of `traffic`
    std::vector<DispatchSpec> dispatch;  ///< studies of socket layers
    std::vector<EventSpec> events;       ///< in order of time; equal times in the file's order
    std::vector<ExpectSpec> expect;
};

} // namespace hoststack

#endif // HS_SCENARIO_H
