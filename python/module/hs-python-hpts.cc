// SPDX-License-Identifier: GPL-2.0-only

#include "hs-python-parts.h"
#include "hs-python-steps.h"
#include "ns3/hs-hpts.h"
#include "ns3/hs-random.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <pybind11/stl.h>
#include <string>
#include <utility>
#include <vector>

/**
 * \file
 * FreeBSD's HPTS one step at a time: the caller says when timers and threads come to their turn.
 */
namespace py = pybind11;

namespace hoststack::python
{

namespace
{

/// The wheels of a machine, and the connections on them.
class StepHpts : private HptsPlatform
{
  public:
    StepHpts(const std::string& version,
             std::uint16_t cpus,
             std::uint16_t groups,
             std::uint64_t seed,
             TimeNs start)
        : m_random(seed, "steps/hpts"),
          m_callouts(Checked(cpus, groups), kNever),
          m_threads(cpus, kNever)
    {
        m_steps.At(start);
        m_hpts = std::make_unique<Hpts>(HptsVersionByName(version),
                                        HptsTopology{cpus, groups, 1},
                                        static_cast<HptsPlatform&>(*this));
        m_hpts->Start();
    }

    ~StepHpts()
    {
        for (auto& [name, entry] : m_entries)
        {
            m_hpts->Forget(*entry);
        }
    }

    StepHpts(const StepHpts&) = delete;
    StepHpts& operator=(const StepHpts&) = delete;

    /// \param again microseconds after which it asks again each time it is served; 0: never
    py::dict Insert(TimeNs now, std::int64_t name, std::uint64_t us, std::uint64_t again, int cpu)
    {
        m_steps.At(now);
        if (cpu >= m_hpts->Wheels())
        {
            throw py::value_error("there are " + std::to_string(m_hpts->Wheels()) + " CPUs");
        }
        auto& entry = m_entries[name];
        if (!entry)
        {
            entry = std::make_unique<Connection>(*this, name);
            m_hpts->Init(*entry);
        }
        if (cpu >= 0 && !entry->IsOnWheel())
        {
            entry->cpu = static_cast<std::uint16_t>(cpu);
            entry->isCpuSet = true;
        }
        if (entry->IsOnWheel())
        {
            throw py::value_error("connection " + std::to_string(name) +
                                  " is on a wheel; remove() it first");
        }
        entry->again = again;
        const auto done = entry->In(us);
        py::dict told;
        told["taken"] = done.isTaken;
        told["slot"] = done.slot;
        told["remaining"] = done.remaining;
        told["request"] = done.request;
        told["have_slept"] = done.haveSlept;
        told["yet_to_sleep"] = done.yetToSleep;
        told["rearm_us"] = done.rearmUs;
        return told;
    }

    void Remove(TimeNs now, std::int64_t name)
    {
        m_steps.At(now);
        const auto found = m_entries.find(name);
        if (found == m_entries.end())
        {
            throw py::value_error("no connection " + std::to_string(name) + " was ever inserted");
        }
        found->second->again = 0;
        if (found->second->IsOnWheel())
        {
            m_hpts->Remove(*found->second);
        }
    }

    TimeNs Next() const
    {
        return std::min(*std::min_element(m_callouts.begin(), m_callouts.end()),
                        *std::min_element(m_threads.begin(), m_threads.end()));
    }

    /// All timers that have gone off by now, then all threads that were woken.
    void OnDeadline(TimeNs now)
    {
        m_steps.At(now);
        for (std::uint16_t wheel = 0; wheel < m_hpts->Wheels(); ++wheel)
        {
            if (m_callouts[wheel] <= now)
            {
                m_callouts[wheel] = kNever;
                m_hpts->OnCallout(wheel);
            }
        }
        for (std::uint16_t wheel = 0; wheel < m_hpts->Wheels(); ++wheel)
        {
            if (m_threads[wheel] <= now)
            {
                m_threads[wheel] = kNever;
                m_hpts->OnThread(wheel);
            }
        }
    }

    void SoftTimer(TimeNs now, std::uint16_t cpu)
    {
        m_steps.At(now);
        if (cpu >= m_hpts->Wheels())
        {
            throw py::value_error("there are " + std::to_string(m_hpts->Wheels()) + " CPUs");
        }
        m_hpts->RunSoftTimer(cpu);
    }

    void SetSysctl(const std::string& name, std::int32_t value)
    {
        if (const auto why = m_hpts->SetSysctl(name, value); !why.empty())
        {
            throw py::value_error(why);
        }
    }

    py::list TakeServed()
    {
        return std::exchange(m_served, py::list());
    }

