// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-hpts-version.h"

#include "ns3/hs-registry.h"

namespace hoststack
{

namespace
{

constexpr std::uint32_t kDefaultSlotUs = 64;
constexpr std::uint32_t kLargestSlotUs = 65536;
constexpr std::uint32_t kDefaultTotalUs = 0x100000;
constexpr std::uint32_t kLargestTotalUs = 0x4000000;
constexpr std::uint32_t kFewestSlots = 1024;

bool
IsPowerOfTwo(std::uint32_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

HptsVersion
Version14()
{
    HptsVersion v;
    v.name = "14.0";
    v.about = "FreeBSD 14.0 (sheet: A): slots of 10 us, hook at each system call and batch";
    return v;
}

HptsVersion
Version14Late()
{
    auto v = Version14();
    v.name = "14.1";
    v.about = "FreeBSD 14.1 and 14.2 (sheet: B), whose wheel is 14.0's";
    return v;
}

HptsVersion
Version15Early()
{
    auto v = Version14();
    v.name = "15-2024";
    v.about = "15-CURRENT of 2024 (sheet: C): input or output in a call, never both";
    v.callsInputAndOutput = false;
    return v;
}

HptsVersion
VersionMicroseconds()
{
    auto v = Version15Early();
    v.name = "15-usec";
    v.about = "development tree (sheet: N): microsecond interface, hook only above the threshold";
    v.clockUs = 1;
    v.comparesWithBegin = false;
    v.boundsPasses = false;
    v.gatesHook = true;
    return v;
}

HptsVersion
VersionBinary()
{
    auto v = VersionMicroseconds();
    v.name = "64-usec";
    v.about = "development tree (sheet: E): 16384 slots of 64 us, all settings in microseconds";
    v.slotUs = kDefaultSlotUs;
    v.slots = kDefaultTotalUs / kDefaultSlotUs;
    v.sleepUs = 1;
    v.longUs = kDefaultTotalUs;
    v.lessSleep = 10000;
    v.moreSleep = 1000;
    v.maxSleep = 500000;
    v.takesZero = false;
    return v;
}

HptsVersion
VersionLocalHook()
{
    auto v = Version14();
    v.name = "14-local-hook";
    v.about = "14.0 before review D34916 of 2022: the hook only serves the wheel of its own CPU";
    v.hookIsLocal = true;
    return v;
}

} // namespace

const std::vector<HptsVersion>&
HptsVersions()
{
    static const std::vector<HptsVersion> versions{Version14(),
                                                   Version14Late(),
                                                   Version15Early(),
                                                   VersionMicroseconds(),
                                                   VersionBinary(),
                                                   VersionLocalHook()};
    return versions;
}

std::vector<std::string>
HptsVersionNames()
{
    std::vector<std::string> names;
    for (const auto& version : HptsVersions())
    {
        names.push_back(version.name);
    }
    return names;
}

const HptsVersion&
HptsVersionByName(const std::string& name)
{
    for (const auto& version : HptsVersions())
    {
        if (version.name == name)
        {
            return version;
        }
    }
    throw UnknownName("version of HPTS", name, HptsVersionNames());
}

HptsVersion
WithHptsTunables(HptsVersion version, std::uint32_t slotUs, std::uint32_t totalUs)
{
    if (!IsPowerOfTwo(slotUs) || slotUs > kLargestSlotUs)
    {
        slotUs = kDefaultSlotUs;
    }
    if (!IsPowerOfTwo(totalUs) || totalUs < std::uint64_t{slotUs} * kFewestSlots ||
        totalUs > kLargestTotalUs)
    {
        totalUs = kDefaultTotalUs;
    }
    version.slotUs = slotUs;
    version.slots = totalUs / slotUs;
    version.longUs = totalUs;
    return version;
}

} // namespace hoststack
