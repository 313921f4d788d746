// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PATH_MANAGER_SCRIPTED_H
#define HS_PATH_MANAGER_SCRIPTED_H

#include "ns3/hs-path-manager.h"

namespace hoststack::mptcp
{

/// `scripted`: does nothing by itself; scenario events and programs open and announce.
class ScriptedPathManager : public PathManager
{
  public:
    void Decide(PathManagerView& view) override;
};

} // namespace hoststack::mptcp

#endif // HS_PATH_MANAGER_SCRIPTED_H
