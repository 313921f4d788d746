// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-kernel-stream.h"

#include "ns3/hs-live-messages.h"

#include <algorithm>
#include <cerrno>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace hoststack
{

namespace
{

/// Bytes per system call.
constexpr std::size_t kBlock = 256 * 1024;

} // namespace

KernelStream::KernelStream(StreamPattern written, StreamPattern read)
    : m_written(written),
      m_read(read),
      m_block(kBlock)
{
}

KernelStream::~KernelStream()
{
    Close();
}

void
KernelStream::Begin(int socket, bool isConnected)
{
    m_socket = socket;
    m_record.opened = MonotonicNow();
    m_connecting = !isConnected;
    if (isConnected)
    {
        HandleConnected();
    }
}

void
KernelStream::HandleConnected()
{
    m_connecting = false;
    m_record.connected = MonotonicNow();
    OnConnected();
}

void
KernelStream::Fail()
{
    m_record.failed = true;
    m_wakeAt = kNever;
    Close();
}

int
KernelStream::Descriptor() const
{
    return Wanted() != 0 ? m_socket : -1;
}

short
KernelStream::Wanted() const
{
    if (m_socket < 0)
    {
        return 0;
    }
    if (m_connecting)
    {
        return POLLOUT;
    }
    // A finished stream only waits for the end of the other one.
    const bool in = !m_peerClosed && (IsFinished() || WantsData());
    return static_cast<short>((in ? POLLIN : 0) | (m_wantsRoom ? POLLOUT : 0));
}

void
KernelStream::OnReady(short events)
{
    if (m_connecting)
    {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(m_socket, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0)
        {
            Fail();
            return;
        }
        HandleConnected();
        return;
    }
    if (m_socket >= 0 && (events & POLLOUT) != 0)
    {
        m_wantsRoom = false;
        OnWritable();
    }
    if (m_socket >= 0 && (events & (POLLIN | POLLERR | POLLHUP)) != 0)
    {
        if (IsFinished())
        {
            while (Read(kAll) > 0)
            {
            }
        }
        else
        {
            OnReadable();
        }
    }
    if (m_peerClosed && m_socket >= 0)
    {
        OnPeerClosed();
        if (m_shutDown)
        {
            Close();
        }
    }
}

void
KernelStream::OnTime()
{
    if (m_wakeAt <= MonotonicNow())
    {
        m_wakeAt = kNever;
        OnWake();
    }
}

void
KernelStream::Stop()
{
    ShutDown();
    Finish();
}

void
KernelStream::Abort()
{
    if (m_socket < 0 || IsFinished())
    {
        return;
    }
    const linger reset{1, 0};
    setsockopt(m_socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    // Linux: mptcp_disconnect() sends MP_FASTCLOSE where a mere close() would end politely.
    const sockaddr none{AF_UNSPEC, {}};
    connect(m_socket, &none, sizeof none);
    Fail();
}

std::vector<TimeNs>
KernelStream::TakeAnswers()
{
    return std::exchange(m_answers, {});
}

std::uint64_t
KernelStream::Write(std::uint64_t bytes)
{
    std::uint64_t done = 0;
    while (done < bytes && m_socket >= 0 && !m_shutDown)
    {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(bytes - done, kBlock));
        m_written.Fill(m_record.bytesWritten, m_block.data(), size);
        const auto sent = send(m_socket, m_block.data(), size, MSG_NOSIGNAL);
        if (sent > 0)
        {
            done += static_cast<std::uint64_t>(sent);
            m_record.bytesWritten += static_cast<std::uint64_t>(sent);
        }
        else if (errno == EAGAIN)
        {
            m_wantsRoom = true;
            break;
        }
        else if (errno != EINTR)
        {
            Fail();
        }
    }
    return done;
}

std::uint64_t
KernelStream::Read(std::uint64_t most)
{
    std::uint64_t done = 0;
    while (done < most && m_socket >= 0)
    {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(most - done, kBlock));
        const auto got = recv(m_socket, m_block.data(), size, 0);
        if (got > 0)
        {
            const auto length = static_cast<std::size_t>(got);
            const auto matched = m_read.Match(m_record.bytesRead, m_block.data(), length);
            if (matched < length && m_record.wrongAt < 0)
            {
                m_record.wrongAt = static_cast<std::int64_t>(m_record.bytesRead + matched);
            }
            m_record.bytesRead += length;
            done += length;
        }
        else if (got == 0)
        {
            m_peerClosed = true;
            break;
        }
        else if (errno == EAGAIN)
        {
            break;
        }
        else if (errno != EINTR)
        {
            Fail();
        }
    }
    if (done > 0)
    {
        const auto now = MonotonicNow();
        if (m_record.firstRead < 0)
        {
            m_record.firstRead = now;
        }
        else
        {
            m_record.longestGap = std::max(m_record.longestGap, now - m_record.lastRead);
        }
        m_record.lastRead = now;
        ++m_record.reads;
    }
    return done;
}

std::uint64_t
KernelStream::Available() const
{
    int waiting = 0;
    return m_socket >= 0 && ioctl(m_socket, SIOCINQ, &waiting) == 0 && waiting > 0
               ? static_cast<std::uint64_t>(waiting)
               : 0;
}

void
KernelStream::ShutDown()
{
    if (m_socket >= 0 && !std::exchange(m_shutDown, true))
    {
        shutdown(m_socket, SHUT_WR);
        m_wantsRoom = false;
    }
}

void
KernelStream::Close()
{
    if (m_socket >= 0)
    {
        close(std::exchange(m_socket, -1));
    }
}

void
KernelStream::Finish()
{
    if (m_record.finished < 0 && !m_record.failed)
    {
        m_record.finished = MonotonicNow();
        m_wakeAt = kNever;
    }
}

} // namespace hoststack
