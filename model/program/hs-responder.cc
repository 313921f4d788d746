// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-responder.h"

#include <utility>

namespace hoststack
{

Responder::Responder(std::uint64_t requestSize, std::uint64_t responseSize, WritePattern writes)
    : m_answers(responseSize, std::move(writes)),
      m_requestSize(requestSize)
{
}

void
Responder::Step(ProgramIo& io, Ready ready)
{
    if (ready.Has(Ready::Stop))
    {
        io.Close();
        io.Finish();
        return;
    }
    if (ready.Has(Ready::Readable) || ready.Has(Ready::Ended))
    {
        while (const auto got = io.Read(ProgramIo::kAll))
        {
            m_unanswered += got;
        }
        m_answers.Add(m_unanswered / m_requestSize);
        m_unanswered %= m_requestSize;
    }
    m_answers.Push(io);
    if (!m_answers.HasUnwritten() && io.HasPeerClosed())
    {
        io.Close();
        io.Finish();
    }
}

} // namespace hoststack
