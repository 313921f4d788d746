// SPDX-License-Identifier: GPL-2.0-only

#ifndef HPTS_SCRIPT_H
#define HPTS_SCRIPT_H

#include "ns3/hs-hpts.h"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hoststack::reference
{

using Json = nlohmann::json;

/**
 * The machine on which FreeBSD's own HPTS was driven step by step: a virtual clock, software
 * interrupts and timers that are run when a step says so, connections that do what a plan says.
 * After each step it gives what that run recorded, in the same form.
 */
class HptsScript : public HptsPlatform
{
  public:
    HptsScript(const HptsVersion& version, const Json& record);
    ~HptsScript();

    /// What was seen at boot.
    Json Boot();
    /// Does one step and says what was seen.
    Json Do(const std::string& step);

  private:
    class Connection;
    using Words = std::vector<std::string>;

    struct Thread
    {
        bool isScheduled{false};
        TimeNs at{0}; ///< when it was scheduled
    };

    TimeNs Now() override;
    void WakeThread(std::uint16_t wheel) override;
    void ArmCallout(std::uint16_t wheel, std::uint32_t us, bool wasPending) override;
    void StopCallout(std::uint16_t wheel, bool wasPending) override;
    std::uint32_t Random() override;
    void OnPass(std::uint16_t wheel) override;
    void OnSlotsWalked(std::uint16_t wheel, std::uint32_t slots) override;
    void OnWheelWrap(std::uint16_t wheel) override;
    void OnRunEnd(const HptsRun& run) override;

    Connection& Of(int id);
    void Step(const Words& words);
    void StepOfConnection(const Words& words);
    void StepOfMachine(const Words& words);
    void Insert(int id, std::int64_t us);
    void Remove(int id);
    void RunFor(TimeNs time);
    void FireCallout(std::uint16_t wheel);
    void EnterThread(std::uint16_t wheel);
    void Hook(std::uint16_t cpu);
    bool Serve(Connection& connection, bool isInput, const HptsWheel& wheel);
    bool DoPlan(Connection& connection, const std::string& plan);

    Json Seen();
    Json WheelChanges();
    Json ConnectionChanges();
    Json CounterChanges();

    const HptsVersion m_version;
    TimeNs m_now;
    TimeNs m_fraction{0};
    TimeNs m_latency;
    TimeNs m_serviceCost;
    TimeNs m_slotCost;
    TimeNs m_nextServiceCost;
    TimeNs m_nextSlotCost;
    bool m_areCostsStopped{false};
    int m_passes{0};
    std::deque<std::uint32_t> m_random;
    std::unique_ptr<Hpts> m_hpts;
    std::vector<Thread> m_threads;
    std::map<int, std::unique_ptr<Connection>> m_connections;
    Json m_events;
    std::map<std::string, std::map<std::string, std::int64_t>> m_wheelsSeen;
    std::map<std::string, std::uint64_t> m_countersSeen;
};

class HptsScript::Connection final : public HptsEntry
{
  public:
    Connection(HptsScript& script, int name)
        : id(name),
          m_script(script)
    {
        isCpuSet = true;
    }

    bool HasQueuedInput() const override
    {
        return queued > 0;
    }

    bool OnQueuedInput(const HptsWheel& wheel) override
    {
        queued = 0;
        return m_script.Serve(*this, true, wheel);
    }

    bool OnOutput(const HptsWheel& wheel) override
    {
        return m_script.Serve(*this, false, wheel);
    }

    std::vector<std::int64_t> Fields() const
    {
        // It was recorded without a slot once a run had let it go.
        const bool isGone = state == State::Off && slot == kNoSlot;
        return {static_cast<std::int64_t>(state), isGone ? 0 : slot, remaining, cpu, isCpuSet};
    }

    int id;
    int queued{0};
    std::deque<std::string> plan;
    std::string always;
    std::vector<std::int64_t> seen{0, 0, 0, 0, 1};

  private:
    HptsScript& m_script;
};

} // namespace hoststack::reference

#endif // HPTS_SCRIPT_H
