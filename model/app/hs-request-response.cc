// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-request-response.h"

#include <algorithm>

namespace ns3
{

HoststackRequester::HoststackRequester(std::uint64_t requestSize,
                                       std::uint64_t responseSize,
                                       hoststack::TimeNs thinkTime,
                                       std::uint64_t count)
    : m_requestSize(requestSize),
      m_responseSize(responseSize),
      m_thinkTime(thinkTime),
      m_count(count)
{
}

void
HoststackRequester::Stop()
{
    m_stopping = true;
    if (m_awaited == 0)
    {
        End();
    }
}

void
HoststackRequester::OnConnected()
{
    if (m_stopping)
    {
        End();
        return;
    }
    Ask();
}

void
HoststackRequester::OnWake()
{
    Ask();
}

void
HoststackRequester::Ask()
{
    m_askedAt = Now();
    m_awaited = m_responseSize;
    m_unwritten += m_requestSize;
    Push();
}

void
HoststackRequester::Push()
{
    if (m_unwritten > 0)
    {
        m_unwritten -= Write(m_unwritten);
    }
}

void
HoststackRequester::OnWritable()
{
    Push();
}

void
HoststackRequester::OnReadable()
{
    while (m_awaited > 0)
    {
        const auto got = Read(m_awaited);
        if (got == 0)
        {
            return;
        }
        m_awaited -= got;
    }
    if (IsFinished() || m_askedAt < 0)
    {
        return;
    }
    m_times.push_back(Now() - m_askedAt);
    m_askedAt = -1;
    if (m_stopping || (m_count > 0 && m_times.size() >= m_count))
    {
        End();
    }
    else if (m_thinkTime > 0)
    {
        WakeAt(Now() + m_thinkTime);
    }
    else
    {
        Ask();
    }
}

void
HoststackRequester::End()
{
    CancelWake();
    Close();
    Finish();
}

HoststackResponder::HoststackResponder(std::uint64_t requestSize, std::uint64_t responseSize)
    : m_requestSize(requestSize),
      m_responseSize(responseSize)
{
}

void
HoststackResponder::OnReadable()
{
    while (const auto got = Read(kAll))
    {
        m_unanswered += got;
    }
    m_unwritten += m_unanswered / m_requestSize * m_responseSize;
    m_unanswered %= m_requestSize;
    Push();
}

void
HoststackResponder::OnWritable()
{
    Push();
}

void
HoststackResponder::OnPeerClosed()
{
    OnReadable();
}

void
HoststackResponder::Push()
{
    if (m_unwritten > 0)
    {
        m_unwritten -= Write(m_unwritten);
    }
    if (m_unwritten == 0 && HasPeerClosed())
    {
        Close();
        Finish();
    }
}

} // namespace ns3
