// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_EXCHANGE_APPLICATION_H
#define HS_EXCHANGE_APPLICATION_H

#include "ns3/hs-application.h"

#include <memory>

namespace hoststack
{

/// `from` asks, `to` answers, `count` times.
std::unique_ptr<Application> ReadExchange(TrafficBlock& block, TrafficSpec& traffic);

} // namespace hoststack

#endif // HS_EXCHANGE_APPLICATION_H
