// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-kernel-stream.h"

#include "ns3/hs-live-messages.h"
#include "ns3/hs-monotonic-clock.h"

#include <algorithm>
#include <cerrno>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <sys/epoll.h>
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

KernelStream::KernelStream(std::unique_ptr<Program> program,
                           StreamPattern written,
                           StreamPattern read)
    : m_program(std::move(program)),
      m_written(written),
      m_read(read),
      m_block(kBlock)
{
}

KernelStream::~KernelStream()
{
    LetGo();
}

void
KernelStream::Begin(int socket, bool isConnected)
{
    m_socket = socket;
    m_record.opened = MonotonicNow();
    m_connecting = !isConnected;
    if (isConnected)
    {
        m_record.connected = m_record.opened;
        Step(Ready::Connected);
    }
}

void
KernelStream::Fail()
{
    m_record.failed = true;
    m_wakeAt = kNever;
    LetGo();
}

void
KernelStream::Refuse()
{
    Fail();
    m_program->HandleFailure(*this);
}

bool
KernelStream::IsConnectRefused() const
{
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(m_socket, SOL_SOCKET, SO_ERROR, &error, &size);
    return error != 0;
}

void
KernelStream::OnReady(std::uint32_t events)
{
    if (m_socket < 0)
    {
        return;
    }
    if (m_closed)
    {
        Drop();
        return;
    }
    if (m_connecting)
    {
        if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0)
        {
            return;
        }
        if (IsConnectRefused())
        {
            Refuse();
            return;
        }
        m_connecting = false;
        m_record.connected = MonotonicNow();
        Step(Ready::Connected);
    }
    m_isBroken = m_isBroken || (events & EPOLLERR) != 0;
    // All that one return of the wait says; a reset looks like an end, too.
    std::optional<Ready> news;
    if ((events & EPOLLRDHUP) != 0 && !m_isBroken && !m_peerClosed)
    {
        m_peerClosed = true;
        news = Ready(Ready::Readable) | Ready::Ended;
    }
    else if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0)
    {
        news = Ready::Readable;
    }
    if ((events & EPOLLOUT) != 0)
    {
        news = news ? *news | Ready::Writable : Ready(Ready::Writable);
    }
    if (news)
    {
        Step(*news);
    }
}

void
KernelStream::OnTime(TimeNs now)
{
    if (m_wakeAt <= now)
    {
        m_wakeAt = kNever;
        Step(Ready::Timer);
    }
}

void
KernelStream::Stop()
{
    if (!IsOver())
    {
        Step(Ready::Stop);
    }
}

/// What follows from what the program has done is done afterwards.
void
KernelStream::Step(Ready ready)
{
    if (m_closed || m_record.failed)
    {
        return;
    }
    const auto waited = m_program->HowItWaits();
    const auto moved = m_record.bytesRead + m_record.bytesWritten;
    const auto from = MonotonicNow();
    m_program->Step(*this, ready);
    CountStep(ready, waited, moved, from);
    m_hasStepped = true;
    if (std::exchange(m_endIsNews, false) && !m_closed)
    {
        m_program->Step(*this, Ready::Ended);
    }
    if (m_isBroken && m_socket >= 0 && !m_closed && AskAvailable() == 0)
    {
        Refuse();
    }
    else if (m_peerClosed && m_sendClosed && m_socket >= 0 && AskAvailable() == 0)
    {
        LetGo();
    }
}

/// As HoststackSession counts: what DoStep says there.
void
KernelStream::CountStep(Ready ready, Program::Wait waited, std::uint64_t moved, TimeNs from)
{
    using Wait = Program::Wait;
    if (waited == Wait::Busy)
    {
        return;
    }
    const bool isUseful = m_record.bytesRead + m_record.bytesWritten != moved ||
                          ready.Has(Ready::Connected) || ready.Has(Ready::Ended) ||
                          m_program->HowItWaits() == Wait::Busy;
    const bool hasReturned =
        isUseful || ((ready.Has(Ready::Readable) || ready.Has(Ready::Writable)) &&
                     waited != Wait::Sleep && (waited != Wait::Level || PollsReadable()));
    m_record.wakeUps += hasReturned ? 1 : 0;
    if (hasReturned && !isUseful)
    {
        ++m_record.idleWakeUps;
        m_record.idleTime += MonotonicNow() - from;
    }
}

