// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-pooled.h"

#include <array>
#include <new>

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
Pooled::operator new(std::size_t size)
{
    return ::operator new(size);
}

void
Pooled::operator delete(void* object, std::size_t /*size*/)
{
    ::operator delete(object);
}

#else

namespace
{

constexpr std::size_t kGrain = 8;
constexpr std::size_t kLargest = 2048; ///< what is larger gains little
constexpr std::size_t kBlock = 8192;   ///< at least

/// Free places of one size.
class Shelf
{
  public:
    void* Take(std::size_t size)
    {
        if (m_free != nullptr)
        {
            Place* const place = m_free;
            m_free = place->next;
            return place;
        }
        if (m_left < size)
        {
            m_left = (kBlock + size - 1) / size * size; // nothing is left over
            m_fresh = static_cast<char*>(::operator new(m_left));
        }
        void* const place = m_fresh;
        m_fresh += size;
        m_left -= size;
        return place;
    }

    void Put(void* object)
    {
        m_free = ::new (object) Place{m_free};
    }

  private:
    struct Place
    {
        Place* next;
    };

    Place* m_free{nullptr};
    char* m_fresh{nullptr}; ///< the rest of the newest block
    std::size_t m_left{0};
};

/// Of this thread: a place may come back on another one.
thread_local std::array<Shelf, kLargest / kGrain + 1> g_shelves;

constexpr std::size_t
Steps(std::size_t size)
{
    return (size + kGrain - 1) / kGrain;
}

} // namespace

const bool Pooled::isInUse = true;

void*
Pooled::operator new(std::size_t size)
{
    const auto steps = Steps(size);
    return steps < g_shelves.size() ? g_shelves[steps].Take(steps * kGrain) : ::operator new(size);
}

void
Pooled::operator delete(void* object, std::size_t size)
{
    if (object == nullptr)
    {
        return;
    }
    const auto steps = Steps(size);
    if (steps < g_shelves.size())
    {
        g_shelves[steps].Put(object);
        return;
    }
    ::operator delete(object);
}

#endif

} // namespace hoststack
