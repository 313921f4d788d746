// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

#include <algorithm>
#include <vector>

namespace hoststack
{

namespace
{

/**
 * Exactly the losses of a list: what a capture or an emulator's log says, played back packet for
 * packet. Packet 0 is the first one whose service begins; what a queue refused does not count.
 */
class LossList : public LinkBehaviour
{
  public:
    explicit LossList(const LinkParameters& parameters)
        : m_repeats(parameters.Flag("repeat"))
    {
        const auto& list = parameters.Counts("list");
        const auto& as = parameters.Text("as");
        if (as == "packets")
        {
            for (const auto at : list)
            {
                // Beyond this no run counts; the flags are a byte per packet.
                constexpr std::int64_t kMost = 100'000'000;
                if (at > kMost)
                {
                    throw LinkConfigError("\"list\" holds a packet number beyond 100 million",
                                          "list");
                }
                Grow(static_cast<std::size_t>(at) + 1);
                m_lost[static_cast<std::size_t>(at)] = true;
            }
        }
        else if (as == "flags")
        {
            for (const auto flag : list)
            {
                if (flag > 1)
                {
                    throw LinkConfigError("\"list\" of flags holds something else than 0 and 1",
                                          "list");
                }
                m_lost.push_back(flag == 1);
            }
        }
        else
        {
            bool lost = false;
            for (const auto length : list)
            {
                constexpr std::int64_t kMost = 100'000'000;
                if (length > kMost - static_cast<std::int64_t>(m_lost.size()))
                {
                    throw LinkConfigError("\"list\" of runs is longer than 100 million packets",
                                          "list");
                }
                m_lost.insert(m_lost.end(), static_cast<std::size_t>(length), lost);
                lost = !lost;
            }
        }
        if (m_lost.empty())
        {
            throw LinkConfigError("\"list\" holds no packet", "list");
        }
    }

    void Travel(TimeNs, const LinkPacket&, LinkJourney& journey) override
    {
        if (m_next == m_lost.size())
        {
            if (!m_repeats)
            {
                return;
            }
            m_next = 0;
        }
        if (m_lost[m_next++])
        {
            journey.dropped = LinkDrop::Random;
        }
    }

  private:
    void Grow(std::size_t size)
    {
        m_lost.resize(std::max(m_lost.size(), size), false);
    }

    bool m_repeats;
    std::vector<bool> m_lost; ///< by number of the packet
    std::size_t m_next{0};
};

} // namespace

LinkBehaviourEntry
LossListEntry()
{
    return {
        "loss-list",
        "exactly the losses of a list, for a measured run that is played back",
        {{"list",
          LinkParameterKind::Counts,
          "",
          "whole numbers; `as` says what they mean",
          0,
          1e15},
         {"as",
          LinkParameterKind::Choice,
          "packets",
          "numbers of lost packets, the first is 0; a 0 (arrives) or 1 (lost) per packet; or "
          "lengths of runs that in turn arrive and are lost",
          0,
          0,
          {"packets", "flags", "runs"}},
         {"repeat", LinkParameterKind::Flag, "false", "begin again at the end of the list", 0, 1}},
        [](const LinkParameters& parameters, const LinkBehaviourContext&) {
            return std::make_unique<LossList>(parameters);
        }};
}

} // namespace hoststack