/// As poll(2) calls it.
bool
KernelStream::PollsReadable() const
{
    pollfd one{m_socket, POLLIN, 0};
    return m_socket >= 0 && ::poll(&one, 1, 0) > 0 && (one.revents & POLLIN) != 0;
}

bool
KernelStream::WaitsInVain()
{
    return std::exchange(m_hasStepped, false) && m_socket >= 0 && !m_connecting && !m_closed &&
           !m_peerClosed && !m_record.IsOver() && m_program->HowItWaits() == Program::Wait::Level &&
           PollsReadable() && AskAvailable() == 0;
}

void
KernelStream::OnVainWait()
{
    Step(Ready::Readable);
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

namespace
{

/// Those of \p times that are new since \p taken.
std::vector<TimeNs>
TakeNew(const std::vector<TimeNs>* times, std::size_t& taken)
{
    if (!times)
    {
        return {};
    }
    const auto first = times->begin() + static_cast<std::ptrdiff_t>(taken);
    taken = times->size();
    return {first, times->end()};
}

} // namespace

std::vector<TimeNs>
KernelStream::TakeAnswers()
{
    return TakeNew(m_program->FindResponseTimes(), m_answersTaken);
}

std::vector<TimeNs>
KernelStream::TakeResumptions()
{
    return TakeNew(m_program->FindResumeDelays(), m_resumptionsTaken);
}

TimeNs
KernelStream::Now() const
{
    return MonotonicNow();
}

std::uint64_t
KernelStream::Write(std::uint64_t bytes, bool more)
{
    std::uint64_t done = 0;
    while (done < bytes)
    {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(bytes - done, kBlock));
        m_written.Fill(m_record.bytesWritten, m_block.data(), size);
        const auto sent = Send(m_block.data(), size, more);
        done += sent;
        if (sent < size)
        {
            break;
        }
    }
    return done;
}

std::uint64_t
KernelStream::WriteFrom(ContentQueue& from)
{
    // One write, whatever it is put together from.
    std::vector<std::uint8_t> bytes(from.Length());
    from.CopyFront(bytes.data(), bytes.size());
    const auto taken = Send(bytes.data(), bytes.size(), false);
    from.Drop(taken);
    return taken;
}

std::uint64_t
KernelStream::Send(const std::uint8_t* bytes, std::uint64_t count, bool more)
{
    m_available.reset();
    std::uint64_t done = 0;
    while (done < count && m_socket >= 0 && !m_sendClosed)
    {
        const auto sent =
            send(m_socket, bytes + done, count - done, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
        if (sent > 0)
        {
            done += static_cast<std::uint64_t>(sent);
            m_record.bytesWritten += static_cast<std::uint64_t>(sent);
        }
        else if (errno == EAGAIN)
        {
            break;
        }
        else if (errno != EINTR)
        {
            Refuse();
        }
    }
    return done;
}

void
KernelStream::SetCork(bool on)
{
    const int value = on ? 1 : 0;
    setsockopt(m_socket, IPPROTO_TCP, TCP_CORK, &value, sizeof value);
}

std::uint64_t
KernelStream::ReadPart(std::uint64_t most)
{
    std::uint64_t done = 0;
    while (done < most)
    {
        const auto length = Receive(most - done);
        if (length == 0)
        {
            break;
        }
        const auto matched = m_read.Match(m_record.bytesRead, m_block.data(), length);
        if (matched < length && m_record.wrongAt < 0)
        {
            m_record.wrongAt = static_cast<std::int64_t>(m_record.bytesRead + matched);
        }
        m_record.bytesRead += length;
        done += length;
    }
    return done;
}

std::uint64_t
KernelStream::ReadInto(ContentQueue& into, std::uint64_t most)
{
    std::uint64_t done = 0;
    while (done < most)
    {
        const auto length = Receive(most - done);
        if (length == 0)
        {
            break;
        }
        into.Append(Payload::Copy(m_block.data(), static_cast<std::uint32_t>(length)));
        m_record.bytesRead += length;
        done += length;
    }
    EndRead(done);
    return done;
}

std::size_t
KernelStream::Receive(std::uint64_t most)
{
    m_available.reset();
    while (m_socket >= 0)
    {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(most, kBlock));
        const auto got = recv(m_socket, m_block.data(), size, 0);
        if (got > 0)
        {
            return static_cast<std::size_t>(got);
        }
        if (got == 0)
        {
            m_endIsNews = !std::exchange(m_peerClosed, true);
            break;
        }
        if (errno == EAGAIN)
        {
            break;
        }
        if (errno != EINTR)
        {
            Refuse();
        }
    }
    return 0;
}

