// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BULK_APPLICATION_H
#define HS_BULK_APPLICATION_H

#include "ns3/hs-application.h"

#include <memory>

namespace hoststack
{

/// One end writes as much as it can, or `bytes`, the other one reads; with `both-ways` both do.
std::unique_ptr<Application> ReadBulk(TrafficBlock& block, TrafficSpec& traffic);
/// The same, and the reader is described.
std::unique_ptr<Application> ReadSlowReader(TrafficBlock& block, TrafficSpec& traffic);

} // namespace hoststack

#endif // HS_BULK_APPLICATION_H
