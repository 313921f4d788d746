// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RING_H
#define HS_RING_H

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <utility>
#include <vector>

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
        return m_slots[(m_head + i) & (m_slots.size() - 1)];
    }

    const T& operator[](std::size_t i) const
    {
        assert(i < m_size);
        return m_slots[(m_head + i) & (m_slots.size() - 1)];
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
        T& slot = m_slots[(m_head + m_size) & (m_slots.size() - 1)];
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
        m_head = (m_head + 1) & (m_slots.size() - 1);
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
            m_head = (m_head - 1) & (m_slots.size() - 1);
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
            std::vector<T>().swap(m_slots);
            m_head = 0;
        }
    }

    std::size_t Capacity() const
    {
        return m_slots.size();
    }

  private:
    /// Moves the values at [i, end) one slot up, over the one at \p end.
    void MoveUp(std::size_t i, std::size_t end)
    {
        if (i == end)
        {
            return;
        }
        const auto first = m_slots.begin() + Slot(i);
        const auto last = m_slots.begin() + Slot(end);
        if (first < last)
        {
            std::move_backward(first, last, last + 1);
            return;
        }
        std::move_backward(m_slots.begin(), last, last + 1);
        m_slots.front() = std::move(m_slots.back());
        std::move_backward(first, m_slots.end() - 1, m_slots.end());
    }

    /// Moves the values at (i, end] one slot down, over the one at \p i.
    void MoveDown(std::size_t i, std::size_t end)
    {
        if (i == end)
        {
            return;
        }
        const auto first = m_slots.begin() + Slot(i);
        const auto last = m_slots.begin() + Slot(end);
        if (first < last)
        {
            std::move(first + 1, last + 1, first);
            return;
        }
        std::move(first + 1, m_slots.end(), first);
        m_slots.back() = std::move(m_slots.front());
        std::move(m_slots.begin() + 1, last + 1, m_slots.begin());
    }

    std::ptrdiff_t Slot(std::size_t i) const
    {
        return static_cast<std::ptrdiff_t>((m_head + i) & (m_slots.size() - 1));
    }

    void Reserve(std::size_t n)
    {
        if (n > m_slots.size())
        {
            Grow();
        }
    }

    void Grow()
    {
        std::vector<T> larger(m_slots.empty() ? 4 : 2 * m_slots.size());
        for (std::size_t i = 0; i < m_size; ++i)
        {
            larger[i] = std::move((*this)[i]);
        }
        m_slots.swap(larger);
        m_head = 0;
    }

    std::vector<T> m_slots;
    std::size_t m_head{0};
    std::size_t m_size{0};
};

} // namespace hoststack

#endif // HS_RING_H
