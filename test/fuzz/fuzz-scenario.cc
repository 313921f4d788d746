// SPDX-License-Identifier: GPL-2.0-only
//
// The scenario loader on arbitrary bytes: it returns a scenario or throws ScenarioError, nothing
// else. Bytes behind a zero are a --set.

#include "ns3/hs-scenario-error.h"
#include "ns3/hs-scenario-reader.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string text(reinterpret_cast<const char*>(data), size);
    hoststack::LoadOptions options;
    const auto zero = text.find('\0');
    if (zero != std::string::npos)
    {
        options.sets.push_back(text.substr(zero + 1));
        text.resize(zero);
    }
    try
    {
        const auto loaded = hoststack::LoadScenarioText(text, "fuzz.json", "", options);
        // What was accepted can be written and read again.
        hoststack::LoadScenarioText(loaded.document.Merged().dump(), "fuzz.json", "");
    }
    catch (const hoststack::ScenarioError& error)
    {
        if (error.Issues().empty())
        {
            std::abort();
        }
    }
    return 0;
}
