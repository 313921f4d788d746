// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-live-messages.h"

#include "ns3/hs-monotonic-clock.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <sys/socket.h>
#include <sys/uio.h>
#include <type_traits>

namespace hoststack
{

static_assert(std::is_trivially_copyable_v<LiveOrder> && std::is_trivially_copyable_v<LiveNotice>,
              "messages go as they lie in memory");

namespace
{

template <class Message>
bool
Send(int socket, const Message& message)
{
    ssize_t sent = 0;
    do
    {
        sent = send(socket, &message, sizeof message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent == static_cast<ssize_t>(sizeof message);
}

} // namespace

TimeNs
MonotonicNow()
{
    return MonotonicClock::Own().Now();
}

void
SetText(LiveNotice& notice, const std::string& text)
{
    const auto length = std::min(text.size(), notice.text.size() - 1);
    std::copy_n(text.begin(), length, notice.text.begin());
    notice.text[length] = 0;
}

bool
SendOrder(int socket, const LiveOrder& order)
{
    return Send(socket, order);
}

bool
ReceiveOrder(int socket, LiveOrder& order)
{
    ssize_t got = 0;
    do
    {
        got = recv(socket, &order, sizeof order, 0);
    } while (got < 0 && errno == EINTR);
    return got == static_cast<ssize_t>(sizeof order);
}

bool
SendNotice(int socket, const LiveNotice& notice, int descriptor)
{
    if (descriptor < 0)
    {
        return Send(socket, notice);
    }
    iovec part{const_cast<LiveNotice*>(&notice), sizeof notice};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    auto* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    return sendmsg(socket, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof notice);
}

bool
ReceiveNotice(int socket, LiveNotice& notice, int& descriptor)
{
    descriptor = -1;
    iovec part{&notice, sizeof notice};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    ssize_t got = 0;
    do
    {
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got != static_cast<ssize_t>(sizeof notice))
    {
        return false;
    }
    const auto* header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
    {
        std::memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
    }
    return true;
}

} // namespace hoststack
