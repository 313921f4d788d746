// SPDX-License-Identifier: GPL-2.0-only

#include "link-test-tools.h"

#include <catch2/catch.hpp>
#include <set>

using namespace link_test;

namespace
{

std::string
ErrorOf(const std::string& kind, const LinkParameters& parameters, const std::string& parameter)
{
    auto config = With(LinkConfig{}, "ack-thinning");
    config = With(config, kind, parameters);
    try
    {
        LinkDirection link(config, 1, "links/x/up");
    }
    catch (const LinkConfigError& e)
    {
        CHECK(e.Parameter() == parameter);
        CHECK(e.Behaviour() == 1);
        return e.what();
    }
    FAIL("no error for " << kind << " " << parameter);
    return {};
}

} // namespace

TEST_CASE("an unknown behaviour is refused with the nearest name", "[link]")
{
    const auto error = ErrorOf("gilbert-eliot", {}, "kind");
    CHECK_THAT(error, Catch::Contains("links/x/up"));
    CHECK_THAT(error, Catch::Contains("did you mean \"gilbert-elliott\"?"));
    CHECK_THAT(error, Catch::Contains("starlink-handover"));
}

TEST_CASE("an unknown parameter is refused with the nearest name", "[link]")
{
    CHECK_THAT(ErrorOf("slot-gate", LinkParameters().SetDuration("slto", 5), "slto"),
               Catch::Contains("did you mean \"slot\"?"));
    CHECK_THAT(ErrorOf("ack-thinning", LinkParameters().SetNumber("x", 5), "x"),
               Catch::Contains("It has none."));
}

TEST_CASE("a missing, mistyped or impossible parameter is refused", "[link]")
{
    CHECK_THAT(ErrorOf("slot-gate", {}, "slot"), Catch::Contains("needs \"slot\" (duration)"));
    CHECK_THAT(ErrorOf("slot-gate", LinkParameters().SetNumber("slot", 5), "slot"),
               Catch::Contains("must be a duration, not a number"));
    CHECK_THAT(ErrorOf("slot-gate", LinkParameters().SetDuration("slot", 0), "slot"),
               Catch::Contains("must be at least"));
    CHECK_THAT(ErrorOf("bernoulli", LinkParameters().SetNumber("probability", 1.5), "probability"),
               Catch::Contains("at most 100 %, not 150 %"));
    CHECK_THAT(ErrorOf("bernoulli", LinkParameters().SetNumber("probability", NAN), "probability"),
               Catch::Contains("at most 1"));
    CHECK_THAT(ErrorOf("tdd", LinkParameters().SetText("open", "X"), "open"),
               Catch::Contains("no slot that is open"));
    CHECK_THAT(
        ErrorOf("tdd", LinkParameters().SetText("open", "U").SetText("pattern", "DXU"), "pattern"),
        Catch::Contains("not \"X\""));
    CHECK_THAT(ErrorOf("tdd",
                       LinkParameters().SetText("open", "U").SetChoice("rate-is", "peak"),
                       "rate-is"),
               Catch::Contains("it can be average, while-open"));
    CHECK_THAT(ErrorOf("periodic-outage",
                       LinkParameters()
                           .SetDuration("every", 5 * kMillisecond)
                           .SetDuration("lasts", 5 * kMillisecond),
                       "lasts"),
               Catch::Contains("shorter"));
    for (const auto* kind : {"request-grant", "sr-grant"})
    {
        ErrorOf(kind, LinkParameters().SetDuration("longest", 1), "longest");
    }
    ErrorOf("rate-steps", LinkParameters().SetNumber("highest", 0.01), "highest");
    ErrorOf("starlink-handover", LinkParameters().SetDuration("spike-high", 1), "spike-high");
}

