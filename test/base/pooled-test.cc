// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-pooled.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <malloc.h>
#include <memory>
#include <set>
#include <thread>
#include <vector>

using hoststack::Pooled;

namespace
{

struct Animal : public Pooled
{
    virtual ~Animal() = default;
    std::uint64_t legs{4};
};

struct Insect final : public Animal
{
    std::array<std::uint64_t, 3> wings{};
};

struct Whale final : public Animal
{
    std::array<char, 5000> body{};
};

} // namespace

TEST_CASE("objects of one size do not overlap and are aligned", "[base]")
{
    std::vector<std::unique_ptr<Animal>> all;
    std::set<std::uintptr_t> places;
    for (std::uint64_t i = 0; i < 5000; ++i)
    {
        auto insect = std::make_unique<Insect>();
        insect->legs = i;
        insect->wings = {i, i, i};
        places.insert(reinterpret_cast<std::uintptr_t>(insect.get()));
        all.push_back(std::move(insect));
    }
    REQUIRE(places.size() == 5000);
    std::uintptr_t before = 0;
    for (const auto place : places)
    {
        CHECK(place % alignof(Insect) == 0);
        CHECK((before == 0 || place - before >= sizeof(Insect)));
        before = place;
    }
    for (std::uint64_t i = 0; i < all.size(); ++i)
    {
        const auto& insect = static_cast<const Insect&>(*all[i]);
        CHECK((insect.legs == i && insect.wings[0] == i && insect.wings[2] == i));
    }
}

TEST_CASE("freed places are used again, also those that are freed through a base", "[base]")
{
    std::vector<std::unique_ptr<Animal>> herd;
    std::set<const void*> places;
    for (int i = 0; i < 1000; ++i)
    {
        herd.push_back(std::make_unique<Insect>());
        herd.push_back(std::make_unique<Animal>());
        places.insert(herd[2 * i].get());
        places.insert(herd[2 * i + 1].get());
    }
    REQUIRE(places.size() == herd.size());
    for (std::size_t first = 0; first < 4; ++first) // a quarter goes, and as many come
    {
        for (std::size_t i = first; i < herd.size(); i += 4)
        {
            herd[i].reset();
        }
        for (std::size_t i = first; i < herd.size(); i += 4)
        {
            herd[i] = i % 2 == 0 ? std::make_unique<Insect>() : std::make_unique<Animal>();
            herd[i]->legs = i;
        }
    }
    std::set<const void*> later;
    for (std::size_t i = 0; i < herd.size(); ++i)
    {
        CHECK(herd[i]->legs == i);
        later.insert(herd[i].get());
    }
    CHECK((later == places || !Pooled::isInUse));
}

TEST_CASE("blocks that have become empty go back to the heap, but for one", "[base]")
{
    const auto inUse = [] {
        const auto heap = mallinfo2();
        return heap.uordblks + heap.hblkhd;
    };
    if (!Pooled::isInUse)
    {
        SUCCEED("the plain heap");
        return;
    }
    constexpr std::size_t kCount = 20000; // 32 bytes each
    std::vector<std::unique_ptr<Animal>> swarm(kCount);
    const auto before = inUse();
    for (auto& insect : swarm)
    {
        insect = std::make_unique<Insect>();
    }
    const auto full = inUse() - before;
    std::uint64_t draw = 1;
    for (std::size_t i = kCount - 1; i > 0; --i) // whatever the order in which they go
    {
        draw = draw * 6364136223846793005 + 1442695040888963407;
        std::swap(swarm[i], swarm[(draw >> 33) % (i + 1)]);
    }
    swarm.resize(kCount / 2);
    for (const auto& insect : swarm)
    {
        CHECK(insect->legs == 4);
    }
    swarm.clear();
    CHECK(full >= kCount * sizeof(Insect) / 2); // some were at hand
    CHECK(inUse() < before + full / 8);
}

TEST_CASE("an object may be given back by another thread than its own", "[base]")
{
    std::vector<std::unique_ptr<Animal>> herd(1000);
    std::thread([&herd] {
        for (auto& animal : herd)
        {
            animal = std::make_unique<Insect>();
        }
    }).join();
    herd.clear();
    std::set<const void*> places;
    for (auto& animal : (herd.resize(1500), herd))
    {
        animal = std::make_unique<Insect>();
        places.insert(animal.get());
    }
    CHECK(places.size() == herd.size());
}

TEST_CASE("what is large comes from the heap", "[base]")
{
    std::unique_ptr<Animal> whale = std::make_unique<Whale>();
    std::memset(static_cast<Whale&>(*whale).body.data(), 1, 5000);
    whale.reset();
    CHECK(std::make_unique<Whale>()->body[4999] == 0);
}
