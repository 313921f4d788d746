// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_LINK_H
#define HS_SCENARIO_LINK_H

#include "ns3/hs-issue-collector.h"
#include "ns3/hs-link-config.h"
#include "ns3/hs-scenario.h"

#include <nlohmann/json.hpp>
#include <string>

namespace hoststack
{

/**
 * The `down` or `up` block at \p pointer, checked by the schema, as a link direction. Behaviours
 * and their parameters are checked against the link room's registry; what the link itself would
 * refuse (a bad trace file) is found too. \p mtu: bytes of IP in the largest packet. File names are
 * relative to the file that says them.
 */
LinkConfig ReadLinkConfig(const nlohmann::json& block,
                          const nlohmann::json::json_pointer& pointer,
                          std::uint32_t mtu,
                          IssueCollector& issues);

/// Its capacity comes from a behaviour (a trace), not from `rate`.
bool SetsRate(const LinkConfig& config);

/// The value of "strip-mptcp": a list that the schema has checked.
StripSpec ReadStrip(const nlohmann::json& list);

/// The value of "drop-mptcp", which the schema has checked.
DropSpec ReadDrop(const nlohmann::json& block);

/// The value of "rewrite-payload", which the schema has checked.
RewriteSpec ReadRewrite(const nlohmann::json& block);

/// `largest` and `too-large` of a direction of \p link at \p pointer.
LargestSpec ReadLargest(const nlohmann::json& block,
                        const LinkSpec& link,
                        const nlohmann::json::json_pointer& pointer,
                        IssueCollector& issues);

/// "167 packets", "64 KiB" or "20 ms" as a limit; the schema has checked \p text.
LinkQueueLimit ReadQueueLimit(const std::string& text);

} // namespace hoststack

#endif // HS_SCENARIO_LINK_H
