// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-host-capture.h"

namespace ns3
{

HostCapture::HostCapture(const std::string& path, std::uint32_t snapLength)
    : m_writer(path, hoststack::CaptureOptions{hoststack::CaptureFormat::Pcapng, snapLength})
{
}

void
HostCapture::Add(const Ptr<HoststackNetDevice>& device, const std::string& link)
{
    m_interfaces.emplace_back(PeekPointer(device), m_writer.AddInterface(link));
    device->AddCapture(shared_from_this());
}

void
HostCapture::Capture(hoststack::TimeNs now,
                     const HoststackNetDevice& device,
                     hoststack::CaptureDirection direction,
                     const std::uint8_t* bytes,
                     std::size_t length)
{
    for (const auto& [known, interface] : m_interfaces)
    {
        if (known == &device)
        {
            m_writer.WritePacket(interface, now, bytes, length, direction);
            return;
        }
    }
}

void
HostCapture::Close()
{
    m_writer.Close();
}

} // namespace ns3
