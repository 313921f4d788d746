// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CAPTURE_SINK_H
#define HS_CAPTURE_SINK_H

#include "ns3/hs-capture-writer.h"
#include "ns3/hs-units.h"

#include <cstddef>
#include <cstdint>

namespace ns3
{

class HoststackNetDevice;

/// Takes a copy of all IP packets a device sends or receives.
class HoststackCaptureSink
{
  public:
    virtual ~HoststackCaptureSink() = default;

    /**
     * \param bytes from the IP header on, checksums filled in
     * \param direction as the device sees it. Outbound packets are seen when they reach the
     *        device's queue, also those it has no room for; inbound ones when they arrive.
     */
    virtual void Capture(hoststack::TimeNs now,
                         const HoststackNetDevice& device,
                         hoststack::CaptureDirection direction,
                         const std::uint8_t* bytes,
                         std::size_t length) = 0;
};

} // namespace ns3

#endif // HS_CAPTURE_SINK_H
