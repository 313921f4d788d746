// SPDX-License-Identifier: GPL-2.0-only

// HoststackTcpSocket: reading, writing and closing.

#include "ns3/hs-listen-queue.h"
#include "ns3/hs-tcp-socket.h"

#include <ns3/node.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace ns3
{

using hoststack::Payload;
using hoststack::tcp::State;

namespace
{

constexpr std::uint32_t kInfinite = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint32_t kMsgMore = 0x8000; // MSG_MORE of Linux

} // namespace

// Reading and writing

bool
HoststackTcpSocket::CanSend() const
{
    if (!m_stream || m_ending.sendShut || m_rest.closes)
    {
        Fail(m_stream ? ERROR_SHUTDOWN : ERROR_NOTCONN);
        return false;
    }
    switch (m_stream->GetState())
    {
    case State::SynSent:
    case State::SynReceived:
    case State::Established:
    case State::CloseWait:
        return true;
    default:
        Fail(ERROR_NOTCONN);
        return false;
    }
}

int
HoststackTcpSocket::Send(Ptr<Packet> packet, std::uint32_t flags)
{
    if (!CanSend())
    {
        return -1;
    }
    Activity activity(*this);
    const auto size = packet->GetSize();
    Payload bytes = Payload::Virtual(size);
    if (!m_virtualPayload)
    {
        std::vector<std::uint8_t> content(size);
        packet->CopyData(content.data(), size);
        bytes = Payload::Copy(content.data(), size);
    }
    if (m_unsent.Length() > 0)
    {
        return Fail(ERROR_AGAIN);
    }
    const auto taken = m_stream->Send(Now(), bytes, (flags & kMsgMore) != 0);
    m_rest.hasWritten = m_rest.hasWritten || taken > 0;
    if (taken == 0 && size > 0)
    {
        return Fail(ERROR_AGAIN);
    }
    bytes.TrimFront(taken);
    m_unsent = std::move(bytes);
    return static_cast<int>(size);
}

int
HoststackTcpSocket::SendTo(Ptr<Packet> packet, std::uint32_t flags, const Address& /* to */)
{
    return Send(packet, flags);
}

std::uint32_t
HoststackTcpSocket::Write(const Payload& bytes, bool more)
{
    if (!CanSend() || m_unsent.Length() > 0)
    {
        return 0;
    }
    Activity activity(*this);
    m_context->ChargeBytes(hoststack::host::Operation::CopyIn,
                           std::min(bytes.Length(), m_stream->SendSpace()));
    const auto taken = m_stream->Send(Now(), bytes, more);
    m_rest.hasWritten = m_rest.hasWritten || taken > 0;
    return taken;
}

void
HoststackTcpSocket::SetCork(bool on)
{
    m_corked = on;
    if (m_stream)
    {
        Activity activity(*this);
        m_stream->SetCork(Now(), on);
    }
}

void
HoststackTcpSocket::ChargeCopyOut(std::uint32_t max)
{
    m_context->ChargeBytes(hoststack::host::Operation::CopyOut,
                           std::min(max, m_stream->Available()));
}

std::uint32_t
HoststackTcpSocket::Read(std::uint32_t max, std::vector<Payload>* out)
{
    if (!m_stream)
    {
        return 0;
    }
    Activity activity(*this);
    ChargeCopyOut(max);
    const auto read = m_stream->Read(Now(), max, out);
    CloseAfterEnd();
    return read;
}

std::uint32_t
HoststackTcpSocket::ReadPart(std::uint32_t max, std::vector<Payload>* out)
{
    if (!m_stream)
    {
        return 0;
    }
    Activity activity(*this);
    ChargeCopyOut(max);
    return m_stream->ReadPart(Now(), max, out);
}

void
HoststackTcpSocket::EndRead(std::uint32_t copied)
{
    if (m_stream)
    {
        Activity activity(*this);
        m_stream->EndRead(Now(), copied);
        CloseAfterEnd();
    }
}

hoststack::tcp::WindowStatus
HoststackTcpSocket::GetWindowStatus() const
{
    return m_stream ? m_stream->GetWindowStatus() : hoststack::tcp::WindowStatus();
}

void
HoststackTcpSocket::CloseAfterEnd()
{
    if (m_ending.sendShut && m_established && m_stream->EndOfStream())
    {
        CloseConnection();
    }
}

std::uint32_t
HoststackTcpSocket::GetTxAvailable() const
{
    if (!m_stream)
    {
        return GetConfig()->sendBuffer;
    }
    return m_unsent.Length() > 0 || m_rest.closes ? 0 : m_stream->SendSpace();
}

std::uint32_t
HoststackTcpSocket::GetRxAvailable() const
{
    return m_stream ? m_stream->Available() : 0;
}

Ptr<Packet>
HoststackTcpSocket::Recv(std::uint32_t maxSize, std::uint32_t /* flags */)
{
    if (!m_stream)
    {
        Fail(ERROR_NOTCONN);
        return nullptr;
    }
    const bool end = m_stream->EndOfStream();
    std::vector<Payload> pieces;
    const auto length = Read(maxSize, m_virtualPayload ? nullptr : &pieces);
    if (length == 0)
    {
        Fail(end ? ERROR_NOTERROR : ERROR_AGAIN);
        return end ? Create<Packet>() : nullptr;
    }
    if (m_virtualPayload)
    {
        return Create<Packet>(length);
    }
    auto packet = Create<Packet>();
    for (const auto& piece : pieces)
    {
        packet->AddAtEnd(piece.IsVirtual() ? Create<Packet>(piece.Length())
                                           : Create<Packet>(piece.Data(), piece.Length()));
    }
    return packet;
}

Ptr<Packet>
HoststackTcpSocket::RecvFrom(std::uint32_t maxSize, std::uint32_t flags, Address& from)
{
    auto packet = Recv(maxSize, flags);
    if (packet && packet->GetSize() > 0)
    {
        if (!m_peer)
        {
            m_peer = std::make_unique<Address>();
            GetPeerName(*m_peer);
        }
        from = *m_peer;
    }
    return packet;
}

// Closing

void
HoststackTcpSocket::CloseConnection()
{
    Activity activity(*this);
    // The core would forget a connection that is not open yet, as kernels do; an ns-3 application
    // expects what it wrote to arrive.
    const bool opening = m_rest.hasWritten && m_stream->GetState() == State::SynSent;
    if (m_unsent.Length() > 0 || opening)
    {
        m_rest.closes = true;
        m_rest.closesBoth = true;
        return;
    }
    m_stream->Close(Now());
    BecomeOrphan();
}

void
HoststackTcpSocket::FinishClosing()
{
    if (!m_rest.closes || m_unsent.Length() > 0)
    {
        return;
    }
    m_rest.closes = false;
    if (m_rest.closesBoth)
    {
        m_stream->Close(Now());
        BecomeOrphan();
    }
    else
    {
        m_stream->CloseSend(Now());
    }
}

int
HoststackTcpSocket::Close()
{
    if (m_listening)
    {
        const Ptr<HoststackTcpSocket> guard(this);
        m_protocol->Remove(*this);
        m_listening = false;
        m_open = false;
        // inet_csk_listen_stop: what nobody has accepted is reset.
        for (const auto& child : std::exchange(m_queue->Complete(), {}))
        {
            child->m_unaccepted = false;
            child->Abort();
        }
        Forget();
        return 0;
    }
    if (!m_stream)
    {
        return 0;
    }
    CloseConnection();
    return 0;
}

int
HoststackTcpSocket::ShutdownSend()
{
    m_ending.sendShut = true;
    if (!m_stream)
    {
        return 0;
    }
    Activity activity(*this);
    if (m_unsent.Length() > 0)
    {
        m_rest.closes = true;
    }
    else
    {
        m_stream->CloseSend(Now());
    }
    return 0;
}

int
HoststackTcpSocket::ShutdownRecv()
{
    m_ending.receiveShut = true;
    if (m_stream)
    {
        Activity activity(*this);
        m_stream->Read(Now(), kInfinite, nullptr);
    }
    return 0;
}

void
HoststackTcpSocket::Abort()
{
    if (m_stream)
    {
        Activity activity(*this);
        m_unsent = Payload();
        m_stream->Abort(Now());
    }
}

} // namespace ns3
