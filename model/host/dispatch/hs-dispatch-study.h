// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DISPATCH_STUDY_H
#define HS_DISPATCH_STUDY_H

#include "ns3/hs-copy-time.h"
#include "ns3/hs-registry.h"
#include "ns3/hs-socket-key.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hoststack::host
{

/// What to look at, and how. Each study uses what concerns it.
struct DispatchStudySettings
{
    std::string study{"growth"};     ///< of DispatchStudies()
    std::vector<std::string> stages; ///< of DispatchStages()
    SocketProtocol protocol{SocketProtocol::Tcp};
    std::vector<std::uint64_t> sockets{1000};
    std::uint64_t listeners{0};
    double armed{1}; ///< share of the sockets with a timer
    std::uint32_t packetsPerPoll{1};
    std::uint32_t payload{64};
    bool answered{true};
    bool oneTarget{false}; ///< all packets for one socket, else for any of them
    std::uint32_t polls{100};
    std::vector<std::uint64_t> cores{1, 2, 4, 8};
    std::uint64_t interfaces{1};
    TimeNs outside{0}; ///< what a core does between polls, without a lock
    std::vector<std::uint64_t> copies{4096, 65536, 1048576}; ///< bytes
    CopiedMemory memory{CopiedMemory::Cold};
    std::uint64_t connections{10000};
    TimeNs interval{kMillisecond}; ///< between their beginnings
    TimeNs timeWait{10 * kSecond};
    std::uint32_t workers{8};
    std::string waiting{"epoll"};       ///< at one listener: epoll, accept; each at its "own"
    TimeNs service{100 * kMicrosecond}; ///< of a connection, mean
    TimeNs round{10 * kMillisecond};    ///< of a program's loop
    TimeNs check{100 * kMicrosecond};   ///< of all sockets, by select()
    TimeNs flag{kMicrosecond};          ///< the same by flags
    TimeNs wakeUp{10 * kMicrosecond};   ///< from the flag to the program
};

/// What came out for one system and one size. Times in ns.
struct DispatchFigures
{
    std::string stage;
    std::string at; ///< the size: "n1000", "cores4", "copy65536", "first", "last"

    std::optional<double> cost;          ///< per packet, or per connection
    std::optional<double> lookup;        ///< of it
    std::optional<double> packets;       ///< of it
    std::optional<double> notification;  ///< of it
    std::optional<double> poll;          ///< all of a poll: how long its locks are held
    std::optional<double> visits;        ///< sockets touched per packet or connection
    std::optional<double> wakeUps;       ///< programs told, per packet or connection
    std::optional<double> rate;          ///< packets per second
    std::optional<double> speedup;       ///< of the rate, over one core
    std::optional<double> bound;         ///< 1 / the time under the lock, packets per second
    std::optional<double> lockWaited;    ///< share of the cores' time
    std::optional<double> lockHeld;      ///< the same
    std::optional<double> lockContended; ///< share of the takes that had to wait
    std::optional<double> pollWaitMedian;
    std::optional<double> pollWait99;
    std::optional<double> pollWaitMost;
    std::optional<double>
        deliveryWait99; ///< until a packet is processed, in a backlog or by waiting
    std::optional<double> copyTime;
    std::optional<double> faults;       ///< pages that came while it copied
    std::optional<double> faultTime;    ///< of copyTime
    std::optional<double> kernelCopies; ///< of a byte, between the kernel's own buffers
    std::optional<double> workersBusy;  ///< that got a connection, mean over the runs
    std::optional<double> moreThanOne;  ///< share of the runs in which two or more did
    std::optional<double> busiest;      ///< share of the connections, mean over the runs
    std::optional<double> idlest;       ///< the same
    std::optional<double> seenMean;     ///< from data to the program that has seen it
    std::optional<double> seen99;
    std::optional<double> checking; ///< share of a core
    std::optional<double> sockets;  ///< in the table
};

/// An experiment on the socket layers of systems.
class DispatchStudy
{
  public:
    virtual ~DispatchStudy() = default;
    /// What Run() will return, with any number in what will have one.
    virtual std::vector<DispatchFigures> Plan(const DispatchStudySettings& settings) const = 0;
    /// The same settings and seed give the same figures.
    virtual std::vector<DispatchFigures> Run(const DispatchStudySettings& settings,
                                             std::uint64_t seed) const = 0;
};

/// By name: growth, scaling, copy-under-lock, loopback, readiness, time-wait, workers.
Registry<DispatchStudy>& DispatchStudies();

} // namespace hoststack::host

#endif // HS_DISPATCH_STUDY_H
