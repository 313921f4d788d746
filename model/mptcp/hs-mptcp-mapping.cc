// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-mapping.h"

#include <algorithm>

namespace hoststack::mptcp
{

std::size_t
MappingTable::Position(std::uint64_t subflowOffset) const
{
    std::size_t high = m_mappings.Size();
    if (high == 0 || m_mappings.Back().SubflowEnd() <= subflowOffset)
    {
        return high;
    }
    std::size_t low = 0;
    while (low < high)
    {
        const std::size_t middle = (low + high) / 2;
        if (m_mappings[middle].SubflowEnd() <= subflowOffset)
        {
            low = middle + 1;
        }
        else
        {
            high = middle;
        }
    }
    return low;
}

MappingTable::Verdict
MappingTable::Add(const Mapping& mapping)
{
    if (mapping.SubflowEnd() <= m_released)
    {
        return Verdict::Known;
    }
    const auto position = Position(mapping.subflowBegin);
    if (position < m_mappings.Size())
    {
        auto& there = m_mappings[position];
        if (there.subflowBegin < mapping.SubflowEnd())
        {
            const bool same = there.subflowBegin == mapping.subflowBegin &&
                              there.dataBegin == mapping.dataBegin &&
                              there.length == mapping.length;
            if (!same)
            {
                return Verdict::Conflict;
            }
            there.carried = std::min(there.carried, mapping.carried);
            return Verdict::Known;
        }
    }
    m_mappings.Insert(position, mapping);
    return Verdict::Added;
}

void
MappingTable::DropFront()
{
    while (!m_mappings.Empty() && m_mappings.Front().SubflowEnd() <= m_released)
    {
        m_mappings.PopFront();
    }
}

void
MappingTable::Drop(std::uint64_t begin, std::uint64_t end)
{
    auto first = Position(begin);
    if (first < m_mappings.Size() && m_mappings[first].subflowBegin < begin)
    {
        ++first;
    }
    auto last = first;
    while (last < m_mappings.Size() && m_mappings[last].SubflowEnd() <= end)
    {
        ++last;
    }
    for (; last > first; --last)
    {
        m_mappings.Erase(last - 1);
    }
}

} // namespace hoststack::mptcp
