// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-path-manager-fullmesh.h"
#include "ns3/hs-path-manager-kernel.h"
#include "ns3/hs-path-manager-ndiffports.h"
#include "ns3/hs-path-manager-scripted.h"

namespace hoststack::mptcp
{

Registry<PathManager>&
PathManagers()
{
    static Registry<PathManager> registry(
        "path manager",
        {
            {"kernel",
             "Linux' in-kernel path manager: endpoint flags and limits",
             [] { return std::make_unique<KernelPathManager>(); }},
            {"fullmesh",
             "every local address to every address of the peer",
             [] { return std::make_unique<FullmeshPathManager>(); }},
            {"ndiffports",
             "several subflows between the same two addresses",
             [] { return std::make_unique<DifferentPortsPathManager>(); }},
            {"scripted",
             "only what events and programs ask for",
             [] { return std::make_unique<ScriptedPathManager>(); }},
        });
    return registry;
}

} // namespace hoststack::mptcp
