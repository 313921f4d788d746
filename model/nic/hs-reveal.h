// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_REVEAL_H
#define HS_REVEAL_H

/**
 * \file
 * For what ns-3 has no accessor for: whether IP is traced, and the function a device hands its
 * packets to. In each file for itself: tags and template share its unnamed namespace. A template's
 * explicit instantiation may name private members (C++17 [temp.explicit] 12); ns-3 stays as it is.
 */

namespace ns3
{

namespace
{

template <class Tag, auto Member>
struct HoststackReveal
{
    friend constexpr auto Revealed(Tag)
    {
        return Member;
    }
};

} // namespace

} // namespace ns3

/// Makes `Revealed(tag())` the pointer to a private \p member; in an unnamed namespace of ns3.
#define HOSTSTACK_REVEAL(tag, member)                                                              \
    struct tag                                                                                     \
    {                                                                                              \
        friend constexpr auto Revealed(tag);                                                       \
    };                                                                                             \
    template struct HoststackReveal<tag, member>

#endif // HS_REVEAL_H
