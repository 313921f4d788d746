// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-clean-simulator.h"

#include "ns3/hs-wall-clock-scheduler.h"

#include <ns3/global-value.h>
#include <ns3/nstime.h>
#include <ns3/object-factory.h>
#include <ns3/rng-seed-manager.h>
#include <ns3/simulator.h>

#include <stdexcept>

namespace ns3
{

namespace
{

constexpr char kImplementation[] = "SimulatorImplementationType";

bool g_inUse = false;

} // namespace

CleanSimulator::CleanSimulator(std::uint64_t seed, bool isRealTime)
    : m_seed(RngSeedManager::GetSeed()),
      m_run(RngSeedManager::GetRun())
{
    if (g_inUse)
    {
        throw std::logic_error("a scenario is being run in this process");
    }
    if (Time::GetResolution() != Time::NS)
    {
        throw std::logic_error(
            "hoststack counts time in nanoseconds, but Time::SetResolution chose another unit");
    }
    g_inUse = true;
    GlobalValue::GetValueByName(kImplementation, m_implementation);
    GlobalValue::Bind(
        kImplementation,
        StringValue(isRealTime ? "ns3::DefaultSimulatorImpl" : "ns3::HoststackSimulatorImpl"));
    WallClock::SetCurrent(isRealTime ? &m_clock : nullptr);
    ObjectFactory scheduler;
    scheduler.SetTypeId(isRealTime ? HoststackWallClockScheduler::GetTypeId()
                                   : PriorityQueueScheduler::GetTypeId());
    Simulator::SetScheduler(scheduler);
    RngSeedManager::SetSeed(1);
    RngSeedManager::SetRun(seed);
}

CleanSimulator::~CleanSimulator()
{
    // What was still to come is thrown away at once.
    WallClock::SetCurrent(nullptr);
    Simulator::Destroy();
    GlobalValue::Bind(kImplementation, m_implementation);
    RngSeedManager::SetSeed(m_seed);
    RngSeedManager::SetRun(m_run);
    g_inUse = false;
}

} // namespace ns3
