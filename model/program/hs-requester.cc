// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-requester.h"

#include <utility>

namespace hoststack
{

Requester::Requester(std::uint64_t requestSize,
                     std::uint64_t responseSize,
                     TimeNs thinkTime,
                     std::uint64_t count,
                     WritePattern writes)
    : m_questions(requestSize, std::move(writes)),
      m_responseSize(responseSize),
      m_thinkTime(thinkTime),
      m_count(count)
{
}

void
Requester::Step(ProgramIo& io, Ready ready)
{
    if (ready.Has(Ready::Stop))
    {
        m_stopping = true;
        if (m_awaited == 0)
        {
            End(io);
        }
    }
    if (ready.Has(Ready::Connected))
    {
        m_stopping ? End(io) : Ask(io);
    }
    if (ready.Has(Ready::Readable) || ready.Has(Ready::Ended))
    {
        Hear(io);
    }
    if (ready.Has(Ready::Ended) && !io.IsOver())
    {
        io.Close();
        io.Fail();
    }
    if (io.IsOver())
    {
        return;
    }
    if (ready.Has(Ready::Timer) && !m_questions.HasUnwritten())
    {
        Ask(io);
    }
    else if (ready.Has(Ready::Timer) || ready.Has(Ready::Writable))
    {
        m_questions.Push(io);
    }
}

void
Requester::Ask(ProgramIo& io)
{
    m_askedAt = io.Now();
    m_askTimes.push_back(m_askedAt);
    m_awaited = m_responseSize;
    m_questions.Add(1);
    m_questions.Push(io);
}

void
Requester::Hear(ProgramIo& io)
{
    if (m_askedAt < 0 || io.IsOver())
    {
        return;
    }
    while (m_awaited > 0)
    {
        const auto got = io.Read(m_awaited);
        if (got == 0)
        {
            return;
        }
        m_awaited -= got;
    }
    m_times.push_back(io.Now() - std::exchange(m_askedAt, -1));
    if (m_stopping || (m_count > 0 && m_times.size() >= m_count))
    {
        End(io);
    }
    else if (m_thinkTime > 0)
    {
        io.WakeAt(io.Now() + m_thinkTime);
    }
    else
    {
        Ask(io);
    }
}

void
Requester::End(ProgramIo& io)
{
    io.WakeAt(kNever);
    io.Close();
    io.Finish();
}

} // namespace hoststack
