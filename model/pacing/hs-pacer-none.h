// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PACER_NONE_H
#define HS_PACER_NONE_H

#include "ns3/hs-pacer.h"

namespace hoststack
{

/// Bursts leave as soon as the window lets them (SK_PACING_NONE).
class NoPacer : public Pacer
{
  public:
    bool HoldsOutput() const override
    {
        return false;
    }

    TimeNs EarliestDeparture() const override
    {
        return 0;
    }

    void OnSent(TimeNs /*now*/,
                std::uint32_t /*bytes*/,
                std::uint32_t /*fresh*/,
                BytesPerSecond /*rate*/) override
    {
    }
};

} // namespace hoststack

#endif // HS_PACER_NONE_H
