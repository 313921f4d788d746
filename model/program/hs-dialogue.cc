// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-dialogue.h"

#include <utility>

namespace hoststack
{

Dialogue::Dialogue(std::shared_ptr<const DialogueScript> script, bool isOpener)
    : m_script(std::move(script)),
      m_isOpener(isOpener)
{
}

void
Dialogue::Step(ProgramIo& io, Ready ready)
{
    if (io.IsOver())
    {
        return;
    }
    if (ready.Has(Ready::Connected))
    {
        m_begun.push_back(io.GetRecord().opened);
    }
    if (m_begun.empty())
    {
        return;
    }
    while (m_line < m_script->size() && GoOn(io))
    {
    }
    if (m_line == m_script->size())
    {
        if (m_isOpener)
        {
            m_took.push_back(io.Now() - m_begun.front());
        }
        if (m_isOpener || io.HasPeerClosed())
        {
            io.Close();
            io.Finish();
        }
    }
    else if (ready.Has(Ready::Stop) || (io.HasPeerClosed() && io.Available() == 0))
    {
        io.Close();
        io.Fail();
    }
}

/// \return false if it must wait
bool
Dialogue::GoOn(ProgramIo& io)
{
    const auto& line = (*m_script)[m_line];
    const auto left = line.bytes - m_done;
    const bool speaks = line.byOpener == m_isOpener;
    if (!speaks && io.Available() == 0)
    {
        return false;
    }
    m_done += speaks ? io.Write(left) : io.Read(left);
    if (m_done < line.bytes)
    {
        return false;
    }
    ++m_line;
    m_done = 0;
    return true;
}

} // namespace hoststack
