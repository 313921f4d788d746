// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

#include <cmath>

namespace hoststack
{

namespace
{

/**
 * A satellite link whose terminal is reassigned on a fixed schedule. Per slot the base delay is
 * new; at a slot's beginning delays are higher for a moment and packets are lost in a burst; all
 * the time there is jitter. Losses and delays are per direction: half of what a round trip shows.
 * What happens in a slot does not depend on the traffic.
 */
class StarlinkHandover : public LinkBehaviour
{
  public:
    StarlinkHandover(const LinkParameters& parameters, const LinkBehaviourContext& context)
        : m_slot(parameters.Duration("slot")),
          m_phase(parameters.Duration("phase") % m_slot),
          m_baseSpread(parameters.Duration("base-spread")),
          m_jitter(static_cast<double>(parameters.Duration("jitter"))),
          m_spikeLow(parameters.Duration("spike-low")),
          m_spikeHigh(parameters.Duration("spike-high")),
          m_spikeShortest(parameters.Duration("spike-shortest")),
          m_spikeLongest(parameters.Duration("spike-longest")),
          m_burstLoss(parameters.Number("burst-loss")),
          m_burstShortest(parameters.Duration("burst-shortest")),
          m_burstLongest(parameters.Duration("burst-longest")),
          m_slots(context.seed, context.stream + "/slots"),
          m_packets(context.seed, context.stream + "/packets")
    {
        Check(m_spikeLow, m_spikeHigh, "spike-low", "spike-high");
        Check(m_spikeShortest, m_spikeLongest, "spike-shortest", "spike-longest");
        Check(m_burstShortest, m_burstLongest, "burst-shortest", "burst-longest");
        m_begin = m_phase - m_slot;
        Draw();
    }

    void Travel(TimeNs departs, const LinkPacket&, LinkJourney& journey) override
    {
        while (departs - m_begin >= m_slot)
        {
            m_begin += m_slot;
            Draw();
        }
        const TimeNs into = departs - m_begin;
        journey.extraDelay += m_base + std::llround(std::fabs(m_packets.Normal(0, m_jitter)));
        if (into < m_spikeLasts)
        {
            journey.extraDelay += m_spike;
        }
        if (into < m_burstLasts && m_packets.Bernoulli(m_burstLoss))
        {
            journey.dropped = LinkDrop::Random;
        }
    }

  private:
    static void Check(TimeNs low, TimeNs high, const char* lowName, const char* highName)
    {
        if (high < low)
        {
            throw LinkConfigError(std::string("link behaviour \"starlink-handover\": \"") +
                                      highName + "\" is less than \"" + lowName + "\"",
                                  highName);
        }
    }

    void Draw()
    {
        m_base = UniformTime(m_slots, 0, m_baseSpread);
        m_spike = UniformTime(m_slots, m_spikeLow, m_spikeHigh);
        m_spikeLasts = UniformTime(m_slots, m_spikeShortest, m_spikeLongest);
        m_burstLasts = UniformTime(m_slots, m_burstShortest, m_burstLongest);
    }

    TimeNs m_slot;
    TimeNs m_phase;
    TimeNs m_baseSpread;
    double m_jitter;
    TimeNs m_spikeLow;
    TimeNs m_spikeHigh;
    TimeNs m_spikeShortest;
    TimeNs m_spikeLongest;
    double m_burstLoss;
    TimeNs m_burstShortest;
    TimeNs m_burstLongest;
    RandomStream m_slots;
    RandomStream m_packets;
    TimeNs m_begin{0}; ///< of the present slot
    TimeNs m_base{0};
    TimeNs m_spike{0};
    TimeNs m_spikeLasts{0};
    TimeNs m_burstLasts{0};
};

} // namespace

LinkBehaviourEntry
StarlinkHandoverEntry()
{
    constexpr auto kDuration = LinkParameterKind::Duration;
    // Slot: published (APNIC 2024). The other defaults are estimates of the link table that were
    // fitted to APNIC 2024 and to a browser study (IMC 2022), halved per direction.
    return {
        "starlink-handover",
        "satellite reassignment: delay steps, spikes and burst loss every 15 s",
        {{"slot", kDuration, "15 s", "between reassignments", kLinkShortestStep, kLinkNoBound},
         {"phase", kDuration, "7.5 s", "the first one", 0, kLinkNoBound},
         {"base-spread",
          kDuration,
          "12.5 ms",
          "base delay of a slot: up to this much more",
          0,
          kLinkNoBound},
         {"jitter", kDuration, "2.5 ms", "deviation of the half-normal jitter", 0, kLinkNoBound},
         {"spike-low", kDuration, "15 ms", "least extra delay after a handover", 0, kLinkNoBound},
         {"spike-high", kDuration, "25 ms", "most extra delay after a handover", 0, kLinkNoBound},
         {"spike-shortest", kDuration, "100 ms", "shortest time with it", 0, kLinkNoBound},
         {"spike-longest", kDuration, "300 ms", "longest time with it", 0, kLinkNoBound},
         {"burst-loss", LinkParameterKind::Probability, "0.3", "loss after a handover", 0, 1},
         {"burst-shortest", kDuration, "20 ms", "shortest time with it", 0, kLinkNoBound},
         {"burst-longest", kDuration, "80 ms", "longest time with it", 0, kLinkNoBound}},
        [](const LinkParameters& parameters, const LinkBehaviourContext& context) {
            return std::make_unique<StarlinkHandover>(parameters, context);
        }};
}

} // namespace hoststack
