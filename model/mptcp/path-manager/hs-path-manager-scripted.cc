// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-path-manager-scripted.h"

namespace hoststack::mptcp
{

void
ScriptedPathManager::Decide(PathManagerView& /*view*/)
{
}

} // namespace hoststack::mptcp
