// SPDX-License-Identifier: GPL-2.0-only

#ifndef TSO_RUN_H
#define TSO_RUN_H

#include "ns3/hs-time-histogram.h"
#include "ns3/hs-units.h"
#include "reference-folder.h"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hoststack::reference
{

/// A case of reference/tso: one bulk transfer from server to client.
struct TsoCase
{
    /// \p runs of the kernel say how long the emulator's round trip really was.
    TsoCase(const Json& json, const Json& runs);

    struct Path
    {
        double up{0};   ///< bit/s
        double down{0}; ///< bit/s
        TimeNs upDelay{0};
        TimeNs downDelay{0};
        std::uint32_t upQueue{0};   ///< packets
        std::uint32_t downQueue{0}; ///< packets
    };

    std::string name;
    std::string congestion;
    bool isMultipath{false};
    std::uint64_t bytes{0};
    std::vector<Path> paths;
    std::uint32_t receiveBuffer{0}; ///< as SO_RCVBUF takes it
    std::uint32_t writeSize{0};     ///< bytes
    std::uint32_t mostSegments{0};  ///< gso_max_segs of the device; 0: no limit
    std::uint32_t leastSegments{0}; ///< tcp_min_tso_segs
    TimeNs poll{0};   ///< the receiver polls, with GRO, at its multiples; 0: as they come
    double shaper{0}; ///< bit/s of a token bucket in the sender's device; 0: none
};

/// What one path of a run has carried.
struct TsoFigures
{
    std::array<std::map<std::uint32_t, std::uint64_t>, 4> quarters; ///< bursts by segments
    std::uint64_t bursts{0};
    std::uint64_t segments{0};
    std::uint64_t arrived{0}; ///< data packets at the client
    std::uint64_t acks{0};    ///< without data, from the client
    TimeHistogram gaps;       ///< between two bursts

    double MeanBurst() const
    {
        return bursts == 0 ? 0 : static_cast<double>(segments) / static_cast<double>(bursts);
    }

    double AcksPerPacket() const
    {
        return arrived == 0 ? 0 : static_cast<double>(acks) / static_cast<double>(arrived);
    }

    /// The most frequent size in the last quarter of the time.
    std::uint32_t LateSize() const;
};

struct TsoResult
{
    bool isComplete{false};
    TimeNs time{0};
    std::vector<TsoFigures> paths;
    std::uint64_t units{0}; ///< what went up at the client, merged or not; with data
};

TsoResult RunTso(const TsoCase& c);

} // namespace hoststack::reference

#endif // TSO_RUN_H
