// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-hpts-settings.h"

#include "ns3/hs-registry.h"

namespace hoststack
{

namespace
{

constexpr std::int32_t kLowestSleepUs = 50; // LOWEST_SLEEP_ALLOWED

std::string
Refusal(const HptsSysctl& sysctl, std::int64_t value, std::int64_t least, std::int64_t most)
{
    std::string text = std::string(sysctl.name) + " " + std::to_string(value) +
                       ": the kernel refuses it (EINVAL); expected at least " +
                       std::to_string(least);
    return most < 0 ? text : text + " and at most " + std::to_string(most);
}

} // namespace

HptsSettings::HptsSettings(const HptsVersion& version)
    : lessSleep(version.lessSleep),
      moreSleep(version.moreSleep),
      maxSleep(version.maxSleep)
{
}

const std::vector<HptsSysctl>&
HptsSysctls()
{
    using S = HptsSettings;
    static const std::vector<HptsSysctl> table{
        {"nowake_over_thresh",
         "no_wake_over_thresh",
         "boolean",
         "inserting wakes no wheel that holds cnt_thresh connections or more",
         &S::noWakeOverThresh},
        {"less_sleep",
         nullptr,
         "slots",
         "a run that is later than this halves the dynamic sleep",
         &S::lessSleep},
        {"more_sleep",
         nullptr,
         "slots",
         "a run that is less late than this doubles the dynamic sleep",
         &S::moreSleep},
        {"minsleep", "min_sleep", "us", "the shortest sleep below cnt_thresh", &S::minSleep},
        {"maxsleep", "max_sleep", "slots", "the sleep of an empty wheel", &S::maxSleep},
        {"loopmax",
         "loop_max",
         "passes",
         "how often a late thread goes on to catch up",
         &S::loopMax},
        {"dyn_maxsleep", nullptr, "us", "ceiling of the dynamic sleep", &S::dynMaxSleep},
        {"dyn_minsleep", nullptr, "us", "floor of the dynamic sleep", &S::dynMinSleep},
        {"cnt_thresh",
         nullptr,
         "connections",
         "with so many on a wheel its timer is only a backstop of the hook",
         &S::cntThresh},
        {"precision",
         nullptr,
         "code",
         "the timer of a wheel may go off a 2^code-th of its time late, and here does",
         &S::precision},
        {"logging",
         nullptr,
         "boolean",
         "each connection that a run serves makes a record of the black-box log, which is counted",
         &S::logging},
        {"use_irq",
         nullptr,
         "boolean",
         "the wheel of the CPU that LRO learned (tunable net.inet.tcp.use_irq)",
         &S::useIrq},
        {"bind_hptss",
         nullptr,
         "code",
         "0: threads run anywhere; 1: each on its CPU; 2: in its L3 group (tunable)",
         &S::bindHptss},
    };
    return table;
}

std::vector<std::string>
HptsSysctlNames()
{
    std::vector<std::string> names;
    for (const auto& sysctl : HptsSysctls())
    {
        names.emplace_back(sysctl.name);
        if (sysctl.alias != nullptr)
        {
            names.emplace_back(sysctl.alias);
        }
    }
    return names;
}

const HptsSysctl&
HptsSysctlByName(const std::string& name)
{
    for (const auto& sysctl : HptsSysctls())
    {
        if (name == sysctl.name || (sysctl.alias != nullptr && name == sysctl.alias))
        {
            return sysctl;
        }
    }
    throw UnknownName("sysctl of net.inet.tcp.hpts", name, HptsSysctlNames());
}

std::string
SetHptsSysctl(HptsSettings& settings,
              const HptsVersion& version,
              const std::string& name,
              std::int32_t value)
{
    const HptsSysctl& sysctl = HptsSysctlByName(name);
    // The kernel compares unsigned numbers: a negative one is a large one.
    const auto number = static_cast<std::uint32_t>(value);
    if (sysctl.value == &HptsSettings::minSleep && number < kLowestSleepUs)
    {
        return Refusal(sysctl, value, kLowestSleepUs, -1);
    }
    if (sysctl.value == &HptsSettings::maxSleep)
    {
        const std::int32_t least =
            settings.dynMinSleep / static_cast<std::int32_t>(version.sleepUs);
        const std::int32_t most = HptsVersionByName(version.name).maxSleep;
        if (number < static_cast<std::uint32_t>(least) || number > static_cast<std::uint32_t>(most))
        {
            return Refusal(sysctl, value, least, most);
        }
    }
    settings.*sysctl.value = value;
    return "";
}

} // namespace hoststack
