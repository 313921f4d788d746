// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-kernel-stream-loop.h"

#include "ns3/hs-live-messages.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <sys/epoll.h>
#include <unistd.h>

namespace hoststack
{

KernelStreamLoop::KernelStreamLoop()
    : m_epoll(epoll_create1(EPOLL_CLOEXEC))
{
    if (m_epoll < 0)
    {
        throw std::runtime_error(std::string("epoll: ") + std::strerror(errno));
    }
}

KernelStreamLoop::~KernelStreamLoop()
{
    close(m_epoll);
}

void
KernelStreamLoop::Add(KernelStream& stream)
{
    m_streams.push_back(&stream);
    if (stream.Descriptor() < 0)
    {
        return;
    }
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &stream;
    if (epoll_ctl(m_epoll, EPOLL_CTL_ADD, stream.Descriptor(), &event) != 0)
    {
        throw std::runtime_error(std::string("epoll: ") + std::strerror(errno));
    }
}

TimeNs
KernelStreamLoop::Deadline() const
{
    TimeNs deadline = kNever;
    for (const auto* stream : m_streams)
    {
        deadline = std::min(deadline, stream->WakeTime());
    }
    return m_isVain ? std::min(deadline, m_vainAt + 1) : deadline;
}

void
KernelStreamLoop::Run()
{
    std::array<epoll_event, 64> events;
    const int count = epoll_wait(m_epoll, events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i)
    {
        static_cast<KernelStream*>(events[i].data.ptr)->OnReady(events[i].events);
    }
    // One look at the clock for all: in virtual time each costs 256 ns (timer_read, Linux 6.12),
    // and what many of them take the links' clock is late.
    const auto due = MonotonicNow();
    // A step can open another stream.
    for (std::size_t i = 0; i < m_streams.size(); ++i)
    {
        m_streams[i]->OnTime(due);
    }
    // Where no time passes, once and not for ever.
    const auto now = MonotonicNow();
    if (now == m_vainAt)
    {
        return;
    }
    m_isVain = false;
    for (std::size_t i = 0; i < m_streams.size(); ++i)
    {
        if (m_streams[i]->WaitsInVain())
        {
            m_isVain = true;
            m_vainAt = now;
            m_streams[i]->OnVainWait();
        }
    }
}

} // namespace hoststack
