// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-helper.h"

#include "ns3/hs-capture-sink.h"
#include "ns3/hs-channel.h"
#include "ns3/hs-net-device.h"

#include <ns3/config.h>
#include <ns3/mac48-address.h>
#include <ns3/node.h>
#include <ns3/packet.h>
#include <ns3/pcap-file-wrapper.h>
#include <ns3/rng-seed-manager.h>

#include <memory>
#include <sstream>

namespace ns3
{

namespace
{

/// Writes what a device sees to a file of ns-3's.
class PcapSink : public HoststackCaptureSink
{
  public:
    explicit PcapSink(Ptr<PcapFileWrapper> file)
        : m_file(file)
    {
    }

    void Capture(hoststack::TimeNs now,
                 const HoststackNetDevice& /* device */,
                 hoststack::CaptureDirection /* direction */,
                 const std::uint8_t* bytes,
                 std::size_t length) override
    {
        m_file->Write(NanoSeconds(now), bytes, static_cast<std::uint32_t>(length));
    }

  private:
    Ptr<PcapFileWrapper> m_file;
};

} // namespace

HoststackLinkHelper::HoststackLinkHelper()
{
    m_factory.SetTypeId(HoststackNetDevice::GetTypeId());
}

void
HoststackLinkHelper::SetDeviceAttribute(const std::string& name, const AttributeValue& value)
{
    m_factory.Set(name, value);
}

void
HoststackLinkHelper::SetSeed(std::uint64_t seed)
{
    m_seed = seed;
    m_seeded = true;
}

NetDeviceContainer
HoststackLinkHelper::Install(Ptr<Node> a,
                             Ptr<Node> b,
                             const hoststack::LinkConfig& aToB,
                             const hoststack::LinkConfig& bToA,
                             const std::string& name)
{
    NetDeviceContainer devices;
    Ptr<HoststackNetDevice> sides[2];
    const Ptr<Node> nodes[2] = {a, b};
    for (int side = 0; side < 2; ++side)
    {
        sides[side] = m_factory.Create<HoststackNetDevice>();
        sides[side]->SetAddress(Mac48Address::Allocate());
        nodes[side]->AddDevice(sides[side]);
        devices.Add(sides[side]);
    }
    const auto stream = name.empty() ? "links/" + std::to_string(m_links) : name;
    ++m_links;
    const auto seed = m_seeded ? m_seed
                               : std::uint64_t{RngSeedManager::GetSeed()} << 32 |
                                     (RngSeedManager::GetRun() & 0xffffffff);
    CreateObject<HoststackChannel>()->Connect(sides[0],
                                              sides[1],
                                              {aToB, stream + "/forward"},
                                              {bToA, stream + "/backward"},
                                              seed);
    return devices;
}

NetDeviceContainer
HoststackLinkHelper::Install(Ptr<Node> a, Ptr<Node> b, const hoststack::LinkConfig& both)
{
    return Install(a, b, both, both);
}

void
HoststackLinkHelper::EnablePcapInternal(std::string prefix,
                                        Ptr<NetDevice> device,
                                        bool /* promiscuous */,
                                        bool explicitFilename)
{
    const auto own = DynamicCast<HoststackNetDevice>(device);
    if (!own)
    {
        return;
    }
    PcapHelper helper;
    const auto file =
        helper.CreateFile(explicitFilename ? prefix : helper.GetFilenameFromDevice(prefix, own),
                          std::ios::out,
                          PcapHelper::DLT_RAW);
    own->AddCapture(std::make_shared<PcapSink>(file));
}

void
HoststackLinkHelper::EnableAsciiInternal(Ptr<OutputStreamWrapper> stream,
                                         std::string prefix,
                                         Ptr<NetDevice> device,
                                         bool explicitFilename)
{
    const auto own = DynamicCast<HoststackNetDevice>(device);
    if (!own)
    {
        return;
    }
    Packet::EnablePrinting();
    if (!stream)
    {
        AsciiTraceHelper helper;
        stream = helper.CreateFileStream(
            explicitFilename ? prefix : helper.GetFilenameFromDevice(prefix, own));
        helper.HookDefaultEnqueueSinkWithoutContext(own, "MacTx", stream);
        helper.HookDefaultReceiveSinkWithoutContext(own, "MacRx", stream);
        helper.HookDefaultDropSinkWithoutContext(own, "MacTxDrop", stream);
        helper.HookDefaultDropSinkWithoutContext(own, "PhyRxDrop", stream);
        return;
    }
    std::ostringstream path;
    path << "/NodeList/" << own->GetNode()->GetId() << "/DeviceList/" << own->GetIfIndex()
         << "/$ns3::HoststackNetDevice/";
    auto connect = [&path, stream](const char* source, auto sink) {
        Config::Connect(path.str() + source, MakeBoundCallback(sink, stream));
    };
    connect("MacTx", &AsciiTraceHelper::DefaultEnqueueSinkWithContext);
    connect("MacRx", &AsciiTraceHelper::DefaultReceiveSinkWithContext);
    connect("MacTxDrop", &AsciiTraceHelper::DefaultDropSinkWithContext);
    connect("PhyRxDrop", &AsciiTraceHelper::DefaultDropSinkWithContext);
}

} // namespace ns3