TEST_CASE("parameters are read from the text a scenario uses", "[link]")
{
    using Kind = LinkParameterKind;
    CHECK(ParseLinkParameter("x", Kind::Duration, "15 ms").integer == 15 * kMillisecond);
    CHECK(ParseLinkParameter("x", Kind::Duration, "2.5ms").integer == 2500 * kMicrosecond);
    CHECK(ParseLinkParameter("x", Kind::Duration, "1 min").integer == 60 * kSecond);
    CHECK(ParseLinkParameter("x", Kind::Bytes, "64 KiB").integer == 65536);
    CHECK(ParseLinkParameter("x", Kind::Bytes, "1.5 kB").integer == 1500);
    CHECK(ParseLinkParameter("x", Kind::Count, "3").integer == 3);
    CHECK(ParseLinkParameter("x", Kind::Number, "-0.25").number == -0.25);
    CHECK(ParseLinkParameter("x", Kind::Flag, "true").integer == 1);
    CHECK(ParseLinkParameter("x", Kind::Text, "DDDSU").text == "DDDSU");
    CHECK_THROWS_AS(ParseLinkParameter("x", Kind::Duration, "15"), LinkConfigError);
    CHECK_THROWS_AS(ParseLinkParameter("x", Kind::Duration, "15 parsec"), LinkConfigError);
    CHECK_THROWS_AS(ParseLinkParameter("x", Kind::Bytes, "many"), LinkConfigError);
    CHECK_THROWS_AS(ParseLinkParameter("x", Kind::Count, "1.5"), LinkConfigError);
    CHECK_THROWS_AS(ParseLinkParameter("x", Kind::Number, "1 s"), LinkConfigError);
    CHECK_THROWS_AS(ParseLinkParameter("x", Kind::Flag, "yes"), LinkConfigError);
}

TEST_CASE("every registered behaviour describes itself and stands by its defaults", "[link]")
{
    std::set<std::string> names;
    for (const auto& entry : LinkBehaviours().Entries())
    {
        INFO(entry.name);
        CHECK(names.insert(entry.name).second);
        CHECK_FALSE(entry.about.empty());
        LinkParameters given;
        for (const auto& info : entry.parameters)
        {
            INFO(info.name);
            CHECK_FALSE(info.about.empty());
            if (!info.standard.empty() && info.standard != kLinkRandom &&
                info.standard != kLinkUnset)
            {
                // A default must be legal when it is said aloud, too.
                LinkParameters one;
                one.Set(ParseLinkParameter(info.name, info.kind, info.standard));
                CHECK_NOTHROW(CheckLinkParameters(entry.name, {info}, one));
            }
            if (info.standard.empty() && info.kind != LinkParameterKind::File)
            {
                given.Set(info.kind == LinkParameterKind::Text
                              ? ParseLinkParameter(info.name, info.kind, "U")
                              : LinkParameters::Value{info.name, info.kind, 0.5, 1000, "", {3}});
                if (info.kind == LinkParameterKind::Duration)
                {
                    given.SetDuration(info.name,
                                      info.name == "lasts" ? kMillisecond / 2 : kMillisecond);
                }
            }
        }
        if (!entry.setsRate)
        {
            LinkDirection link(With(Plain(10'000'000, kMillisecond), entry.name, given), 1, "l");
            for (int i = 0; i < 100; ++i)
            {
                link.Offer(i * kMillisecond, Packet(1000, i));
            }
            Run(link);
            const auto& c = link.Counters();
            std::uint64_t dropped = 0;
            for (const auto n : c.dropped)
            {
                dropped += n;
            }
            CHECK(c.deliveredPackets + dropped == 100);
        }
    }
}

TEST_CASE("a program can add a behaviour of its own", "[link]")
{
    class LoseEverySecond : public LinkBehaviour
    {
      public:
        void Travel(TimeNs, const LinkPacket& packet, LinkJourney& journey) override
        {
            if (packet.cookie % 2 == 1)
            {
                journey.dropped = LinkDrop::Random;
            }
        }
    };

    LinkBehaviours().Add({"test-lose-every-second", "for a test", {}, [](const auto&, const auto&) {
                              return std::make_unique<LoseEverySecond>();
                          }});
    LinkDirection link(With(Plain(kUnlimitedRate, 0), "test-lose-every-second"), 1, "l");
    for (int i = 0; i < 10; ++i)
    {
        link.Offer(0, Packet(100, i));
    }
    Run(link);
    CHECK(link.Counters().Dropped(LinkDrop::Random) == 5);
}
