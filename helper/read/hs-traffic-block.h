// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TRAFFIC_BLOCK_H
#define HS_TRAFFIC_BLOCK_H

#include "ns3/hs-issue-collector.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace hoststack
{

/**
 * The block of one traffic, or a part of it, while it is read. The schema has let it through, so
 * values have their types. It remembers which keys somebody asked for: the others belong to
 * another kind of traffic.
 */
class TrafficBlock
{
  public:
    using Pointer = nlohmann::json::json_pointer;

    TrafficBlock(const nlohmann::json& block, const Pointer& pointer, IssueCollector& issues);

    bool Has(const std::string& key);

    /// \name The value of a key in base units (bytes, ns, bit/s), or what stands for no key
    /// @{
    std::uint64_t Size(const std::string& key, std::uint64_t absent);
    TimeNs Time(const std::string& key, TimeNs absent);
    BitsPerSecond Rate(const std::string& key, BitsPerSecond absent);
    std::uint64_t Number(const std::string& key, std::uint64_t absent);
    bool Flag(const std::string& key, bool absent);
    std::string Text(const std::string& key, const std::string& absent);
    /// A list of sizes, none of them nothing (reported); empty without the key.
    std::vector<std::uint64_t> Sizes(const std::string& key);
    /// @}

    /// The block that stands under a key that is there.
    TrafficBlock Part(const std::string& key);

    /// Reports a mistake at \p key; with an empty one, at the block itself.
    void Add(const std::string& key, const std::string& message, const std::string& expected);

    /// Reports the keys that nobody asked for.
    void RefuseOthers(const std::string& kind);

  private:
    const nlohmann::json& m_block;
    Pointer m_pointer;
    IssueCollector& m_issues;
    std::set<std::string> m_asked;
};

} // namespace hoststack

#endif // HS_TRAFFIC_BLOCK_H
