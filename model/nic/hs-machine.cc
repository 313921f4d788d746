// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-machine.h"

#include "ns3/hs-bridge.h"

#include <utility>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(HoststackMachine);

TypeId
HoststackMachine::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::HoststackMachine").SetParent<Object>().SetGroupName("Hoststack");
    return tid;
}

HoststackMachine::HoststackMachine(Node& node)
    : m_clock(node.GetId()),
      m_forwarding(node),
      m_ipCosts(*this),
      m_processor(std::make_unique<hoststack::host::InlineProcessor>(m_clock))
{
    m_input.Add(m_ipCosts);
    m_input.Add(m_forwarding);
}

HoststackMachine::~HoststackMachine()
{
    if (m_memory)
    {
        m_memory->Stop(); // sockets may live longer
    }
    if (m_hpts)
    {
        m_hpts->Stop();
    }
}

Ptr<HoststackMachine>
HoststackMachine::Of(const Ptr<Node>& node)
{
    auto machine = node->GetObject<HoststackMachine>();
    if (!machine)
    {
        machine = CompleteConstruct(new HoststackMachine(*node));
        node->AggregateObject(machine);
    }
    return machine;
}

void
HoststackMachine::DoDispose()
{
    m_forwarding.Forget();
    Object::DoDispose();
}

HoststackBridge&
HoststackMachine::MakeBridge()
{
    if (!m_bridge)
    {
        m_bridge = std::make_unique<HoststackBridge>(*this);
    }
    return *m_bridge;
}

void
HoststackMachine::SetProcessor(std::unique_ptr<hoststack::host::Processor> processor)
{
    m_processor = std::move(processor);
    m_workers = std::make_unique<hoststack::host::WorkQueue>(*m_processor);
}

void
HoststackMachine::SetDispatch(const hoststack::host::HostDispatchSettings& settings)
{
    m_dispatch = std::make_unique<hoststack::host::HostDispatch>(*m_processor, settings);
}

void
HoststackMachine::SetSteering(const hoststack::host::SteeringSettings& settings, std::size_t cores)
{
    m_softnet = std::make_unique<HoststackSoftnet>(*m_processor, m_input, settings, cores);
}

void
HoststackMachine::SetMemory(const hoststack::host::MemorySettings& settings,
                            std::uint64_t seed,
                            const std::string& stream)
{
    m_memory = std::make_shared<hoststack::host::HostMemory>(m_clock, settings, seed, stream);
}

hoststack::PacingHost&
HoststackMachine::Pacing()
{
    if (!m_hpts)
    {
        m_hpts = hoststack::HptsHost::Make(m_clock, *m_processor, m_hptsSettings);
    }
    return *m_hpts;
}

void
HoststackMachine::SetHpts(const hoststack::HptsHostSettings& settings)
{
    m_hptsSettings = settings;
}

} // namespace ns3
