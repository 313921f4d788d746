// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RING_H
#define HS_RING_H

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

    T& PushBack(T value)
    {
        Reserve(m_size + 1);
        ++m_size;
        T& slot = Back();
        slot = std::move(value);
        return slot;
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

    /// Inserts before index \p i; moves the shorter tail only in the sense of [i, end).
    void Insert(std::size_t i, T value)
    {
        assert(i <= m_size);
        PushBack(T());
        for (std::size_t k = m_size - 1; k > i; --k)
        {
            (*this)[k] = std::move((*this)[k - 1]);
        }
        (*this)[i] = std::move(value);
    }

    void Erase(std::size_t i)
    {
        assert(i < m_size);
        for (std::size_t k = i; k + 1 < m_size; ++k)
        {
            (*this)[k] = std::move((*this)[k + 1]);
        }
        PopBack();
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
    void Reserve(std::size_t n)
    {
        if (n <= m_slots.size())
        {
            return;
        }
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
