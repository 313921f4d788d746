// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-nearest.h"

#include <catch2/catch.hpp>

using hoststack::NearestName;

namespace
{
const std::vector<std::string> kNames{"reno", "cubic", "bbr", "rack-tlp", "duplicate-ack"};
} // namespace

TEST_CASE("a misspelt name finds the one that was meant", "[base]")
{
    CHECK(NearestName("cubc", kNames) == "cubic");
    CHECK(NearestName("cubicc", kNames) == "cubic");
    CHECK(NearestName("cabic", kNames) == "cubic");
    CHECK(NearestName("rack_tlp", kNames) == "rack-tlp");
    CHECK(NearestName("duplicate-acks", kNames) == "duplicate-ack");
}

TEST_CASE("swapped neighbours count as one mistake", "[base]")
{
    // "bcu" is one swap from "cbu" and two replacements from "bbb".
    CHECK(NearestName("bcu", {"bbb", "cbu"}) == "cbu");
}

TEST_CASE("case does not count as a mistake", "[base]")
{
    CHECK(NearestName("CUBIC", {"cubik", "cubic"}) == "cubic");
}

TEST_CASE("nothing is suggested for a word unlike all names", "[base]")
{
    CHECK(NearestName("westwood", kNames).empty());
    CHECK(NearestName("cubic", {}).empty());
}

TEST_CASE("the first of equally near names is suggested", "[base]")
{
    CHECK(NearestName("bat", {"bar", "cat"}) == "bar");
    CHECK(NearestName("bat", {"cat", "bar"}) == "cat");
}

TEST_CASE("of equally near names one with the word's length is suggested", "[base]")
{
    CHECK(NearestName("linux-6.19", {"linux-6.1", "linux-6.18", "linux-6.12"}) == "linux-6.18");
    CHECK(NearestName("linux-6.1x", {"linux-6.12", "linux-6.1"}) == "linux-6.12");
}
