// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-kernel-counters.h"

#include <fstream>
#include <sstream>

namespace hoststack
{

namespace
{

std::string
FileText(const char* path)
{
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

} // namespace

void
ParseCounters(const std::string& text, KernelCounters& counters)
{
    std::istringstream lines(text);
    std::string names;
    std::string values;
    while (std::getline(lines, names) && std::getline(lines, values))
    {
        std::istringstream nameWords(names);
        std::istringstream valueWords(values);
        std::string group;
        std::string again;
        nameWords >> group;
        valueWords >> again;
        if (group != again || group.empty() || group.back() != ':')
        {
            continue;
        }
        group.pop_back();
        std::string name;
        std::int64_t value = 0;
        while (nameWords >> name && valueWords >> value)
        {
            counters[group + name] = value;
        }
    }
}

KernelCounters
ReadCounters()
{
    KernelCounters counters;
    ParseCounters(FileText("/proc/self/net/netstat"), counters);
    ParseCounters(FileText("/proc/self/net/snmp"), counters);
    return counters;
}

} // namespace hoststack
