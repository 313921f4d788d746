// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RING_H
#define HS_RING_H

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace hoststack
{

/// The head of a ring's block; its slots follow.
struct alignas(std::max_align_t) RingBlock
{
    std::uint32_t capacity{0}; ///< slots, a power of two
    std::uint32_t head{0};
    std::uint32_t size{0};

    static const RingBlock none; ///< that of all rings without memory
};

inline constexpr RingBlock RingBlock::none{};

/// True if a value says that it may be moved as its bytes, without its constructor and destructor:
/// it must have no pointer to itself. Plain values are moved so anyway.
template <class T, class = void>
inline constexpr bool kIsRelocatable = false;
template <class T>
inline constexpr bool kIsRelocatable<T, std::enable_if_t<T::kMovesAsBytes>> = true;

/**
 * A double-ended queue in one block of memory that grows by doubling and is indexed from its
 * front. Unlike std::deque it costs a pointer while empty and never allocates in steady state.
 */
template <class T>
class Ring
{
  public:
    Ring() = default;

    ~Ring()
    {
        Free();
    }

    Ring(const Ring& other)
        : m_block(other.Capacity() > 0 ? Make(other.m_block->capacity) : Nothing())
    {
        for (std::size_t i = 0; i < other.Size(); ++i)
        {
            Slots()[i] = other[i];
        }
        if (Capacity() > 0)
        {
            m_block->size = other.m_block->size;
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
        return m_block->size == 0;
    }

    std::size_t Size() const
    {
        return m_block->size;
    }

    T& operator[](std::size_t i)
    {
        assert(i < Size());
        return Slots()[Slot(i)];
    }

    const T& operator[](std::size_t i) const
    {
        assert(i < Size());
        return Slots()[Slot(i)];
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
        return (*this)[Size() - 1];
    }

    const T& Back() const
    {
        return (*this)[Size() - 1];
    }

    T& PushBack(T&& value)
    {
        Reserve(Size() + 1);
        T& slot = Slots()[Slot(Size())];
        ++m_block->size;
        slot = std::move(value);
        return slot;
    }

    T& PushBack(const T& value)
    {
        return PushBack(T(value));
    }

    void PopFront()
    {
        assert(Size() > 0);
        Front() = T();
        m_block->head = (m_block->head + 1) & (m_block->capacity - 1);
        --m_block->size;
    }

    void PopBack()
    {
        assert(Size() > 0);
        Back() = T();
        --m_block->size;
    }

    /// Inserts before index \p i; what lies on the shorter side makes room.
    void Insert(std::size_t i, T value)
    {
        assert(i <= Size());
        Reserve(Size() + 1);
        ++m_block->size;
        if (2 * i < Size())
        {
            m_block->head = (m_block->head - 1) & (m_block->capacity - 1);
            MoveDown(0, i);
        }
        else
        {
            MoveUp(i, Size() - 1);
        }
        (*this)[i] = std::move(value);
    }

    void Erase(std::size_t i)
    {
        assert(i < Size());
        if (2 * i < Size())
        {
            MoveUp(0, i);
            PopFront();
        }
        else
        {
            MoveDown(i, Size() - 1);
            PopBack();
        }
    }

    void Clear()
    {
        while (Size() > 0)
        {
            PopBack();
        }
    }

    /// Gives the memory back once nothing is queued (idle connections hold none).
    void Shrink()
    {
        if (Empty())
        {
            Free();
            m_block = Nothing();
        }
    }

    std::size_t Capacity() const
    {
        return m_block->capacity;
    }

  private:
    static_assert(alignof(T) <= alignof(RingBlock), "slots follow the block's head");

    void Swap(Ring& other) noexcept
    {
        std::swap(m_block, other.m_block);
    }

    /// Nobody writes to it: it has no slots.
    static RingBlock* Nothing()
    {
        return const_cast<RingBlock*>(&RingBlock::none);
    }

    /// A block of \p capacity empty slots.
    static RingBlock* Make(std::uint32_t capacity)
    {
        auto* const block = ::new (::operator new(sizeof(RingBlock) + capacity * sizeof(T)))
            RingBlock{capacity, 0, 0};
        std::uninitialized_value_construct_n(SlotsOf(block), capacity);
        return block;
    }

    void Free()
    {
        if (Capacity() > 0)
        {
            std::destroy_n(Slots(), Capacity());
            ::operator delete(m_block);
        }
    }

    static T* SlotsOf(RingBlock* block)
    {
        return reinterpret_cast<T*>(block + 1);
    }

    T* Slots() const
    {
        return SlotsOf(m_block);
    }

    /// Moves the values at [i, end) one slot up, over the one at \p end.
    void MoveUp(std::size_t i, std::size_t end)
    {
        if (i == end)
        {
            return;
        }
        T* const first = &Slots()[Slot(i)];
        T* const last = &Slots()[Slot(end)];
        if (first < last)
        {
            Up(first, last);
            return;
        }
        T* const begin = Slots();
        T* const back = begin + Capacity() - 1;
        Up(begin, last);
        *begin = std::move(*back);
        Up(first, back);
    }

    /// Moves the values at (i, end] one slot down, over the one at \p i.
    void MoveDown(std::size_t i, std::size_t end)
    {
        if (i == end)
        {
            return;
        }
        T* const first = &Slots()[Slot(i)];
        T* const last = &Slots()[Slot(end)];
        if (first < last)
        {
            Down(first, last);
            return;
        }
        T* const begin = Slots();
        T* const back = begin + Capacity() - 1;
        Down(first, back);
        *back = std::move(*begin);
        Down(begin, last);
    }

    /// The values at [first, last) go one slot up; what was at \p last is lost or at \p first.
    static void Up(T* first, T* last)
    {
        if constexpr (kIsRelocatable<T>)
        {
            Bytes kept;
            std::memcpy(&kept, last, sizeof(T));
            std::memmove(Raw(first + 1), first, static_cast<std::size_t>(last - first) * sizeof(T));
            std::memcpy(Raw(first), &kept, sizeof(T));
        }
        else
        {
            std::move_backward(first, last, last + 1);
        }
    }

    /// The values at (first, last] go one slot down; what was at \p first is lost or at \p last.
    static void Down(T* first, T* last)
    {
        if constexpr (kIsRelocatable<T>)
        {
            Bytes kept;
            std::memcpy(&kept, first, sizeof(T));
            std::memmove(Raw(first), first + 1, static_cast<std::size_t>(last - first) * sizeof(T));
            std::memcpy(Raw(last), &kept, sizeof(T));
        }
        else
        {
            std::move(first + 1, last + 1, first);
        }
    }

    struct Bytes
    {
        alignas(T) unsigned char bytes[sizeof(T)];
    };

    static void* Raw(T* slot)
    {
        return static_cast<void*>(slot);
    }

    std::size_t Slot(std::size_t i) const
    {
        return (m_block->head + i) & (m_block->capacity - 1);
    }

    void Reserve(std::size_t n)
    {
        if (n > Capacity())
        {
            Grow();
        }
    }

    void Grow()
    {
        RingBlock* const larger = Make(Capacity() == 0 ? 1 : 2 * m_block->capacity);
        for (std::size_t i = 0; i < Size(); ++i)
        {
            SlotsOf(larger)[i] = std::move((*this)[i]);
        }
        larger->size = m_block->size;
        Free();
        m_block = larger;
    }

    RingBlock* m_block{Nothing()};
};

} // namespace hoststack

#endif // HS_RING_H
