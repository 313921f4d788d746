// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_IP_COSTS_H
#define HS_IP_COSTS_H

#include "ns3/hs-context.h"
#include "ns3/hs-frame.h"
#include "ns3/hs-packet-input.h"

namespace ns3
{

class HoststackMachine;
class HoststackNetDevice;

/**
 * What packets pay that a host's devices hand up to ns-3's IP, which knows no cores: `forward` if
 * they go on to another device, as on the direct path; IP's part and the look-up of a socket if
 * they are datagrams for the node. TCP charges its own. A host whose work takes no time pays
 * nothing, and a bridge has prices of its own.
 */
class HoststackIpCosts final : public HoststackPacketInput::Stage
{
  public:
    /// \p machine holds it and lives longer.
    explicit HoststackIpCosts(HoststackMachine& machine);

    /// \return \p frame is not for the node: IP gets it once what was charged has been paid
    bool Charge(hoststack::host::Context& context,
                const HoststackNetDevice& device,
                const HoststackFrame& frame);

    bool Take(hoststack::host::Context& context,
              HoststackNetDevice& device,
              const HoststackFrame& frame) override;
    void OpenUnit() override;
    void CloseUnit(hoststack::host::Context& context) override;

  private:
    HoststackMachine& m_machine;
    bool m_isInUnit{false}; ///< the packets that come were merged
    bool m_isBegun{false};  ///< and the first of them has come
};

} // namespace ns3

#endif // HS_IP_COSTS_H
