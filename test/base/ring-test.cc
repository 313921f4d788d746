// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-random.h"
#include "ns3/hs-ring.h"

#include <catch2/catch.hpp>
#include <deque>
#include <memory>
#include <type_traits>

using hoststack::Ring;

namespace
{

int
NumberOf(int value)
{
    return value;
}

/// A number that is owned.
template <bool MovesAsBytes>
struct Owned
{
    static constexpr bool kMovesAsBytes = MovesAsBytes;

    Owned() = default;

    Owned(int value)
        : number(std::make_unique<int>(value))
    {
    }

    std::unique_ptr<int> number;
};

template <>
struct Owned<false>
{
    Owned() = default;

    Owned(int value)
        : number(std::make_unique<int>(value))
    {
    }

    std::unique_ptr<int> number;
};

template <bool MovesAsBytes>
int
NumberOf(const Owned<MovesAsBytes>& value)
{
    return value.number ? *value.number : -1;
}

template <class T>
void
CheckSame(const Ring<T>& ring, const std::deque<int>& reference)
{
    REQUIRE(ring.Size() == reference.size());
    REQUIRE(ring.Empty() == reference.empty());
    for (std::size_t i = 0; i < reference.size(); ++i)
    {
        REQUIRE(NumberOf(ring[i]) == reference[i]);
    }
}

} // namespace

TEST_CASE("an unused ring holds no memory", "[base]")
{
    Ring<int> ring;
    CHECK(ring.Empty());
    CHECK(ring.Capacity() == 0);
}

TEST_CASE("a ring keeps the order while it wraps and grows", "[base]")
{
    Ring<int> ring;
    for (int i = 0; i < 3; ++i)
    {
        ring.PushBack(i);
    }
    ring.PopFront();
    ring.PopFront();
    for (int i = 3; i < 20; ++i)
    {
        ring.PushBack(i);
    }
    REQUIRE(ring.Size() == 18);
    CHECK(ring.Front() == 2);
    CHECK(ring.Back() == 19);
    for (int i = 0; i < 18; ++i)
    {
        CHECK(ring[i] == i + 2);
    }
}

TEST_CASE("a ring in steady state does not grow", "[base]")
{
    Ring<int> ring;
    for (int i = 0; i < 100; ++i)
    {
        ring.PushBack(i);
    }
    const auto capacity = ring.Capacity();
    for (int i = 0; i < 10000; ++i)
    {
        ring.PopFront();
        ring.PushBack(i);
    }
    CHECK(ring.Capacity() == capacity);
}

TEST_CASE("a popped element is destroyed at once", "[base]")
{
    Ring<std::shared_ptr<int>> ring;
    const auto first = std::make_shared<int>(1);
    const auto last = std::make_shared<int>(2);
    ring.PushBack(first);
    ring.PushBack(last);
    ring.PopFront();
    CHECK(first.use_count() == 1);
    ring.PopBack();
    CHECK(last.use_count() == 1);
}

TEST_CASE("memory is given back only when nothing is queued", "[base]")
{
    Ring<int> ring;
    ring.PushBack(1);
    ring.Shrink();
    CHECK(ring.Capacity() > 0);
    CHECK(ring.Front() == 1);
    ring.PopFront();
    ring.Shrink();
    CHECK(ring.Capacity() == 0);
    ring.PushBack(2);
    CHECK(ring.Front() == 2);
}

TEMPLATE_TEST_CASE("a ring does what std::deque does under random operations",
                   "[base]",
                   int,
                   Owned<true>,
                   Owned<false>)
{
    STATIC_REQUIRE(hoststack::kIsRelocatable<TestType> == std::is_same_v<TestType, Owned<true>>);
    hoststack::RandomStream random(1, "test/ring");
    Ring<TestType> ring;
    std::deque<int> reference;
    for (int step = 0; step < 20000; ++step)
    {
        const auto at = [&](std::size_t n) { return static_cast<std::size_t>(random.Bits() % n); };
        switch (at(7))
        {
        case 0:
        case 1:
        case 2:
            ring.PushBack(step);
            reference.push_back(step);
            break;
        case 3:
            if (!reference.empty())
            {
                ring.PopFront();
                reference.pop_front();
            }
            break;
        case 4: {
            const auto i = at(reference.size() + 1);
            ring.Insert(i, step);
            reference.insert(reference.begin() + i, step);
            break;
        }
        case 5:
            if (!reference.empty())
            {
                const auto i = at(reference.size());
                ring.Erase(i);
                reference.erase(reference.begin() + i);
            }
            break;
        default:
            if (!reference.empty())
            {
                ring.PopBack();
                reference.pop_back();
            }
            if (at(500) == 0)
            {
                ring.Clear();
                reference.clear();
            }
            break;
        }
        if (step % 16 == 0)
        {
            CheckSame(ring, reference);
        }
    }
    CheckSame(ring, reference);
}
