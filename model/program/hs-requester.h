// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_REQUESTER_H
#define HS_REQUESTER_H

#include "ns3/hs-message-writer.h"
#include "ns3/hs-program.h"

#include <vector>

namespace hoststack
{

/// Asks, waits for the whole answer, thinks, asks again. Finished with the last answer; then
/// closes. Failed when the peer ends before that.
class Requester : public Program
{
  public:
    /// \param count questions; 0: until it is stopped
    /// \param writes how a question is cut into writes
    Requester(std::uint64_t requestSize,
              std::uint64_t responseSize,
              TimeNs thinkTime,
              std::uint64_t count,
              WritePattern writes = {});

    /// Stopped, it still awaits the answer under way.
    void Step(ProgramIo& io, Ready ready) override;

    const std::vector<TimeNs>* FindAskTimes() const override
    {
        return &m_askTimes;
    }

    const std::vector<TimeNs>* FindResponseTimes() const override
    {
        return &m_times;
    }

  private:
    void Ask(ProgramIo& io);
    void Hear(ProgramIo& io);
    static void End(ProgramIo& io);

    MessageWriter m_questions;
    std::uint64_t m_responseSize;
    TimeNs m_thinkTime;
    std::uint64_t m_count;
    std::uint64_t m_awaited{0}; ///< bytes of the answer still to come
    TimeNs m_askedAt{-1};       ///< -1: no question is open
    bool m_stopping{false};
    std::vector<TimeNs> m_askTimes;
    std::vector<TimeNs> m_times;
};

} // namespace hoststack

#endif // HS_REQUESTER_H
