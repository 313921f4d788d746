// SPDX-License-Identifier: GPL-2.0-only

#ifndef WIRETAP_H
#define WIRETAP_H

#include "ns3/hs-capture-sink.h"

#include <cstddef>
#include <cstdint>
#include <vector>

using Bytes = std::vector<std::uint8_t>;

/// The packets that a device has seen in one direction, whole.
struct Wiretap : public ns3::HoststackCaptureSink
{
    explicit Wiretap(hoststack::CaptureDirection which)
        : direction(which)
    {
    }

    void Capture(hoststack::TimeNs now,
                 const ns3::HoststackNetDevice& /* device */,
                 hoststack::CaptureDirection seen,
                 const std::uint8_t* bytes,
                 std::size_t length) override
    {
        if (seen == direction)
        {
            packets.emplace_back(bytes, bytes + length);
            times.push_back(now);
        }
    }

    hoststack::CaptureDirection direction;
    std::vector<Bytes> packets;
    std::vector<hoststack::TimeNs> times;
};

#endif // WIRETAP_H
