// SPDX-License-Identifier: GPL-2.0-only

// Connection: the calls that only a multipath layer makes.

#include "ns3/hs-tcp-connection.h"

#include <algorithm>

namespace hoststack::tcp
{

void
Connection::Write(const Payload& bytes)
{
    m_sender.Write(bytes);
}

void
Connection::WriteMapped(const Payload& bytes, std::uint32_t begun)
{
    m_sender.WriteMapped(bytes, begun);
}

void
Connection::Push(TimeNs now)
{
    if (CanSendData())
    {
        m_sender.PushPending(now);
    }
}

std::uint32_t
Connection::Take(std::uint32_t max, std::vector<Payload>& out)
{
    return m_receiver.Take(max, out);
}

void
Connection::CleanupAfterRead(TimeNs now, std::uint32_t copied, bool queueEmpty, bool mayUpdate)
{
    if (m_common.state != State::Closed)
    {
        AckAfterRead(now, copied > 0 && queueEmpty, mayUpdate && copied > 0);
    }
}

void
Connection::AckNow(TimeNs now)
{
    SendAck(now);
}

} // namespace hoststack::tcp
