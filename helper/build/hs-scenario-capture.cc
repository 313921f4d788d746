// SPDX-License-Identifier: GPL-2.0-only

// ScenarioNetwork: captures.

#include "ns3/hs-net-device.h"
#include "ns3/hs-scenario-network.h"

#include <ns3/config.h>
#include <ns3/csma-helper.h>
#include <ns3/point-to-point-helper.h>
#include <ns3/uinteger.h>

namespace ns3
{

namespace
{

using hoststack::LinkKind;
using hoststack::LinkSpec;

/// How much of a packet the captures of ns-3's devices hold while it lives: their helpers open the
/// files themselves. 0: as it is.
class CaptureSize
{
  public:
    explicit CaptureSize(std::uint32_t length)
    {
        TypeId::LookupByName("ns3::PcapFileWrapper")
            .LookupAttributeByName("CaptureSize", &m_before);
        if (length > 0)
        {
            Config::SetDefault(kName, UintegerValue(length));
        }
    }

    ~CaptureSize()
    {
        Config::SetDefault(kName, *m_before.initialValue);
    }

    CaptureSize(const CaptureSize&) = delete;
    CaptureSize& operator=(const CaptureSize&) = delete;

  private:
    static constexpr char kName[] = "ns3::PcapFileWrapper::CaptureSize";

    TypeId::AttributeInformation m_before;
};

} // namespace

void
ScenarioNetwork::EnablePcap(const std::string& folder)
{
    m_captures.resize(m_scenario.hosts.size());
    const auto captureOf = [&](std::size_t host) -> HostCapture& {
        if (!m_captures[host])
        {
            const auto file = folder + '/' + m_scenario.hosts[host].name + ".pcapng";
            m_captures[host] = std::make_shared<HostCapture>(file, m_scenario.output.snapLength);
        }
        return *m_captures[host];
    };
    for (std::size_t host = 0; host < m_loopbacks.size(); ++host)
    {
        if (m_loopbacks[host])
        {
            captureOf(host).Add(m_loopbacks[host], "lo");
        }
    }
    const CaptureSize size(m_scenario.output.snapLength);
    for (std::size_t i = 0; i < m_scenario.links.size(); ++i)
    {
        const LinkSpec& link = m_scenario.links[i];
        for (std::size_t side = 0; side < 2; ++side)
        {
            const auto& host = m_scenario.hosts[link.ends[side]].name;
            const auto file = folder + '/' + link.name + '-' + host + ".pcap";
            const auto device = m_devices[i][side];
            switch (link.kind)
            {
            case LinkKind::Path:
                captureOf(link.ends[side]).Add(DynamicCast<HoststackNetDevice>(device), link.name);
                break;
            case LinkKind::PointToPoint:
                PointToPointHelper().EnablePcap(file, device, false, true);
                break;
            case LinkKind::Csma:
                CsmaHelper().EnablePcap(file, device, false, true);
                break;
            }
        }
    }
}

void
ScenarioNetwork::ClosePcap()
{
    for (const auto& capture : m_captures)
    {
        if (capture)
        {
            capture->Close();
        }
    }
}

} // namespace ns3
