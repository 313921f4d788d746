// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-copy-time.h"

#include <array>
#include <cstddef>

namespace hoststack::host
{

namespace
{

constexpr std::size_t kPoints = 7;
constexpr std::array<std::int64_t, kPoints>
    kBytes{4096, 16384, 65536, 262144, 1048576, 4194304, 16777216};
/// Medians: warm, and in no cache.
constexpr std::array<std::array<TimeNs, kPoints>, 2> kTimes{{
    {36, 92, 1470, 6034, 38111, 292315, 1172677},
    {165, 1632, 7892, 33071, 135177, 555474, 2244951},
}};

TimeNs
MovingTime(bool isWarm, std::uint64_t bytes)
{
    const auto& times = kTimes[isWarm ? 0 : 1];
    const auto size = static_cast<std::int64_t>(bytes);
    if (size <= kBytes.front())
    {
        return times.front() * size / kBytes.front();
    }
    for (std::size_t i = 1; i < kPoints; ++i)
    {
        if (size <= kBytes[i])
        {
            return times[i - 1] +
                   (times[i] - times[i - 1]) * (size - kBytes[i - 1]) / (kBytes[i] - kBytes[i - 1]);
        }
    }
    // Beyond the last point at its rate.
    return static_cast<TimeNs>(static_cast<double>(times.back()) * static_cast<double>(size) /
                               static_cast<double>(kBytes.back()));
}

} // namespace

TimeNs
CopyTime(CopiedMemory memory, std::uint64_t bytes)
{
    return MovingTime(memory == CopiedMemory::Warm, bytes) +
           PageFault::Cost(PageFault::Of(memory, bytes));
}

} // namespace hoststack::host
