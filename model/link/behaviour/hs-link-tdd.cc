// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

#include <string>

namespace hoststack
{

namespace
{

/**
 * Time-division duplex: a pattern of slots ("DDDSU") repeats, and this direction is served only in
 * the slots whose letter it names in \e open. A packet may be cut by a closed slot and continue
 * in the next open one, as segmentation by RLC does.
 */
class Tdd : public LinkBehaviour
{
  public:
    Tdd(const LinkParameters& parameters, const LinkBehaviourContext& context)
        : m_slot(parameters.Duration("slot"))
    {
        const auto& pattern = parameters.Text("pattern");
        const auto& open = parameters.Text("open");
        std::size_t count = 0;
        for (const char letter : pattern)
        {
            if (letter != 'D' && letter != 'U' && letter != 'S')
            {
                throw LinkConfigError("link behaviour \"tdd\": \"pattern\" may hold only the "
                                      "letters D, S and U, not \"" +
                                          std::string(1, letter) + "\"",
                                      "pattern");
            }
            m_open.push_back(open.find(letter) != std::string::npos);
            count += m_open.back();
        }
        if (count == 0)
        {
            throw LinkConfigError("link behaviour \"tdd\": the pattern \"" + pattern +
                                      "\" has no slot that is open (\"" + open + "\")",
                                  "open");
        }
        if (parameters.Text("rate-is") == "average")
        {
            m_factor = static_cast<double>(m_open.size()) / static_cast<double>(count);
        }
        const TimeNs period = m_slot * static_cast<TimeNs>(m_open.size());
        TimeNs phase = 0;
        if (parameters.Has("phase"))
        {
            phase = parameters.Duration("phase") % period;
        }
        else
        {
            auto stream = context.Stream();
            phase = UniformTime(stream, 0, period);
        }
        m_end = phase > 0 ? phase - period : 0;
    }

    LinkCapacity NextCapacity() override
    {
        LinkCapacity stretch;
        do
        {
            const bool open = m_open[m_index];
            stretch.factor = open ? m_factor : 0;
            std::size_t slots = 0;
            do
            {
                m_end += m_slot;
                m_index = (m_index + 1) % m_open.size();
                ++slots;
            } while (m_open[m_index] == open && slots < m_open.size());
        } while (m_end <= 0);
        stretch.until = m_end;
        return stretch;
    }

  private:
    TimeNs m_slot;
    std::vector<bool> m_open;
    double m_factor{1};
    TimeNs m_end{0};
    std::size_t m_index{0};
};

} // namespace

LinkBehaviourEntry
TddEntry()
{
    constexpr auto kDuration = LinkParameterKind::Duration;
    // Defaults: the pattern with a period of 2.5 ms at 30 kHz subcarrier spacing (3GPP numerology
    // 1, slot 0.5 ms), common in mid-band 5G.
    return {"tdd",
            "served only in some slots of a repeating pattern",
            {{"pattern", LinkParameterKind::Text, "DDDSU", "letters D, S, U, one per slot", 0, 0},
             {"open", LinkParameterKind::Text, "", "letters that serve this direction", 0, 0},
             {"slot", kDuration, "0.5 ms", "length of a slot", kLinkShortestStep, kLinkNoBound},
             {"phase", kDuration, kLinkRandom, "beginning of a pattern", 0, kLinkNoBound},
             {"rate-is",
              LinkParameterKind::Choice,
              "average",
              "the link's rate is that over the whole pattern, or that in an open slot",
              0,
              0,
              {"average", "while-open"}}},
            [](const LinkParameters& parameters, const LinkBehaviourContext& context) {
                return std::make_unique<Tdd>(parameters, context);
            }};
}

} // namespace hoststack
