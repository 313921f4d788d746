// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-registry.h"

#include <catch2/catch.hpp>

using hoststack::Registry;
using hoststack::UnknownName;

namespace
{

struct Shape
{
    virtual ~Shape() = default;
    virtual int Corners() const = 0;
};

struct Polygon : Shape
{
    explicit Polygon(int corners)
        : m_corners(corners)
    {
    }

    int Corners() const override
    {
        return m_corners;
    }

    int m_corners;
};

using Shapes = Registry<Shape, int>;

Shapes
MakeShapes()
{
    return Shapes(
        "shape",
        {
            {"triangle", "three corners", [](int) { return std::make_unique<Polygon>(3); }},
            {"square", "four corners", [](int) { return std::make_unique<Polygon>(4); }},
            {"polygon", "as many as asked", [](int n) { return std::make_unique<Polygon>(n); }},
        });
}

} // namespace

TEST_CASE("a registered name creates its variant with the arguments given", "[base]")
{
    const Shapes shapes = MakeShapes();
    CHECK(shapes.Create("square", 9)->Corners() == 4);
    CHECK(shapes.Create("polygon", 9)->Corners() == 9);
}

TEST_CASE("names come in the order of their lines", "[base]")
{
    const Shapes shapes = MakeShapes();
    CHECK(shapes.Kind() == "shape");
    CHECK(shapes.Names() == std::vector<std::string>{"triangle", "square", "polygon"});
    CHECK(shapes.Entries()[1].about == "four corners");
    CHECK(shapes.Has("triangle"));
    CHECK_FALSE(shapes.Has("circle"));
}

TEST_CASE("an unknown name is an error that says what is meant and what exists", "[base]")
{
    const Shapes shapes = MakeShapes();
    try
    {
        shapes.Create("sqare", 0);
        FAIL("no error");
    }
    catch (const UnknownName& error)
    {
        CHECK(error.Nearest() == "square");
        CHECK(std::string(error.what()) ==
              "unknown shape \"sqare\"; did you mean \"square\"? Known: triangle square polygon");
    }
}

TEST_CASE("a name like no other is an error without a suggestion", "[base]")
{
    const Shapes shapes = MakeShapes();
    try
    {
        shapes.Create("zzzzzzzz", 0);
        FAIL("no error");
    }
    catch (const UnknownName& error)
    {
        CHECK(error.Nearest().empty());
        CHECK_THAT(error.what(), !Catch::Contains("did you mean"));
        CHECK_THAT(error.what(), Catch::Contains("triangle square polygon"));
    }
}

TEST_CASE("a variant added at run time is appended, and replaces one of its name", "[base]")
{
    Shapes shapes = MakeShapes();
    shapes.Add({"hexagon", "six corners", [](int) { return std::make_unique<Polygon>(6); }});
    CHECK(shapes.Names().back() == "hexagon");
    CHECK(shapes.Create("hexagon", 0)->Corners() == 6);

    shapes.Add({"square", "a fifth corner", [](int) { return std::make_unique<Polygon>(5); }});
    CHECK(shapes.Names() == std::vector<std::string>{"triangle", "square", "polygon", "hexagon"});
    CHECK(shapes.Create("square", 0)->Corners() == 5);
    CHECK(shapes.Entries()[1].about == "a fifth corner");
}
