// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_EVENT_WORDS_H
#define HS_EVENT_WORDS_H

#include "ns3/hs-event-log.h"

#include <vector>

namespace hoststack
{

/// One line about it, for people.
const char* AboutHappening(Happening what);

/// All of them, in the order of their declaration.
std::vector<Happening> EveryHappening();

} // namespace hoststack

#endif // HS_EVENT_WORDS_H
