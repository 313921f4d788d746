// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HPTS_SETTINGS_H
#define HS_HPTS_SETTINGS_H

#include "ns3/hs-hpts-version.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hoststack
{

/**
 * The sysctls of `net.inet.tcp.hpts` and the two loader tunables
 * `net.inet.tcp.{use_irq,bind_hptss}`. Where a unit depends on the version it is HptsVersion's
 * sleepUs.
 */
struct HptsSettings
{
    explicit HptsSettings(const HptsVersion& version);

    std::int32_t noWakeOverThresh{1};
    std::int32_t lessSleep;
    std::int32_t moreSleep;
    std::int32_t minSleep{250}; ///< us
    std::int32_t maxSleep;
    std::int32_t loopMax{10};
    std::int32_t dynMaxSleep{5000}; ///< us
    std::int32_t dynMinSleep{250};  ///< us
    std::int32_t cntThresh{100};
    std::int32_t precision{120}; ///< of the callout: its time >> precision later at most
    std::int32_t logging{0};     ///< each connection served is a record of the black-box log
    std::int32_t useIrq{0};
    std::int32_t bindHptss{2};
};

/// One sysctl: its name, what the FreeBSD Journal's article calls it, and what it is.
struct HptsSysctl
{
    const char* name;
    const char* alias; ///< the article's name where it differs, or nullptr
    const char* unit;
    const char* about;
    std::int32_t HptsSettings::*value;
};

const std::vector<HptsSysctl>& HptsSysctls();

/// Names and aliases.
std::vector<std::string> HptsSysctlNames();

/// By name or alias. \throws UnknownName
const HptsSysctl& HptsSysctlByName(const std::string& name);

/**
 * Writes a sysctl as the kernel would. Empty, or what the kernel refuses with EINVAL: the reason,
 * with what is allowed; the value is kept then.
 * \throws UnknownName
 */
std::string SetHptsSysctl(HptsSettings& settings,
                          const HptsVersion& version,
                          const std::string& name,
                          std::int32_t value);

} // namespace hoststack

#endif // HS_HPTS_SETTINGS_H
