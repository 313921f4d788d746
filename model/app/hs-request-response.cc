// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-request-response.h"

#include <algorithm>
#include <utility>

namespace ns3
{

HoststackRequester::HoststackRequester(std::uint64_t requestSize,
                                       std::uint64_t responseSize,
                                       hoststack::TimeNs thinkTime,
                                       std::uint64_t count,
                                       HoststackWritePattern writes)
    : HoststackMessageSession(requestSize, std::move(writes)),
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
    if (HasUnwritten())
    {
        PushMessages();
    }
    else
    {
        Ask();
    }
}

void
HoststackRequester::Ask()
{
    m_askedAt = Now();
    m_askTimes.push_back(m_askedAt);
    m_awaited = m_responseSize;
    AddMessages(1);
    PushMessages();
}

void
HoststackRequester::OnWritable()
{
    PushMessages();
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

HoststackResponder::HoststackResponder(std::uint64_t requestSize,
                                       std::uint64_t responseSize,
                                       HoststackWritePattern writes)
    : HoststackMessageSession(responseSize, std::move(writes)),
      m_requestSize(requestSize)
{
}

void
HoststackResponder::OnWake()
{
    Push();
}

void
HoststackResponder::OnReadable()
{
    while (const auto got = Read(kAll))
    {
        m_unanswered += got;
    }
    AddMessages(m_unanswered / m_requestSize);
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
    PushMessages();
    if (!HasUnwritten() && HasPeerClosed())
    {
        Close();
        Finish();
    }
}

} // namespace ns3
