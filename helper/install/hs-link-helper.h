// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LINK_HELPER_H
#define HS_LINK_HELPER_H

#include "ns3/hs-link-config.h"
#include "ns3/hs-public.h"

#include <ns3/net-device-container.h>
#include <ns3/node-container.h>
#include <ns3/object-factory.h>
#include <ns3/trace-helper.h>

#include <cstdint>
#include <string>

namespace ns3
{

/**
 * Joins two nodes by a HoststackChannel with a HoststackNetDevice at each end.
 *
 * EnablePcap writes raw IP (DLT_RAW), one file per device, with checksums filled in, whichever way
 * the packets took. EnableAscii writes "+" for a packet that reaches the device, "r" for one that
 * arrives and "d" for a drop at either end; there is no "-", as the queue is computed.
 */
class HS_PUBLIC HoststackLinkHelper : public PcapHelperForDevice, public AsciiTraceHelperForDevice
{
  public:
    HoststackLinkHelper();

    /// Sets an attribute of the devices made from now on.
    void SetDeviceAttribute(const std::string& name, const AttributeValue& value);

    /// Seed of the links' random streams; without it, ns-3's seed and run number decide.
    void SetSeed(std::uint64_t seed);

    /**
     * \param aToB the direction from \p a to \p b
     * \param name of the link, for its random streams; "links/0", "links/1", ... by default
     * \return the devices of \p a and \p b
     * \throws hoststack::LinkConfigError
     */
    NetDeviceContainer Install(Ptr<Node> a,
                               Ptr<Node> b,
                               const hoststack::LinkConfig& aToB,
                               const hoststack::LinkConfig& bToA,
                               const std::string& name = "");
    /// The same in both directions.
    NetDeviceContainer Install(Ptr<Node> a, Ptr<Node> b, const hoststack::LinkConfig& both);

  private:
    void EnablePcapInternal(std::string prefix,
                            Ptr<NetDevice> device,
                            bool promiscuous,
                            bool explicitFilename) override;
    void EnableAsciiInternal(Ptr<OutputStreamWrapper> stream,
                             std::string prefix,
                             Ptr<NetDevice> device,
                             bool explicitFilename) override;

    ObjectFactory m_factory;
    std::uint64_t m_seed{0};
    bool m_seeded{false};
    std::uint32_t m_links{0};
};

} // namespace ns3

#endif // HS_LINK_HELPER_H
