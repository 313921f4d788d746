// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_POOLED_H
#define HS_POOLED_H

#include <cstddef>

namespace hoststack
{

/**
 * Base of objects of which a simulation has very many, several for each connection: they lie side
 * by side in blocks, by size, as in a kernel's slab caches. An object costs its own bytes, in
 * steps of eight, and no head. What is freed is used again by the next object of that size; blocks
 * are never given back. With a sanitizer, which looks after each object, it is the plain heap.
 */
class Pooled
{
  public:
    /// False with a sanitizer.
    static const bool isInUse;

    static void* operator new(std::size_t size);
    static void operator delete(void* object, std::size_t size);

    static void* operator new(std::size_t /*size*/, void* place)
    {
        return place;
    }
};

} // namespace hoststack

#endif // HS_POOLED_H