    py::dict Counters() const
    {
        const auto& c = m_hpts->Counters();
        py::dict all;
        all["inserts"] = c.inserts;
        all["removes"] = c.removes;
        all["runs_by_thread"] = c.runsByThread;
        all["runs_by_hook"] = c.runsByHook;
        all["idle_hooks"] = c.idleHooks;
        all["timeout_wakeups"] = c.timeoutWakeup;
        all["direct_awakenings"] = c.directAwakening;
        all["wheel_wraps"] = c.wheelWrap;
        all["loops"] = c.loops;
        all["long_timers"] = c.longTimers;
        all["most_queued"] = c.maxQueued;
        return all;
    }

    py::dict State(std::uint16_t cpu) const
    {
        if (cpu >= m_hpts->Wheels())
        {
            throw py::value_error("there are " + std::to_string(m_hpts->Wheels()) + " CPUs");
        }
        const auto state = m_hpts->Wheel(cpu).GetState();
        py::dict all;
        all["count"] = state.count;
        all["previous_slot"] = state.previous;
        all["current_slot"] = state.current;
        all["next_slot"] = state.next;
        all["sleep_us"] = state.mySleepUs;
        all["on_min_sleep"] = state.isOnMinSleep;
        all["over_threshold"] = state.isOverThreshold;
        all["timer_at"] = m_callouts[cpu];
        all["thread_at"] = m_threads[cpu];
        return all;
    }

  private:
    struct Connection final : public HptsEntry
    {
        Connection(StepHpts& owner, std::int64_t number)
            : wheels(owner),
              name(number)
        {
        }

        HptsInsertion In(std::uint64_t us)
        {
            due = wheels.m_steps.Now() + static_cast<TimeNs>(us) * kMicrosecond;
            return wheels.m_hpts->Insert(*this, us);
        }

        bool OnOutput(const HptsWheel& wheel) override
        {
            const auto now = wheels.m_steps.Now();
            wheels.m_served.append(py::make_tuple(now, name, now - due, wheel.Index()));
            if (again > 0)
            {
                In(again);
            }
            return true;
        }

        StepHpts& wheels;
        std::int64_t name;
        std::uint64_t again{0};
        TimeNs due{0};
    };

    /// \return the number of wheels
    static std::size_t Checked(std::uint16_t cpus, std::uint16_t groups)
    {
        if (cpus == 0 || groups == 0 || cpus % groups != 0)
        {
            throw py::value_error("cpus must be a multiple of l3_groups, and both 1 or more");
        }
        return cpus;
    }

    TimeNs Now() override
    {
        return m_steps.Now();
    }

    void WakeThread(std::uint16_t wheel) override
    {
        m_threads[wheel] = std::min(m_threads[wheel], m_steps.Now());
    }

    void ArmCallout(std::uint16_t wheel, std::uint32_t us, bool /* wasPending */) override
    {
        m_callouts[wheel] = m_steps.Now() + us * kMicrosecond;
    }

    void StopCallout(std::uint16_t wheel, bool /* wasPending */) override
    {
        m_callouts[wheel] = kNever;
    }

    std::uint32_t Random() override
    {
        return static_cast<std::uint32_t>(m_random.Bits());
    }

    Steps m_steps;
    RandomStream m_random;
    std::vector<TimeNs> m_callouts; ///< by wheel: when its timer goes off
    std::vector<TimeNs> m_threads;  ///< by wheel: since when its thread wants to run
    py::list m_served;
    std::unique_ptr<Hpts> m_hpts;
    std::map<std::int64_t, std::unique_ptr<Connection>> m_entries;
};

} // namespace

void
AddHpts(py::module_& module)
{
    py::class_<StepHpts>(module, "StepHpts")
        .def(py::init<const std::string&, std::uint16_t, std::uint16_t, std::uint64_t, TimeNs>())
        .def("insert", &StepHpts::Insert)
        .def("remove", &StepHpts::Remove)
        .def("next_deadline", &StepHpts::Next)
        .def("on_deadline", &StepHpts::OnDeadline)
        .def("soft_timer", &StepHpts::SoftTimer)
        .def("set_sysctl", &StepHpts::SetSysctl)
        .def("take_served", &StepHpts::TakeServed)
        .def("counters", &StepHpts::Counters)
        .def("state", &StepHpts::State);
    module.def("hpts_versions", [] {
        py::dict all;
        for (const auto& version : HptsVersions())
        {
            all[version.name.c_str()] = version.about;
        }
        return all;
    });
    module.def("hpts_sysctls", [] {
        py::dict all;
        for (const auto& sysctl : HptsSysctls())
        {
            all[sysctl.name] = std::string(sysctl.unit) + ": " + sysctl.about;
        }
        return all;
    });
}

} // namespace hoststack::python
