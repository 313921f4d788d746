// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-exchange-application.h"

#include "ns3/hs-program-patterns.h"
#include "ns3/hs-requester.h"
#include "ns3/hs-responder.h"
#include "ns3/hs-traffic-block.h"

#include <string>

namespace hoststack
{

namespace
{

/// How \p message is written. \p size is what it has, or becomes the sum of the writes if the
/// traffic does not say.
WritePattern
ReadWrites(TrafficBlock& block, const std::string& message, std::uint64_t& size)
{
    WritePattern pattern;
    const auto key = message + "-writes";
    const auto sizeKey = message + "-size";
    const bool saysSize = block.Has(sizeKey);
    if (!block.Has(key))
    {
        return pattern;
    }
    auto part = block.Part(key);
    std::uint64_t sum = 0;
    pattern.sizes = part.Sizes("sizes");
    for (const auto bytes : pattern.sizes)
    {
        sum += bytes;
    }
    pattern.gap = part.Time("gap", 0);
    const auto hold = part.Text("hold", "nothing");
    pattern.hold = hold == "more"   ? WritePattern::Hold::More
                   : hold == "cork" ? WritePattern::Hold::Cork
                                    : WritePattern::Hold::Nothing;
    if (saysSize && sum != size)
    {
        part.Add("sizes",
                 "add up to " + std::to_string(sum) + " B, not to \"" + sizeKey + "\" (" +
                     std::to_string(size) + " B)",
                 "sizes with that sum, or no \"" + sizeKey + '"');
    }
    size = sum;
    return pattern;
}

class ExchangeApplication : public Application
{
  public:
    explicit ExchangeApplication(TrafficBlock& block)
    {
        m_requestSize = block.Size("request-size", 100);
        m_responseSize = block.Size("response-size", 0);
        m_thinkTime = block.Time("think-time", 0);
        m_count = block.Number("count", 0);
        if (!block.Has("response-size") && !block.Has("response-writes"))
        {
            block.Add("",
                      "the key \"response-size\" is missing",
                      "how many bytes answer a request");
        }
        m_requestWrites = ReadWrites(block, "request", m_requestSize);
        m_responseWrites = ReadWrites(block, "response", m_responseSize);
    }

    std::unique_ptr<Program> MakeProgram(bool atFrom, Machine /* machine */) const override
    {
        if (atFrom)
        {
            return std::make_unique<Requester>(m_requestSize,
                                               m_responseSize,
                                               m_thinkTime,
                                               m_count,
                                               m_requestWrites);
        }
        return std::make_unique<Responder>(m_requestSize, m_responseSize, m_responseWrites);
    }

    bool IsFedByFrom() const override
    {
        return false;
    }

    bool HasEnd() const override
    {
        return m_count > 0;
    }

    bool Asks() const override
    {
        return true;
    }

  private:
    std::uint64_t m_requestSize;
    std::uint64_t m_responseSize;
    TimeNs m_thinkTime;
    std::uint64_t m_count; ///< 0: until it is stopped
    WritePattern m_requestWrites;
    WritePattern m_responseWrites;
};

} // namespace

std::unique_ptr<Application>
ReadExchange(TrafficBlock& block, TrafficSpec& /* traffic */)
{
    return std::make_unique<ExchangeApplication>(block);
}

} // namespace hoststack
