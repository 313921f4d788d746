// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HPTS_SLOTS_H
#define HS_HPTS_SLOTS_H

#include "ns3/hs-hpts-entry.h"

#include <cstdint>
#include <vector>

namespace hoststack
{

/// The connections of one slot, first in first out, linked through the entries themselves.
struct HptsList
{
    HptsEntry* head{nullptr};
    HptsEntry* tail{nullptr};
    std::uint32_t count{0};
    std::uint32_t generation{0}; ///< changes when a run takes the list

    void PushBack(HptsEntry& entry);
    void Unlink(HptsEntry& entry);
    /// The first one, or nullptr.
    HptsEntry* PopFront();
    /// The entries of \p other behind one's own; \p other is empty then.
    void Append(HptsList& other);
};

/**
 * The slots of a wheel, and which of them hold something. Finding the next one that does takes a
 * few steps, however far away it is. Memory is taken with the first entry.
 */
class HptsSlots
{
  public:
    explicit HptsSlots(std::uint32_t slots);

    std::uint32_t Size() const
    {
        return m_size;
    }

    void PushBack(std::uint32_t slot, HptsEntry& entry);
    void Unlink(std::uint32_t slot, HptsEntry& entry);
    /// Takes the list out of \p slot, which is another generation from then on.
    HptsList Detach(std::uint32_t slot);
    /// Moves what is in \p from behind what is in \p to.
    void Merge(std::uint32_t from, std::uint32_t to);

    std::uint32_t GenerationOf(std::uint32_t slot) const
    {
        return m_lists.empty() ? 0 : m_lists[slot].generation;
    }

    /// How many slots from \p slot on are empty, \p slot included; at most \p limit.
    std::uint32_t EmptyFrom(std::uint32_t slot, std::uint32_t limit) const;

  private:
    void Mark(std::uint32_t slot);
    void Unmark(std::uint32_t slot);
    /// The next occupied slot in [from, m_size), or m_size.
    std::uint32_t NextOccupied(std::uint32_t from) const;

    std::uint32_t m_size;
    std::vector<HptsList> m_lists;
    std::vector<std::uint64_t> m_occupied; ///< a bit for each slot
    std::vector<std::uint64_t> m_summary;  ///< a bit for each word of them
};

} // namespace hoststack

#endif // HS_HPTS_SLOTS_H
