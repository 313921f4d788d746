// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DIALOGUE_H
#define HS_DIALOGUE_H

#include "ns3/hs-program.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace hoststack
{

/// One end says something and the other one hears all of it before it goes on.
struct DialogueLine
{
    bool byOpener{false};
    std::uint64_t bytes{0};
};

using DialogueScript = std::vector<DialogueLine>;

/**
 * One end of a dialogue whose lines both ends know: a protocol in which each side waits for the
 * other's message. Answers come at once. The end that opens it has finished with its last line,
 * closes, and tells how long it took from its connect call; it has failed if the other one ends
 * before that.
 */
class Dialogue : public Program
{
  public:
    Dialogue(std::shared_ptr<const DialogueScript> script, bool isOpener);

    void Step(ProgramIo& io, Ready ready) override;

    const std::vector<TimeNs>* FindAskTimes() const override
    {
        return m_isOpener ? &m_begun : nullptr;
    }

    const std::vector<TimeNs>* FindResponseTimes() const override
    {
        return m_isOpener ? &m_took : nullptr;
    }

  private:
    bool GoOn(ProgramIo& io);

    std::shared_ptr<const DialogueScript> m_script;
    bool m_isOpener;
    std::size_t m_line{0};
    std::uint64_t m_done{0}; ///< bytes of that line
    std::vector<TimeNs> m_begun;
    std::vector<TimeNs> m_took;
};

} // namespace hoststack

#endif // HS_DIALOGUE_H
