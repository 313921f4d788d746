// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CLEAN_SIMULATOR_H
#define HS_CLEAN_SIMULATOR_H

#include "ns3/hs-wall-clock.h"

#include <ns3/string.h>

#include <cstdint>

namespace ns3
{

/// ns-3 for one run. It is left as it was found, whatever happens in between.
class CleanSimulator
{
  public:
    /// \throws std::logic_error if another run is under way, or ns-3 does not count nanoseconds
    CleanSimulator(std::uint64_t seed, bool isRealTime);
    ~CleanSimulator();

    CleanSimulator(const CleanSimulator&) = delete;
    CleanSimulator& operator=(const CleanSimulator&) = delete;

  private:
    std::uint32_t m_seed;
    std::uint64_t m_run;
    StringValue m_implementation;
    WallClock m_clock; ///< of a run in real time
};

} // namespace ns3

#endif // HS_CLEAN_SIMULATOR_H
