// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_POOLED_H
#define HS_POOLED_H

#include <cstddef>

namespace hoststack
{

/**
 * Base of objects of which a simulation has very many, several for each connection: they lie side
 * by side in blocks, by size, as in a kernel's slab caches. An object costs its own bytes, in
 * steps of eight, and no head. What is freed is used again by the next object of that size; a block
 * that has become empty goes back to the heap, but for one. With a sanitizer, which looks after
 * each object, it is the plain heap.
 */
class Pooled
{
  public:
    /// False with a sanitizer.
    static const bool isInUse;

    static void* operator new(std::size_t size)
    {
        return Take(false, size);
    }

    static void operator delete(void* object, std::size_t size)
    {
        Put(false, object, size);
    }

    static void* operator new(std::size_t /*size*/, void* place)
    {
        return place;
    }

  protected:
    static void* Take(bool isBrief, std::size_t size);
    static void Put(bool isBrief, void* object, std::size_t size);
};

/// The same for objects that come and go while others stay: in blocks of their own, which become
/// empty.
class BrieflyPooled : public Pooled
{
  public:
    static void* operator new(std::size_t size)
    {
        return Take(true, size);
    }

    static void operator delete(void* object, std::size_t size)
    {
        Put(true, object, size);
    }
};

} // namespace hoststack

#endif // HS_POOLED_H
