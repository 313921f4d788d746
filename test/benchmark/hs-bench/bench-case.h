// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BENCH_CASE_H
#define HS_BENCH_CASE_H

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace hoststack::bench
{

/// What carries the data from A to B. The round-trip time of the empty path is 20 ms for all.
enum class Carrier
{
    Ns3Tcp,    ///< ns3::TcpSocketBase, point-to-point devices, a router between (2 x 5 ms)
    Direct,    ///< hoststack's TCP, one HoststackChannel of 10 ms
    DirectOff, ///< the same with DirectPath off: through ns-3's IP at both hosts
    Routed,    ///< hoststack's TCP over the network of Ns3Tcp
    Ns3Udp,    ///< UdpClient to UdpServer at line rate over the network of Ns3Tcp
    Wheel,     ///< no network: paced senders on one wheel of HPTS; a packet is a burst
    Offload,   ///< Direct with TSO and GRO: NICs that interrupt after 16 us or 32 frames (mlx5)
};

/// Carriers by the name the command line knows.
const std::vector<std::pair<std::string, Carrier>>& CarrierNames();
const std::string& NameOf(Carrier carrier);

/// One run: a network, its connections and what is measured of it.
struct BenchCase
{
    Carrier carrier{Carrier::Direct};
    std::uint32_t active{1};           ///< connections that send without pause
    std::uint32_t idle{0};             ///< established connections that never send
    std::uint32_t subflows{0};         ///< of each connection, on a path each; 0: plain TCP
    std::uint32_t window{2 << 20};     ///< bytes in flight per active connection
    std::uint64_t rate{1'000'000'000}; ///< bit/s of all paths together
    std::uint32_t write{65536};        ///< bytes an application writes at once
    bool cubic{false};                 ///< CUBIC, else Reno (ns-3: TcpLinuxReno)
    bool ns3Loop{false};               ///< ns-3's event loop also for hoststack's TCP
    bool queueDisc{false};             ///< ns-3's default queue disc on point-to-point devices
    double warmUp{1};                  ///< simulated seconds before the measurement
    double seconds{1};                 ///< simulated seconds measured
};

/// What was counted between the end of the warm-up and the end of the run.
struct BenchCount
{
    double cpu{0};                ///< CPU seconds inside Simulator::Run
    double seconds{0};            ///< simulated
    std::uint64_t bytes{0};       ///< payload the receiving applications read
    std::uint64_t packets{0};     ///< the same in full segments (SegmentOf)
    std::uint64_t events{0};      ///< of the simulator
    std::uint32_t established{0}; ///< connections open at the end, active and idle
    std::uint64_t heapPerIdle{0}; ///< heap bytes that one idle connection took, both ends
    std::int64_t heapGrowth{0};   ///< heap bytes at the end less those after the warm-up

    double NsPerPacket() const
    {
        return packets > 0 ? cpu * 1e9 / static_cast<double>(packets) : 0;
    }

    double MegabitPerSecond() const
    {
        return seconds > 0 ? static_cast<double>(bytes) * 8e-6 / seconds : 0;
    }

    double EventsPerPacket() const
    {
        return packets > 0 ? static_cast<double>(events) / static_cast<double>(packets) : 0;
    }
};

/// Payload of a full segment with RFC 7323 timestamps in 1500 bytes of IPv4.
constexpr std::uint32_t kSegment = 1448;

/// The same beside a DSS option with a 32-bit DATA_ACK and a mapping (24 bytes).
constexpr std::uint32_t kMultipathSegment = 1424;

constexpr std::uint32_t
SegmentOf(const BenchCase& run)
{
    return run.subflows > 0 ? kMultipathSegment : kSegment;
}

/// Builds, warms up, measures and destroys. Uses the process' one Simulator.
BenchCount RunCase(const BenchCase& run);

/// That of Carrier::Wheel; it looks at `active`, `warmUp` and `seconds`.
BenchCount RunWheel(const BenchCase& run);

/// RunCase() in a process of its own, so that no run inherits another's heap.
BenchCount RunIsolated(const BenchCase& run);

} // namespace hoststack::bench

#endif // HS_BENCH_CASE_H
