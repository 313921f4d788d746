// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PACKET_INPUT_H
#define HS_PACKET_INPUT_H

#include "ns3/hs-context.h"
#include "ns3/hs-frame.h"

#include <cstddef>
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

        /// \p frame is for a connection whose stack takes what an offload queues for it.
        virtual bool TakesBatches(const HoststackFrame& /*frame*/) const
        {
            return false;
        }

        /// The place of the next packet that IP brings; BatchPlace::None: it has come.
        virtual void Announce(hoststack::BatchPlace /*place*/)
        {
        }

        /// The packets that IP brings from now on belong together.
        virtual void OpenUnit()
        {
        }

        /// And these were all of them.
        virtual void CloseUnit(hoststack::host::Context& /*context*/)
        {
        }

      protected:
        ~Stage() = default;
    };

    /// Packets that an offload has merged, while they go up through IP one by one.
    class Unit
    {
      public:
        Unit(const HoststackPacketInput& input, std::size_t packets)
            : m_input(input),
              m_isMerged(packets > 1)
        {
            if (m_isMerged)
            {
                m_input.OpenUnit();
            }
        }

        void End(hoststack::host::Context& context)
        {
            if (m_isMerged)
            {
                m_input.CloseUnit(context);
            }
        }

      private:
        const HoststackPacketInput& m_input;
        const bool m_isMerged;
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

    /// As Stage::TakesBatches(), of any of them.
    bool TakesBatches(const HoststackFrame& frame) const;

    void Announce(hoststack::BatchPlace place) const;

  private:
    void OpenUnit() const;
    void CloseUnit(hoststack::host::Context& context) const;

    std::vector<Stage*> m_stages;
};

} // namespace ns3

#endif // HS_PACKET_INPUT_H
