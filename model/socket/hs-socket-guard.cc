// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-socket-guard.h"

#include "ns3/hs-tcp-socket.h"

#include <algorithm>
#include <utility>

namespace ns3
{

using hoststack::BatchPlace;

std::uint64_t&
HoststackSocketGuard::BytesOf(std::uint32_t subflow)
{
    auto found = std::find_if(m_held.begin(), m_held.end(), [subflow](const auto& held) {
        return held.subflow == subflow;
    });
    if (found == m_held.end())
    {
        found = m_held.insert(found, {subflow, 0});
    }
    return found->bytes;
}

bool
HoststackSocketGuard::Leave(std::uint32_t subflow, const hoststack::Burst& burst)
{
    auto& bytes = BytesOf(subflow);
    const auto memory = m_socket.MemoryInBacklog(subflow, bytes, burst);
    if (memory == 0)
    {
        // What came before in its batch waits for the end of that.
        const bool isEndKnown = !m_backlog.empty() && m_backlog.back().subflow == subflow &&
                                m_backlog.back().place != BatchPlace::None;
        if (hoststack::Follows(burst.place) && !isEndKnown)
        {
            Put({subflow, {}, 0, BatchPlace::Last, true});
        }
        return false;
    }
    bytes += memory;
    Put({subflow, burst.segment, burst.truesize, burst.place, false});
    return true;
}

void
HoststackSocketGuard::Put(Waiting&& waiting)
{
    m_backlog.push_back(std::move(waiting));
    m_lock.Leave(*this);
}

/// That of \p waiting, which was the first, among what is there of its batch.
BatchPlace
HoststackSocketGuard::PlaceOf(const Waiting& waiting) const
{
    if (waiting.place == BatchPlace::None)
    {
        return BatchPlace::None;
    }
    const bool hasMore = !m_backlog.empty() && m_backlog.front().subflow == waiting.subflow &&
                         hoststack::Follows(m_backlog.front().place);
    if (hoststack::Follows(waiting.place))
    {
        return hasMore ? BatchPlace::Middle : BatchPlace::Last;
    }
    return hasMore ? BatchPlace::First : BatchPlace::None;
}

void
HoststackSocketGuard::Leave(hoststack::host::Work& work)
{
    m_lock.Leave(work);
}

void
HoststackSocketGuard::Keep(const hoststack::Burst& burst, hoststack::TimeNs now, bool wakes)
{
    m_kept.push_back({burst.segment, burst.truesize, now});
    m_isKeeping = !hoststack::EndsBatch(burst.place);
    m_isWoken = m_isWoken || wakes;
}

std::vector<HoststackSocketGuard::Kept>
HoststackSocketGuard::TakeKept()
{
    m_isKeeping = false;
    m_isWoken = false;
    return std::exchange(m_kept, {});
}

void
HoststackSocketGuard::Forget(const hoststack::host::Work& work)
{
    m_lock.Forget(work);
}

bool
HoststackSocketGuard::DoLeft(hoststack::host::Context& context)
{
    bool didAny = false;
    while (auto* work = m_lock.TakeLeft())
    {
        work->Run(context);
        didAny = true;
    }
    return didAny;
}

void
HoststackSocketGuard::WorkerItem::Run(hoststack::host::Context& context)
{
    m_socket.OnWorker(context);
}

void
HoststackSocketGuard::Run(hoststack::host::Context& context)
{
    const Ptr<HoststackTcpSocket> guard(&m_socket);
    const auto waiting = std::move(m_backlog.front());
    m_backlog.pop_front();
    if (!m_backlog.empty())
    {
        m_lock.Leave(*this);
    }
    else
    {
        m_held.clear();
    }
    if (waiting.isEnd)
    {
        m_socket.EndBatch(context);
        return;
    }
    m_socket.TakeBacklog(context,
                         waiting.subflow,
                         {waiting.segment, waiting.truesize, PlaceOf(waiting)});
}

} // namespace ns3
