// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HOST_CAPTURE_H
#define HS_HOST_CAPTURE_H

#include "ns3/hs-capture-sink.h"
#include "ns3/hs-capture-writer.h"
#include "ns3/hs-net-device.h"

#include <ns3/ptr.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ns3
{

/// What one host sends and receives on its links, as a pcapng file with an interface per link.
class HostCapture : public HoststackCaptureSink, public std::enable_shared_from_this<HostCapture>
{
  public:
    /// \param snapLength bytes kept of each packet; 0: all
    /// \throws hoststack::CaptureError if the file cannot be made
    HostCapture(const std::string& path, std::uint32_t snapLength);

    /// Captures \p device under the name of its link.
    void Add(const Ptr<HoststackNetDevice>& device, const std::string& link);

    void Capture(hoststack::TimeNs now,
                 const HoststackNetDevice& device,
                 hoststack::CaptureDirection direction,
                 const std::uint8_t* bytes,
                 std::size_t length) override;

    /// \throws hoststack::CaptureError if not all of it could be written
    void Close();

  private:
    hoststack::CaptureWriter m_writer;
    std::vector<std::pair<const HoststackNetDevice*, std::uint32_t>> m_interfaces;
};

} // namespace ns3

#endif // HS_HOST_CAPTURE_H
