// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PATH_MANAGER_KERNEL_H
#define HS_PATH_MANAGER_KERNEL_H

#include "ns3/hs-path-manager.h"

namespace hoststack::mptcp
{

/**
 * `kernel`: Linux' in-kernel path manager (facts sheet linux.md 4.1): announces `signal` endpoints;
 * opens one subflow from each `subflow` endpoint to the initial address, `fullmesh` ones to every
 * known address; answers an announcement, as far as add_addr_accepted allows, from every fullmesh
 * endpoint or else from one local address. Never opens a pair of addresses again that was there
 * before: a subflow that died stays dead (4.1.8).
 */
class KernelPathManager : public PathManager
{
  public:
    void Decide(PathManagerView& view) override;
};

} // namespace hoststack::mptcp

#endif // HS_PATH_MANAGER_KERNEL_H
