// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MACHINE_H
#define HS_MACHINE_H

#include "ns3/hs-context.h"
#include "ns3/hs-forwarding.h"
#include "ns3/hs-host-dispatch.h"
#include "ns3/hs-host-memory.h"
#include "ns3/hs-hpts-host.h"
#include "ns3/hs-ip-costs.h"
#include "ns3/hs-later-calls.h"
#include "ns3/hs-ns3-clock.h"
#include "ns3/hs-packet-input.h"
#include "ns3/hs-processor.h"
#include "ns3/hs-softnet.h"
#include "ns3/hs-work-queue.h"

#include <ns3/node.h>
#include <ns3/object.h>
#include <ns3/ptr.h>

#include <cstddef>
#include <memory>

namespace ns3
{

class HoststackBridge;

/**
 * The machine that a node is: its clock, the processor that does its work, and who takes what its
 * devices receive. Aggregated to the node by the first device or protocol of hoststack's on it.
 */
class HoststackMachine : public Object, public hoststack::PacingSource
{
  public:
    static TypeId GetTypeId();
    ~HoststackMachine() override;

    /// That of \p node, made if there is none.
    static Ptr<HoststackMachine> Of(const Ptr<Node>& node);

    hoststack::Clock& Clock()
    {
        return m_clock;
    }

    hoststack::host::Processor& Processor()
    {
        return *m_processor;
    }

    /// The context of what is being done on the machine.
    hoststack::host::Context& Current()
    {
        return m_processor->Current();
    }

    /// What is done once it has been paid.
    hoststack::host::LaterCalls& Later()
    {
        return m_later;
    }

    HoststackPacketInput& Input()
    {
        return m_input;
    }

    /// Of packets that ns-3's IP gets.
    HoststackIpCosts& IpCosts()
    {
        return m_ipCosts;
    }

    /// Joins the devices that are its ports; nullptr: packets for others are IP's.
    HoststackBridge* Bridge() const
    {
        return m_bridge.get();
    }

    /// The same, made if there is none.
    HoststackBridge& MakeBridge();

    /// Whose socket layer its packets are charged for; nullptr: nobody's.
    hoststack::host::HostDispatch* Dispatch() const
    {
        return m_dispatch.get();
    }

    /// Once it has its processor, before there are sockets. \throws UnknownName
    void SetDispatch(const hoststack::host::HostDispatchSettings& settings);

    /// What steers its received units; nullptr: nothing does.
    HoststackSoftnet* Softnet() const
    {
        return m_softnet.get();
    }

    /**
     * Once it has its processor, of \p cores, before a device gets its NIC.
     * \throws hoststack::UnknownName
     */
    void SetSteering(const hoststack::host::SteeringSettings& settings, std::size_t cores);

    /// Its kernel threads for work that is queued; nullptr on a machine whose work takes no time.
    hoststack::host::WorkQueue* Workers() const
    {
        return m_workers.get();
    }

    /// One whose work takes time; before anything runs on it.
    void SetProcessor(std::unique_ptr<hoststack::host::Processor> processor);

    /// What all its sockets share; nullptr: memory never ends.
    hoststack::host::HostMemory* Memory()
    {
        return m_memory.get();
    }

    /// Limits it; before there are connections. \p stream names its random numbers.
    void SetMemory(const hoststack::host::MemorySettings& settings,
                   std::uint64_t seed,
                   const std::string& stream);

    /// FreeBSD's timers, made with the settings that SetHpts() gave, or the usual ones.
    hoststack::PacingHost& Pacing() override;
    /// Before a connection is paced by it.
    void SetHpts(const hoststack::HptsHostSettings& settings);

    /// nullptr as long as nobody is paced by it.
    hoststack::HptsHost* HptsIfUsed() const
    {
        return m_hpts.get();
    }

    /**
     * A trigger state of FreeBSD's soft timers in \p context: a batch of packets is over, a call
     * returns to its program. Nothing on a host that costs nothing, whose wheels are punctual.
     */
    void Trigger(hoststack::host::Context& context)
    {
        if (m_hpts && context.GetFrame() != nullptr)
        {
            m_hpts->SoftTimer(context);
        }
    }

    /// As HptsHost::LearnLroCpu().
    void LearnLroCpu(std::uint32_t device, hoststack::host::CoreId core)
    {
        if (m_hpts)
        {
            m_hpts->LearnLroCpu(device, core);
        }
    }

    /// Of a run of FreeBSD's timers that is under way and takes time; else nullptr.
    hoststack::host::Context* WheelRun() const
    {
        return m_hpts ? m_hpts->RunContext() : nullptr;
    }

    /// The same in what is being done.
    void Trigger()
    {
        if (m_hpts)
        {
            Trigger(Current());
        }
    }

  protected:
    void DoDispose() override;

  private:
    explicit HoststackMachine(Node& node);

    HoststackClock m_clock;
    HoststackForwarding m_forwarding;
    HoststackIpCosts m_ipCosts;
    HoststackPacketInput m_input;
    std::unique_ptr<HoststackBridge> m_bridge;
    hoststack::host::LaterCalls m_later;
    std::unique_ptr<hoststack::host::Processor> m_processor;
    std::unique_ptr<hoststack::host::HostDispatch> m_dispatch;
    std::unique_ptr<HoststackSoftnet> m_softnet;
    std::unique_ptr<hoststack::host::WorkQueue> m_workers;
    std::shared_ptr<hoststack::host::HostMemory> m_memory;
    hoststack::HptsHostSettings m_hptsSettings;
    std::shared_ptr<hoststack::HptsHost> m_hpts;
};

} // namespace ns3

#endif // HS_MACHINE_H
