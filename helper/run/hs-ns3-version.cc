// SPDX-License-Identifier: GPL-2.0-only
//
// Which ns-3 runs simulations.

#include "ns3/hs-ns3-runner.h"

#include <ns3/simulator.h>

#include <dlfcn.h>
#include <filesystem>
#include <regex>
#include <string>
#include <system_error>

namespace ns3
{

std::string
HoststackRunner::Simulator() const
{
    // ns-3 has no version to ask for unless it was built with one; its file name has.
    Dl_info info{};
    if (dladdr(reinterpret_cast<const void*>(&ns3::Simulator::Run), &info) == 0)
    {
        return "ns-3";
    }
    std::error_code code;
    const auto path = std::filesystem::canonical(info.dli_fname, code);
    const auto name = (code ? std::filesystem::path(info.dli_fname) : path).filename().string();
    const std::regex version("libns3\\.([0-9.]+[0-9])-.*|libns3-.*\\.so\\.([0-9.]+)");
    std::smatch found;
    if (!std::regex_match(name, found, version))
    {
        return "ns-3";
    }
    return "ns-3." + (found[1].matched ? found[1].str() : found[2].str());
}

} // namespace ns3
