// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DISPATCH_INPUT_H
#define HS_DISPATCH_INPUT_H

#include "ns3/hs-host-dispatch.h"
#include "ns3/hs-packet-input.h"

#include <ns3/node.h>

#include <memory>

namespace ns3
{

/**
 * Shows the socket layer of a host what comes for it on the direct path, before anybody takes it. A
 * host without one has no such stage.
 */
class HoststackDispatchInput final : public HoststackPacketInput::Stage
{
  public:
    /// \p node holds it and lives longer.
    HoststackDispatchInput(Node& node, std::unique_ptr<hoststack::host::HostDispatch> dispatch);
    ~HoststackDispatchInput();

    hoststack::host::HostDispatch& Dispatch() const
    {
        return *m_dispatch;
    }

    bool Take(hoststack::host::Context& context,
              HoststackNetDevice& device,
              const HoststackFrame& frame) override;

  private:
    bool IsOwn(const hoststack::IpAddress& address);

    Node& m_node;
    std::unique_ptr<hoststack::host::HostDispatch> m_dispatch;
    hoststack::IpAddress m_own; ///< the last that was found to be the node's
};

} // namespace ns3

#endif // HS_DISPATCH_INPUT_H
