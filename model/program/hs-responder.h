// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RESPONDER_H
#define HS_RESPONDER_H

#include "ns3/hs-message-writer.h"
#include "ns3/hs-program.h"

namespace hoststack
{

/// Answers each complete question at once. Finished when the peer has closed; then closes too.
class Responder : public Program
{
  public:
    /// \param writes how an answer is cut into writes
    Responder(std::uint64_t requestSize, std::uint64_t responseSize, WritePattern writes = {});

    void Step(ProgramIo& io, Ready ready) override;

  private:
    MessageWriter m_answers;
    std::uint64_t m_requestSize;
    std::uint64_t m_unanswered{0}; ///< bytes of questions not yet complete
};

} // namespace hoststack

#endif // HS_RESPONDER_H
