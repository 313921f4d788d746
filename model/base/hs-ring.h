// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RING_H
#define HS_RING_H

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace hoststack
{

/**
 * A double-ended queue in one block of memory that grows by doubling and is indexed from its
 * front. Unlike std::deque it costs nothing while empty and never allocates in steady state.
 */
template <class T>
class Ring
{
  public:
    Ring() = default;
    ~Ring() = default;

    Ring(const Ring& other)
        : m_slots(other.m_capacity > 0 ? std::make_unique<T[]>(other.m_capacity) : nullptr),
          m_capacity(other.m_capacity),
          m_size(other.m_size)
    {
        for (std::size_t i = 0; i < m_size; ++i)
        {
            m_slots[i] = other[i];
        }
    }

    Ring(Ring&& other) noexcept
    {
        Swap(other);
    }

    Ring& operator=(Ring other) noexcept
    {
        Swap(other);
        return *this;
    }

    bool Empty() const
    {
        return m_size == 0;
    }

    std::size_t Size() const
    {
        return m_size;
    }

    T& operator[](std::size_t i)
    {
        assert(i < m_size);
        return m_slots[Slot(i)];
    }

    const T& operator[](std::size_t i) const
    {
        assert(i < m_size);
        return m_slots[Slot(i)];
    }

    T& Front()
    {
        return (*this)[0];
    }

    const T& Front() const
    {
        return (*this)[0];
    }

    T& Back()
    {
        return (*this)[m_size - 1];
    }

    const T& Back() const
    {
        return (*this)[m_size - 1];
    }

    T& PushBack(T&& value)
    {
        Reserve(m_size + 1);
        T& slot = m_slots[Slot(m_size)];
        ++m_size;
        slot = std::move(value);
        return slot;
    }

    T& PushBack(const T& value)
    {
        return PushBack(T(value));
    }

    void PopFront()
    {
        assert(m_size > 0);
        Front() = T();
        m_head = (m_head + 1) & (m_capacity - 1);
        --m_size;
    }

    void PopBack()
    {
        assert(m_size > 0);
        Back() = T();
        --m_size;
    }

    /// Inserts before index \p i; what lies on the shorter side makes room.
    void Insert(std::size_t i, T value)
    {
        assert(i <= m_size);
        Reserve(m_size + 1);
        ++m_size;
        if (2 * i < m_size)
        {
            m_head = (m_head - 1) & (m_capacity - 1);
            MoveDown(0, i);
        }
        else
        {
            MoveUp(i, m_size - 1);
        }
        (*this)[i] = std::move(value);
    }

    void Erase(std::size_t i)
    {
        assert(i < m_size);
        if (2 * i < m_size)
        {
            MoveUp(0, i);
            PopFront();
        }
        else
        {
            MoveDown(i, m_size - 1);
            PopBack();
        }
    }

    void Clear()
    {
        while (m_size > 0)
        {
            PopBack();
        }
        m_head = 0;
    }

    /// Gives the memory back once nothing is queued (idle connections hold none).
    void Shrink()
    {
        if (m_size == 0)
        {
            m_slots.reset();
            m_capacity = m_head = 0;
        }
    }

    std::size_t Capacity() const
    {
        return m_capacity;
    }

  private:
    void Swap(Ring& other) noexcept
    {
        std::swap(m_slots, other.m_slots);
        std::swap(m_capacity, other.m_capacity);
        std::swap(m_head, other.m_head);
        std::swap(m_size, other.m_size);
    }

    /// Moves the values at [i, end) one slot up, over the one at \p end.
    void MoveUp(std::size_t i, std::size_t end)
    {
        if (i == end)
        {
            return;
        }
        T* const first = &m_slots[Slot(i)];
        T* const last = &m_slots[Slot(end)];
        if (first < last)
        {
            std::move_backward(first, last, last + 1);
            return;
        }
        T* const begin = m_slots.get();
        T* const back = begin + m_capacity - 1;
        std::move_backward(begin, last, last + 1);
        *begin = std::move(*back);
        std::move_backward(first, back, back + 1);
    }

    /// Moves the values at (i, end] one slot down, over the one at \p i.
    void MoveDown(std::size_t i, std::size_t end)
    {
        if (i == end)
        {
            return;
        }
        T* const first = &m_slots[Slot(i)];
        T* const last = &m_slots[Slot(end)];
        if (first < last)
        {
            std::move(first + 1, last + 1, first);
            return;
        }
        T* const begin = m_slots.get();
        T* const back = begin + m_capacity - 1;
        std::move(first + 1, back + 1, first);
        *back = std::move(*begin);
        std::move(begin + 1, last + 1, begin);
    }

    std::size_t Slot(std::size_t i) const
    {
        return (m_head + i) & (m_capacity - 1);
    }

    void Reserve(std::size_t n)
    {
        if (n > m_capacity)
        {
            Grow();
        }
    }

    void Grow()
    {
        const std::uint32_t capacity = m_capacity == 0 ? 4 : 2 * m_capacity;
        auto larger = std::make_unique<T[]>(capacity);
        for (std::size_t i = 0; i < m_size; ++i)
        {
            larger[i] = std::move((*this)[i]);
        }
        m_slots = std::move(larger);
        m_capacity = capacity;
        m_head = 0;
    }

    std::unique_ptr<T[]> m_slots;
    std::uint32_t m_capacity{0}; ///< a power of two
    std::uint32_t m_head{0};
    std::uint32_t m_size{0};
};

} // namespace hoststack

#endif // HS_RING_H
