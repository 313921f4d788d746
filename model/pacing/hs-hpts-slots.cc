// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-hpts-slots.h"

#include <algorithm>

namespace hoststack
{

namespace
{

constexpr std::uint32_t kBits = 64;

std::uint32_t
FirstBit(std::uint64_t word)
{
    return static_cast<std::uint32_t>(__builtin_ctzll(word));
}

std::uint64_t
BitsFrom(std::uint32_t bit)
{
    return ~std::uint64_t{0} << (bit % kBits);
}

std::uint64_t
Bit(std::uint32_t bit)
{
    return std::uint64_t{1} << (bit % kBits);
}

} // namespace

void
HptsList::PushBack(HptsEntry& entry)
{
    entry.previousInSlot = tail;
    entry.nextInSlot = nullptr;
    (tail != nullptr ? tail->nextInSlot : head) = &entry;
    tail = &entry;
    ++count;
}

void
HptsList::Unlink(HptsEntry& entry)
{
    (entry.previousInSlot != nullptr ? entry.previousInSlot->nextInSlot : head) = entry.nextInSlot;
    (entry.nextInSlot != nullptr ? entry.nextInSlot->previousInSlot : tail) = entry.previousInSlot;
    entry.previousInSlot = nullptr;
    entry.nextInSlot = nullptr;
    --count;
}

HptsEntry*
HptsList::PopFront()
{
    HptsEntry* first = head;
    if (first != nullptr)
    {
        Unlink(*first);
    }
    return first;
}

void
HptsList::Append(HptsList& other)
{
    if (other.head == nullptr)
    {
        return;
    }
    other.head->previousInSlot = tail;
    (tail != nullptr ? tail->nextInSlot : head) = other.head;
    tail = other.tail;
    count += other.count;
    other.head = nullptr;
    other.tail = nullptr;
    other.count = 0;
}

HptsSlots::HptsSlots(std::uint32_t slots)
    : m_size(slots)
{
}

void
HptsSlots::PushBack(std::uint32_t slot, HptsEntry& entry)
{
    if (m_lists.empty())
    {
        m_lists.resize(m_size);
        m_occupied.resize(m_size / kBits + 1);
        m_summary.resize(m_occupied.size() / kBits + 1);
    }
    m_lists[slot].PushBack(entry);
    Mark(slot);
}

void
HptsSlots::Unlink(std::uint32_t slot, HptsEntry& entry)
{
    m_lists[slot].Unlink(entry);
    if (m_lists[slot].count == 0)
    {
        Unmark(slot);
    }
}

HptsList
HptsSlots::Detach(std::uint32_t slot)
{
    if (m_lists.empty())
    {
        return {};
    }
    HptsList& list = m_lists[slot];
    const HptsList taken = list;
    list = HptsList();
    list.generation = taken.generation + 1;
    Unmark(slot);
    return taken;
}

void
HptsSlots::Merge(std::uint32_t from, std::uint32_t to)
{
    if (m_lists.empty())
    {
        return;
    }
    HptsList& source = m_lists[from];
    for (auto* entry = source.head; entry != nullptr; entry = entry->nextInSlot)
    {
        entry->generation = m_lists[to].generation;
        entry->slot = static_cast<std::int32_t>(to);
    }
    m_lists[to].Append(source);
    ++source.generation;
    Unmark(from);
    if (m_lists[to].count > 0)
    {
        Mark(to);
    }
}

std::uint32_t
HptsSlots::EmptyFrom(std::uint32_t slot, std::uint32_t limit) const
{
    if (m_lists.empty())
    {
        return limit;
    }
    std::uint32_t next = NextOccupied(slot);
    if (next == m_size)
    {
        next = NextOccupied(0);
        if (next == m_size)
        {
            return limit;
        }
        next += next < slot ? m_size : 0;
    }
    return std::min(limit, next - slot);
}

void
HptsSlots::Mark(std::uint32_t slot)
{
    m_occupied[slot / kBits] |= Bit(slot);
    m_summary[slot / kBits / kBits] |= Bit(slot / kBits);
}

void
HptsSlots::Unmark(std::uint32_t slot)
{
    auto& word = m_occupied[slot / kBits];
    word &= ~Bit(slot);
    if (word == 0)
    {
        m_summary[slot / kBits / kBits] &= ~Bit(slot / kBits);
    }
}

std::uint32_t
HptsSlots::NextOccupied(std::uint32_t from) const
{
    const std::uint64_t here = m_occupied[from / kBits] & BitsFrom(from);
    if (here != 0)
    {
        return from / kBits * kBits + FirstBit(here);
    }
    const std::uint32_t word = from / kBits + 1;
    for (std::uint32_t i = word / kBits; i < m_summary.size(); ++i)
    {
        const std::uint64_t words =
            i == word / kBits ? m_summary[i] & BitsFrom(word) : m_summary[i];
        if (words != 0)
        {
            const std::uint32_t found = i * kBits + FirstBit(words);
            return found * kBits + FirstBit(m_occupied[found]);
        }
    }
    return m_size;
}

} // namespace hoststack