std::uint64_t
KernelStream::Read(std::uint64_t most)
{
    const auto done = ReadPart(most);
    EndRead(done);
    return done;
}

void
KernelStream::EndRead(std::uint64_t copied)
{
    if (copied > 0)
    {
        m_record.NoteRead(MonotonicNow());
    }
}

std::uint64_t
KernelStream::Available() const
{
    if (!m_available || m_askedAt != MonotonicClock::Own().Looks())
    {
        m_available = AskAvailable();
        m_askedAt = MonotonicClock::Own().Looks();
    }
    return *m_available;
}

std::uint64_t
KernelStream::AskAvailable() const
{
    // SIOCINQ makes a multipath socket that holds data wake whoever waits for it
    // (__mptcp_move_skbs, Linux 6.12): a program that looks and reads nothing would wake itself for
    // ever.
    const auto inOrder = m_socket >= 0 && m_multipath ? BytesInOrder(m_socket) : std::nullopt;
    if (inOrder && *inOrder > m_record.bytesRead)
    {
        return *inOrder - m_record.bytesRead;
    }
    int waiting = 0;
    if (m_socket < 0 || ioctl(m_socket, SIOCINQ, &waiting) != 0 || waiting <= 0)
    {
        return 0;
    }
    // Linux counts the end of a multipath stream as a byte (mptcp_inq_hint).
    char byte = 0;
    const bool isEnd =
        waiting == 1 && m_peerClosed && recv(m_socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
    return isEnd ? 0 : static_cast<std::uint64_t>(waiting);
}

std::optional<tcp::WindowStatus>
KernelStream::Window() const
{
    return m_socket >= 0 ? WindowOf(m_socket, m_multipath) : std::nullopt;
}

void
KernelStream::CloseSend()
{
    if (m_socket >= 0 && !std::exchange(m_sendClosed, true))
    {
        shutdown(m_socket, SHUT_WR);
    }
}

void
KernelStream::Close()
{
    CloseSend();
    m_closed = true;
    m_wakeAt = kNever;
    Drop();
}

/// Waits for nothing but the peer's end.
void
KernelStream::Drop()
{
    while (m_socket >= 0)
    {
        const auto got = recv(m_socket, m_block.data(), m_block.size(), 0);
        if (got < 0 && errno == EAGAIN)
        {
            return;
        }
        if (got == 0 || (got < 0 && errno != EINTR))
        {
            LetGo();
        }
    }
}

void
KernelStream::LetGo()
{
    if (m_socket >= 0)
    {
        Look();
        close(std::exchange(m_socket, -1));
        m_available.reset();
    }
}

void
KernelStream::Look()
{
    if (m_socket >= 0 && !m_connecting)
    {
        m_picture.Look(m_socket, m_multipath);
    }
}

void
KernelStream::Finish()
{
    if (!IsOver())
    {
        m_record.finished = MonotonicNow();
    }
}

void
KernelStream::WakeAt(TimeNs at)
{
    m_wakeAt = m_closed ? kNever : at;
}

} // namespace hoststack
