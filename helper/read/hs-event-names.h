// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_EVENT_NAMES_H
#define HS_EVENT_NAMES_H

#include "ns3/hs-scenario.h"

#include <optional>
#include <string>
#include <vector>

/**
 * \file
 * What events of a scenario are called in its file, in notes and in events.csv.
 */
namespace hoststack
{

struct HostActionName
{
    HostAction action;
    const char* name;
};

/// In the order in which they are documented.
const std::vector<HostActionName>& HostActionNames();
const char* NameOf(HostAction action);

/// Something that an event of a link changes.
struct LinkProperty
{
    const char* key;  ///< in a scenario
    const char* told; ///< in events.csv
    bool (*isIn)(const LinkChange&);
    /// What it becomes, for those that are a number.
    std::optional<double> (*value)(const LinkChange&);
};

const std::vector<LinkProperty>& LinkProperties();

/// "a, b, c"
std::string HostActionList();
std::string LinkPropertyList();

/// How long the change of an event lasts, if it is taken back.
std::optional<TimeNs> LastsFor(const EventSpec& event);

} // namespace hoststack

#endif // HS_EVENT_NAMES_H
