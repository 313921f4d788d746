// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PACKET_INPUT_H
#define HS_PACKET_INPUT_H

#include "ns3/hs-context.h"
#include "ns3/hs-frame.h"

#include <vector>

namespace ns3
{

class HoststackNetDevice;

/**
 * Who takes the segments on the direct path that a node's devices receive: one stage after the
 * other is asked, the node's TCP before its forwarding. What none of them takes goes through ns-3's
 * IP as a packet. The sender knows nothing of it.
 */
class HoststackPacketInput
{
  public:
    class Stage
    {
      public:
        /// \return false: it is for somebody else, or IP must see it
        virtual bool Take(hoststack::host::Context& context,
                          HoststackNetDevice& device,
                          const HoststackFrame& frame) = 0;

      protected:
        ~Stage() = default;
    };

    /// \p stage is asked before those that are there.
    void Add(Stage& stage)
    {
        m_stages.insert(m_stages.begin(), &stage);
    }

    void Remove(const Stage& stage);

    bool Take(hoststack::host::Context& context,
              HoststackNetDevice& device,
              const HoststackFrame& frame) const
    {
        for (auto* stage : m_stages)
        {
            if (stage->Take(context, device, frame))
            {
                return true;
            }
        }
        return false;
    }

  private:
    std::vector<Stage*> m_stages;
};

} // namespace ns3

#endif // HS_PACKET_INPUT_H
