// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

#include <random>

namespace hoststack
{

namespace
{

/**
 * Independent loss that draws as the emulator of the reference measurements did, so that one of its
 * runs can be played back packet for packet: std::mt19937_64 (whose output the C++ standard fixes),
 * one draw x per packet whose service begins, lost if x / 2^64 < probability. That is what
 * std::uniform_real_distribution<double>(0, 1) of GNU's library makes of one 64-bit draw. The run's
 * own seed has no influence.
 */
class SeededLoss : public LinkBehaviour
{
  public:
    explicit SeededLoss(const LinkParameters& parameters)
        : m_probability(parameters.Number("probability")),
          m_engine(static_cast<std::uint64_t>(parameters.Integer("seed")))
    {
    }

    void Travel(TimeNs, const LinkPacket&, LinkJourney& journey) override
    {
        constexpr double kScale = 1.0 / 18446744073709551616.0;
        if (static_cast<double>(m_engine()) * kScale < m_probability)
        {
            journey.dropped = LinkDrop::Random;
        }
    }

  private:
    double m_probability;
    std::mt19937_64 m_engine;
};

} // namespace

LinkBehaviourEntry
SeededLossEntry()
{
    return {"seeded-loss",
            "independent loss drawn by std::mt19937_64 from a seed of its own, as emulators do",
            {{"probability", LinkParameterKind::Probability, "", "loss per packet", 0, 1},
             {"seed", LinkParameterKind::Count, "", "seed of the generator", 0, 9e18}},
            [](const LinkParameters& parameters, const LinkBehaviourContext&) {
                return std::make_unique<SeededLoss>(parameters);
            }};
}

} // namespace hoststack
