// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-pooled.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <memory>
#include <set>
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
    constexpr int kCount = 1000;
    std::set<const void*> first;
    for (int round = 0; round < 3; ++round)
    {
        std::vector<std::unique_ptr<Animal>> herd;
        std::set<const void*> places;
        for (int i = 0; i < kCount; ++i)
        {
            herd.push_back(std::make_unique<Insect>());
            herd.push_back(std::make_unique<Animal>());
        }
        for (const auto& animal : herd)
        {
            CHECK(animal->legs == 4);
            animal->legs = 6;
            places.insert(animal.get());
        }
        CHECK(places.size() == 2 * kCount);
        if (round == 0)
        {
            first = places;
        }
        CHECK((places == first || !Pooled::isInUse));
    }
}

TEST_CASE("what is large comes from the heap", "[base]")
{
    std::unique_ptr<Animal> whale = std::make_unique<Whale>();
    std::memset(static_cast<Whale&>(*whale).body.data(), 1, 5000);
    whale.reset();
    CHECK(std::make_unique<Whale>()->body[4999] == 0);
}
