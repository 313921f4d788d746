// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-pooled.h"

#include <algorithm>
#include <array>
#include <functional>
#include <new>
#include <utility>
#include <vector>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HOSTSTACK_PLAIN_HEAP
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define HOSTSTACK_PLAIN_HEAP
#endif

namespace hoststack
{

#ifdef HOSTSTACK_PLAIN_HEAP

const bool Pooled::isInUse = false;

void*
Pooled::Take(bool /*isBrief*/, std::size_t size)
{
    return ::operator new(size);
}

void
Pooled::Put(bool /*isBrief*/, void* object, std::size_t /*size*/)
{
    ::operator delete(object);
}

#else

namespace
{

constexpr std::size_t kGrain = 8;
constexpr std::size_t kLargest = 2048; ///< what is larger gains little
constexpr std::size_t kBlock = 16384;  ///< at least

struct Place
{
    Place* next;
};

/// The head of a stretch of the heap for objects of one size.
struct Block
{
    Place* free{nullptr};
    char* fresh{nullptr}; ///< from here to its end no object has had a place yet
    char* end{nullptr};
    std::size_t used{0}; ///< places with an object

    bool HasRoom() const
    {
        return free != nullptr || fresh != end;
    }
};

/// All objects of one size.
class Shelf
{
  public:
    void* Take(std::size_t size)
    {
        if (m_strays != nullptr)
        {
            return std::exchange(m_strays, m_strays->next);
        }
        if (m_room.empty())
        {
            Add(size);
        }
        Block& block = *m_room.back();
        ++block.used;
        void* place = block.free;
        if (block.free != nullptr)
        {
            block.free = block.free->next;
        }
        else
        {
            place = std::exchange(block.fresh, block.fresh + size);
        }
        if (!block.HasRoom())
        {
            m_room.pop_back();
        }
        return place;
    }

    void Put(void* object)
    {
        auto at = After(object);
        if (at == m_blocks.begin() || object >= (*--at)->end)
        {
            m_strays = ::new (object) Place{m_strays}; // of a thread that may be over
            return;
        }
        Block* const block = *at;
        if (!block->HasRoom())
        {
            m_room.push_back(block);
        }
        block->free = ::new (object) Place{block->free};
        if (--block->used == 0 && m_room.size() > 1)
        {
            m_room.erase(std::find(m_room.rbegin(), m_room.rend(), block).base() - 1);
            m_blocks.erase(at);
            ::operator delete(block);
        }
    }

  private:
    using Blocks = std::vector<Block*>;

    /// The first block that begins behind \p place.
    Blocks::iterator After(const void* place)
    {
        return std::upper_bound(m_blocks.begin(), m_blocks.end(), place, std::less<const void*>());
    }

    void Add(std::size_t size)
    {
        const auto bytes = (kBlock + size - 1) / size * size; // nothing is left over
        auto* const memory = static_cast<char*>(::operator new(sizeof(Block) + bytes));
        auto* const block = ::new (memory) Block();
        block->fresh = memory + sizeof(Block);
        block->end = block->fresh + bytes;
        m_blocks.insert(After(block), block);
        m_room.push_back(block);
    }

    Blocks m_blocks;          ///< by address
    Blocks m_room;            ///< those with room; the last one is filled first
    Place* m_strays{nullptr}; ///< free ones of other threads' blocks
};

using Shelves = std::array<Shelf, kLargest / kGrain + 1>;

/// Of this thread. They are never taken down: an object may outlive the thread that made it.
Shelves&
ShelvesFor(bool isBrief)
{
    thread_local auto* const shelves = new std::array<Shelves, 2>();
    return (*shelves)[isBrief ? 1 : 0];
}

constexpr std::size_t
Steps(std::size_t size)
{
    return (size + kGrain - 1) / kGrain;
}

} // namespace

const bool Pooled::isInUse = true;

void*
Pooled::Take(bool isBrief, std::size_t size)
{
    const auto steps = Steps(size);
    return steps * kGrain <= kLargest ? ShelvesFor(isBrief)[steps].Take(steps * kGrain)
                                      : ::operator new(size);
}

void
Pooled::Put(bool isBrief, void* object, std::size_t size)
{
    if (object == nullptr)
    {
        return;
    }
    const auto steps = Steps(size);
    if (steps * kGrain <= kLargest)
    {
        ShelvesFor(isBrief)[steps].Put(object);
        return;
    }
    ::operator delete(object);
}

#endif

} // namespace hoststack
