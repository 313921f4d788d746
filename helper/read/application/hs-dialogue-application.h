// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DIALOGUE_APPLICATION_H
#define HS_DIALOGUE_APPLICATION_H

#include "ns3/hs-application.h"

#include <memory>

namespace hoststack
{

/// A browser's way through a page: a document, then its objects one after the other.
std::unique_ptr<Application> ReadWebPage(TrafficBlock& block, TrafficSpec& traffic);
nlohmann::ordered_json WebPageKeys();

/// The start of a session of ssh, up to the success of the login.
std::unique_ptr<Application> ReadSshHandshake(TrafficBlock& block, TrafficSpec& traffic);

} // namespace hoststack

#endif // HS_DIALOGUE_APPLICATION_H
