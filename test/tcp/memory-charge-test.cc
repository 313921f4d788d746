// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-memory-account.h"
#include "two-ends.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>
#include <utility>

using namespace hoststack;
using namespace hoststack::test;

namespace
{

/// A host with \p limit pages for one socket; the pages it has given are counted in \p given.
class CountingHost : public MemoryAccount
{
  public:
    CountingHost(std::int64_t& given, std::int64_t limit)
        : m_given(given),
          m_limit(limit)
    {
    }

    bool UnderPressure() const override
    {
        return false;
    }

  protected:
    bool Allocate(std::int64_t pages, MemoryUse /*use*/, bool isForced) override
    {
        if (!isForced && m_given + pages > m_limit)
        {
            return false;
        }
        m_given += pages;
        return true;
    }

    void Return(std::int64_t pages) override
    {
        m_given -= pages;
    }

  private:
    std::int64_t& m_given;
    std::int64_t m_limit;
};

/// A transfer of 300,000 bytes over a lossy line to a reader that begins after 3 s.
struct Charged : public TwoEnds
{
    Charged(const LinkConfig& line, std::int64_t limit)
        : TwoEnds({}, {}, line, line, 1)
    {
        auto account = std::make_unique<CountingHost>(given, limit);
        host = account.get();
        hosts[1].connection->SetMemoryAccount(std::move(account));
        hosts[0].onEvents = [this](TimeNs now, std::uint32_t) { Write(now); };
        hosts[1].onEvents = [this](TimeNs now, std::uint32_t) { Look(now); };
        Start();
        At(3 * kSecond, [this] { Look(Now()); });
        Run(200 * kSecond, [this] { return read == kTotal; });
    }

    void Write(TimeNs now)
    {
        sent += hosts[0].connection->Send(now, Payload::Virtual(kTotal - sent));
    }

    void Look(TimeNs now)
    {
        auto& reader = *hosts[1].connection;
        isBalanced = isBalanced && IsBalanced();
        most = std::max(most, given);
        if (now >= 3 * kSecond)
        {
            read += reader.Read(now, 1 << 30, nullptr);
            isBalanced = isBalanced && IsBalanced();
        }
    }

    /// The pages given are what the queue uses and what is in hand.
    bool IsBalanced() const
    {
        return given * MemoryAccount::kPage ==
               static_cast<std::int64_t>(hosts[1].connection->ReceiveMemory()) + host->InHand();
    }

    static constexpr std::uint32_t kTotal = 300'000;
    std::int64_t given{0};
    std::int64_t most{0};
    CountingHost* host{nullptr};
    std::uint32_t sent{0};
    std::uint32_t read{0};
    bool isBalanced{true};
};

LinkConfig
Line(double loss)
{
    LinkConfig line;
    line.rate = 20'000'000;
    line.delay = 5 * kMillisecond;
    line.loss = loss;
    return line;
}

} // namespace

TEST_CASE("what a receive queue costs is charged to its account, and given back when it is read",
          "[tcp][memory]")
{
    for (const double loss : {0.0, 0.05})
    {
        CAPTURE(loss);
        const Charged run(Line(loss), 1'000'000);
        CHECK(run.read == Charged::kTotal);
        CHECK(run.isBalanced);
        CHECK(run.most > 20);
        CHECK(run.given == 0);
    }
}

TEST_CASE("a host without memory costs a transfer time, and never data", "[tcp][memory]")
{
    const Charged run(Line(0), 8);
    CHECK(run.read == Charged::kTotal);
    CHECK(run.isBalanced);
    CHECK(run.given == 0);
    CHECK(run.most < 20);
}
