// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_OPEN_ADDRESSING_H
#define HS_OPEN_ADDRESSING_H

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace hoststack::host
{

/**
 * Sockets by the hash of their addresses and ports: open addressing with linear probing, at most
 * two thirds full. The time of a lookup does not depend on how many idle sockets exist.
 */
template <class Socket>
class OpenAddressing
{
  public:
    /// The socket with that hash for which \p matches is true, or nullptr.
    template <class Matches>
    Socket* Find(std::uint32_t hash, Matches matches) const
    {
        if (m_used == 0)
        {
            return nullptr;
        }
        for (std::size_t i = hash & Mask();; i = (i + 1) & Mask())
        {
            const auto& slot = m_slots[i];
            if (slot.socket == nullptr)
            {
                return nullptr;
            }
            if (slot.hash == hash && matches(*slot.socket))
            {
                return slot.socket;
            }
        }
    }

    /// How many places a look-up of \p socket, which is in it, passes before.
    std::size_t Distance(std::uint32_t hash, const Socket* socket) const
    {
        std::size_t passed = 0;
        while (m_slots[(hash + passed) & Mask()].socket != socket)
        {
            ++passed;
        }
        return passed;
    }

    void Insert(std::uint32_t hash, Socket* socket)
    {
        if (3 * (m_used + 1) > 2 * m_slots.size())
        {
            Grow();
        }
        Place(hash, socket);
        ++m_used;
    }

    void Erase(std::uint32_t hash, const Socket* socket)
    {
        std::size_t hole = hash & Mask();
        while (m_slots[hole].socket != socket)
        {
            assert(m_slots[hole].socket != nullptr);
            hole = (hole + 1) & Mask();
        }
        // What follows moves back unless it would then stand before its own place.
        for (std::size_t i = (hole + 1) & Mask(); m_slots[i].socket != nullptr;
             i = (i + 1) & Mask())
        {
            const std::size_t wanted = m_slots[i].hash & Mask();
            if (((i - wanted) & Mask()) >= ((i - hole) & Mask()))
            {
                m_slots[hole] = m_slots[i];
                hole = i;
            }
        }
        m_slots[hole] = Slot();
        --m_used;
    }

    /// Calls \p f with each socket; it must not insert or erase.
    template <class F>
    void ForEach(F f) const
    {
        for (const auto& slot : m_slots)
        {
            if (slot.socket != nullptr)
            {
                f(*slot.socket);
            }
        }
    }

    std::size_t Size() const
    {
        return m_used;
    }

    void Clear()
    {
        m_slots.clear();
        m_used = 0;
    }

  private:
    struct Slot
    {
        Socket* socket{nullptr};
        std::uint32_t hash{0};
    };

    std::size_t Mask() const
    {
        return m_slots.size() - 1;
    }

    void Place(std::uint32_t hash, Socket* socket)
    {
        std::size_t i = hash & Mask();
        while (m_slots[i].socket != nullptr)
        {
            i = (i + 1) & Mask();
        }
        m_slots[i] = {socket, hash};
    }

    void Grow()
    {
        std::vector<Slot> old(m_slots.empty() ? 16 : 2 * m_slots.size());
        old.swap(m_slots);
        for (const auto& slot : old)
        {
            if (slot.socket != nullptr)
            {
                Place(slot.hash, slot.socket);
            }
        }
    }

    std::vector<Slot> m_slots;
    std::size_t m_used{0};
};

} // namespace hoststack::host

#endif // HS_OPEN_ADDRESSING_H
