// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-traffic-block.h"

#include "ns3/hs-quantity.h"

namespace hoststack
{

namespace
{

std::int64_t
Value(const nlohmann::json& text, QuantityKind kind)
{
    return ParseQuantity(text.get<std::string>(), kind).value->value;
}

} // namespace

TrafficBlock::TrafficBlock(const nlohmann::json& block,
                           const Pointer& pointer,
                           IssueCollector& issues)
    : m_block(block),
      m_pointer(pointer),
      m_issues(issues)
{
}

bool
TrafficBlock::Has(const std::string& key)
{
    m_asked.insert(key);
    return m_block.contains(key);
}

std::uint64_t
TrafficBlock::Size(const std::string& key, std::uint64_t absent)
{
    return Has(key) ? static_cast<std::uint64_t>(Value(m_block[key], QuantityKind::Size)) : absent;
}

TimeNs
TrafficBlock::Time(const std::string& key, TimeNs absent)
{
    return Has(key) ? Value(m_block[key], QuantityKind::Time) : absent;
}

BitsPerSecond
TrafficBlock::Rate(const std::string& key, BitsPerSecond absent)
{
    return Has(key) ? static_cast<BitsPerSecond>(Value(m_block[key], QuantityKind::Rate)) : absent;
}

std::uint64_t
TrafficBlock::Number(const std::string& key, std::uint64_t absent)
{
    return Has(key) ? m_block[key].get<std::uint64_t>() : absent;
}

bool
TrafficBlock::Flag(const std::string& key, bool absent)
{
    return Has(key) ? m_block[key].get<bool>() : absent;
}

std::string
TrafficBlock::Text(const std::string& key, const std::string& absent)
{
    return Has(key) ? m_block[key].get<std::string>() : absent;
}

std::vector<std::uint64_t>
TrafficBlock::Sizes(const std::string& key)
{
    std::vector<std::uint64_t> sizes;
    if (!Has(key))
    {
        return sizes;
    }
    for (const auto& one : m_block[key])
    {
        const auto bytes = static_cast<std::uint64_t>(Value(one, QuantityKind::Size));
        if (bytes == 0)
        {
            m_issues.Add(m_pointer / key / sizes.size(), "is nothing", "at least 1 B");
        }
        sizes.push_back(bytes);
    }
    return sizes;
}

TrafficBlock
TrafficBlock::Part(const std::string& key)
{
    m_asked.insert(key);
    return TrafficBlock(m_block[key], m_pointer / key, m_issues);
}

void
TrafficBlock::Add(const std::string& key, const std::string& message, const std::string& expected)
{
    m_issues.Add(key.empty() ? m_pointer : m_pointer / key, message, expected);
}

void
TrafficBlock::RefuseOthers(const std::string& kind)
{
    for (const auto& item : m_block.items())
    {
        if (m_asked.count(item.key()) == 0)
        {
            Add(item.key(),
                "traffic of kind " + kind + " has no \"" + item.key() + '"',
                "a key that belongs to this kind");
        }
    }
}

} // namespace hoststack
