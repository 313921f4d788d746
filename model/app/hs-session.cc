// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-session.h"

#include "ns3/hs-packet-content.h"
#include "ns3/hs-tcp-socket.h"

#include <ns3/packet.h>
#include <ns3/simulator.h>

#include <algorithm>
#include <utility>

namespace ns3
{

HoststackSession::HoststackSession(std::unique_ptr<hoststack::Program> program)
    : m_program(std::move(program))
{
}

HoststackSession::~HoststackSession()
{
    m_wake.Cancel();
    if (m_thread != nullptr)
    {
        m_machine->Processor().End(*m_thread);
    }
    if (m_worker)
    {
        m_worker->Forget(*this);
    }
    if (m_socket)
    {
        m_socket->SetConnectCallback(MakeNullCallback<void, Ptr<Socket>>(),
                                     MakeNullCallback<void, Ptr<Socket>>());
        m_socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
        m_socket->SetSendCallback(MakeNullCallback<void, Ptr<Socket>, std::uint32_t>());
        m_socket->SetCloseCallbacks(MakeNullCallback<void, Ptr<Socket>>(),
                                    MakeNullCallback<void, Ptr<Socket>>());
    }
}

void
HoststackSession::Use(Ptr<Socket> socket, const Hook& hook)
{
    m_socket = socket;
    m_own = dynamic_cast<HoststackTcpSocket*>(PeekPointer(socket));
    m_machine = HoststackMachine::Of(socket->GetNode());
    m_record.opened = Now();
    socket->SetRecvCallback(MakeCallback(&HoststackSession::HandleReadable, this));
    socket->SetSendCallback(MakeCallback(&HoststackSession::HandleWritable, this));
    socket->SetCloseCallbacks(MakeCallback(&HoststackSession::HandlePeerClosed, this),
                              MakeCallback(&HoststackSession::HandleError, this));
    if (hook)
    {
        hook(*this);
    }
    if (!m_worker)
    {
        m_thread = &m_machine->Processor().Spawn({}, *this);
    }
}

void
HoststackSession::Open(Ptr<Socket> socket, const Hook& hook)
{
    Use(socket, hook);
    socket->SetConnectCallback(MakeCallback(&HoststackSession::HandleConnected, this),
                               MakeCallback(&HoststackSession::HandleFailed, this));
}

void
HoststackSession::Accept(Ptr<Socket> socket, const Hook& hook)
{
    Use(socket, hook);
    HandleConnected(socket);
}

void
HoststackSession::CarryContent(hoststack::StreamPattern written, hoststack::StreamPattern read)
{
    m_content = Content{written, read, {}, {}};
}

void
HoststackSession::Stop()
{
    Step(hoststack::Ready::Stop);
}

void
HoststackSession::Abort()
{
    if (!m_socket || m_wasOver)
    {
        return;
    }
    if (m_own)
    {
        m_own->Abort();
    }
    else
    {
        Close();
    }
    Fail();
}

std::uint64_t
HoststackSession::Write(std::uint64_t bytes, bool more)
{
    std::uint32_t taken = 0;
    if (m_closed)
    {
        return 0;
    }
    if (m_own && m_content)
    {
        taken = WriteContent(bytes, more);
    }
    else if (m_own)
    {
        const auto most = static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, kMost));
        taken = m_own->Write(hoststack::Payload::Virtual(most), more);
    }
    else
    {
        // TcpSocketBase takes a packet whole or not at all.
        const auto fits =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, m_socket->GetTxAvailable()));
        const int sent = fits > 0 ? m_socket->Send(PacketToWrite(fits)) : 0;
        taken = sent > 0 ? static_cast<std::uint32_t>(sent) : 0;
    }
    m_record.bytesWritten += taken;
    return taken;
}

/// In one call, as without content: what leaves depends on how much is written at once.
std::uint32_t
HoststackSession::WriteContent(std::uint64_t bytes, bool more)
{
    constexpr std::uint64_t beyond = 65536; // more than fits, if there is more to write
    const auto size = static_cast<std::uint32_t>(
        std::min({bytes, std::uint64_t{kMost}, m_own->GetTxAvailable() + beyond}));
    m_content->block.resize(size);
    m_content->written.Fill(m_record.bytesWritten, m_content->block.data(), size);
    return m_own->Write(hoststack::Payload::Copy(m_content->block.data(), size), more);
}

/// For a socket of ns-3's own TCP.
Ptr<Packet>
HoststackSession::PacketToWrite(std::uint32_t size)
{
    if (!m_content)
    {
        return Create<Packet>(size);
    }
    m_content->block.resize(size);
    m_content->written.Fill(m_record.bytesWritten, m_content->block.data(), size);
    auto packet = Create<Packet>(m_content->block.data(), size);
    MarkContent(*packet);
    return packet;
}

void
HoststackSession::SetCork(bool on)
{
    if (m_own)
    {
        m_own->SetCork(on);
    }
}

std::uint32_t
HoststackSession::TakeContent(std::uint32_t most, bool isPart)
{
    m_content->pieces.clear();
    const auto got =
        isPart ? m_own->ReadPart(most, &m_content->pieces) : m_own->Read(most, &m_content->pieces);
    auto offset = m_record.bytesRead;
    for (const auto& piece : m_content->pieces)
    {
        CompareContent(offset, piece.IsVirtual() ? nullptr : piece.Data(), piece.Length());
        offset += piece.Length();
    }
    m_content->pieces.clear();
    return got;
}

/// \param bytes nullptr: they are not what was written
void
HoststackSession::CompareContent(std::uint64_t offset,
                                 const std::uint8_t* bytes,
                                 std::uint32_t length)
{
    const std::size_t matched = bytes == nullptr ? 0 : m_content->read.Match(offset, bytes, length);
    if (matched < length && m_record.wrongAt < 0)
    {
        m_record.wrongAt = static_cast<std::int64_t>(offset + matched);
    }
}

/// \return bytes read, which may be a part of a read
std::uint32_t
HoststackSession::Take(std::uint64_t most, bool isPart)
{
    const auto limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(most, kMost));
    std::uint32_t got = 0;
    if (m_own && m_content)
    {
        got = TakeContent(limit, isPart);
    }
    else if (m_own)
    {
        got = isPart ? m_own->ReadPart(limit, nullptr) : m_own->Read(limit, nullptr);
    }
    else if (const auto packet = m_socket->Recv(limit, 0))
    {
        got = packet->GetSize();
        if (m_content)
        {
            m_content->block.resize(got);
            packet->CopyData(m_content->block.data(), got);
            CompareContent(m_record.bytesRead, m_content->block.data(), got);
        }
    }
    m_record.bytesRead += got;
    return got;
}

std::uint64_t
HoststackSession::Read(std::uint64_t most)
{
    const auto got = Take(most, false);
    if (got > 0)
    {
        m_record.NoteRead(Now());
    }
    return got;
}

std::uint64_t
HoststackSession::ReadPart(std::uint64_t most)
{
    return Take(most, true);
}

void
HoststackSession::EndRead(std::uint64_t copied)
{
    if (m_own)
    {
        m_own->EndRead(static_cast<std::uint32_t>(std::min<std::uint64_t>(copied, kMost)));
    }
    if (copied > 0)
    {
        m_record.NoteRead(Now());
    }
}

std::uint64_t
HoststackSession::Available() const
{
    return m_socket->GetRxAvailable();
}

std::uint64_t
HoststackSession::ReadInto(hoststack::ContentQueue& into, std::uint64_t most)
{
    if (!m_own || !m_passesContent)
    {
        return ProgramIo::ReadInto(into, most);
    }
    std::vector<hoststack::Payload> pieces;
    const auto limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(most, kMost));
    const auto got = m_own->Read(limit, &pieces);
    for (auto& piece : pieces)
    {
        into.Append(std::move(piece));
    }
    m_record.bytesRead += got;
    if (got > 0)
    {
        m_record.NoteRead(Now());
    }
    return got;
}

std::uint64_t
HoststackSession::WriteFrom(hoststack::ContentQueue& from)
{
    if (!m_own || !m_passesContent)
    {
        return ProgramIo::WriteFrom(from);
    }
    if (m_closed)
    {
        return 0;
    }
    // One write, whatever it is put together from.
    std::vector<std::uint8_t> bytes;
    hoststack::ContentQueue rest = from;
    while (rest.Length() > 0)
    {
        const auto piece = rest.Front(kMost);
        bytes.resize(bytes.size() + piece.Length());
        piece.CopyTo(bytes.data() + bytes.size() - piece.Length());
        rest.Drop(piece.Length());
    }
    const auto taken = m_own->Write(
        hoststack::Payload::Copy(bytes.data(), static_cast<std::uint32_t>(bytes.size())));
    from.Drop(taken);
    m_record.bytesWritten += taken;
    return taken;
}

bool
HoststackSession::IsReadable(std::uint64_t least) const
{
    const auto* config = m_own ? m_own->GetConfig().get() : nullptr;
    return config && config->receiveLowat > 1 ? Available() > 0 && m_own->Poll().readable
                                              : ProgramIo::IsReadable(least);
}

std::optional<hoststack::tcp::WindowStatus>
HoststackSession::Window() const
{
    return m_own ? std::optional(m_own->GetWindowStatus()) : std::nullopt;
}

void
HoststackSession::Close()
{
    if (m_socket && !std::exchange(m_closed, true))
    {
        m_socket->Close();
    }
}

void
HoststackSession::CloseSend()
{
    if (m_socket && !std::exchange(m_closed, true))
    {
        m_socket->ShutdownSend();
    }
}

void
HoststackSession::Finish()
{
    if (m_record.finished >= 0)
    {
        return;
    }
    m_record.finished = Now();
    BeOver();
}

void
HoststackSession::TakeRecord(const Record& record)
{
    m_record = record;
    if (m_record.finished >= 0 || m_record.failed)
    {
        BeOver();
    }
}

void
HoststackSession::Fail()
{
    m_record.failed = true;
    m_closed = true;
    m_wake.Cancel();
    BeOver();
}

void
HoststackSession::BeOver()
{
    if (!std::exchange(m_wasOver, true) && m_onOver)
    {
        m_onOver();
    }
}

void
HoststackSession::WakeAt(hoststack::TimeNs at)
{
    m_wake.Cancel();
    if (at != hoststack::kNever)
    {
        // From the clock's time: a machine that charges is ahead of it.
        const auto left = std::max<hoststack::TimeNs>(0, at - m_machine->Clock().Now());
        m_wake = Simulator::Schedule(NanoSeconds(left), &HoststackSession::Wake, this);
    }
}

hoststack::TimeNs
HoststackSession::Now() const
{
    return m_machine->Current().Now();
}

void
HoststackSession::Wake()
{
    Step(hoststack::Ready::Timer);
}

void
HoststackSession::Step(hoststack::Ready ready)
{
    if (m_program && (m_thread != nullptr || m_worker))
    {
        m_ready = m_ready ? *m_ready | ready : ready;
        if (m_worker)
        {
            m_worker->Wake(Now(), *this);
            return;
        }
        m_machine->Processor().Wake(Now(), *m_thread);
    }
    else if (m_program)
    {
        m_program->Step(*this, ready);
    }
}

void
HoststackSession::Compute(hoststack::host::Operation operation, std::uint64_t bytes)
{
    m_machine->Current().ChargeBytes(operation, bytes);
}

void
HoststackSession::Run(hoststack::host::Context& context)
{
    if (!DoStep(context))
    {
        return;
    }
    m_ready = hoststack::Ready::Readable;
    if (context.GetFrame() != nullptr)
    {
        context.Ask(hoststack::host::Sequel::Later);
    }
    else
    {
        DoStep(context); // where no time passes it looks once, not for ever
    }
}

bool
HoststackSession::DoStep(hoststack::host::Context& context)
{
    if (!m_ready)
    {
        return false;
    }
    const auto ready = *std::exchange(m_ready, std::nullopt);
    const auto waited = m_program->HowItWaits();
    const auto moved = m_record.bytesRead + m_record.bytesWritten;
    const auto from = context.Now();
    if (std::exchange(m_waitsInVain, false) && context.GetFrame() != nullptr && Available() == 0)
    {
        context.Charge(hoststack::host::Operation::SocketCall); // epoll_wait()
        m_own->Read(0, nullptr);
    }
    m_program->Step(*this, ready);
    CountStep(ready, waited, moved, context.Now() - from);
    m_waitsInVain = WaitsInVain();
    return m_waitsInVain;
}

void
HoststackSession::CountStep(hoststack::Ready ready,
                            hoststack::Program::Wait waited,
                            std::uint64_t moved,
                            hoststack::TimeNs took)
{
    using hoststack::Ready;
    using Wait = hoststack::Program::Wait;
    if (waited == Wait::Busy)
    {
        return;
    }
    const bool isUseful = m_record.bytesRead + m_record.bytesWritten != moved ||
                          ready.Has(Ready::Connected) || ready.Has(Ready::Ended) ||
                          m_program->HowItWaits() == Wait::Busy;
    if (isUseful)
    {
        ++m_record.wakeUps;
        return;
    }
    // What has been read meanwhile lets no level-triggered wait return.
    const bool hasReturned = (ready.Has(Ready::Readable) || ready.Has(Ready::Writable)) &&
                             waited != Wait::Sleep &&
                             (waited != Wait::Level || !m_own || m_own->Poll().readable);
    if (hasReturned)
    {
        ++m_record.wakeUps;
        ++m_record.idleWakeUps;
        m_record.idleTime += took;
    }
}

/// Poll() says more than whether there is data only while memory is short.
bool
HoststackSession::WaitsInVain() const
{
    const auto* memory = m_machine->Memory();
    return memory != nullptr && memory->UnderPressure() && m_own && !m_peerClosed &&
           !m_record.IsOver() && m_program->HowItWaits() == hoststack::Program::Wait::Level &&
           Available() == 0 && m_own->Poll().readable;
}

const std::vector<hoststack::TimeNs>*
HoststackSession::FindAskTimes() const
{
    return m_program ? m_program->FindAskTimes() : nullptr;
}

const std::vector<hoststack::TimeNs>*
HoststackSession::FindResponseTimes() const
{
    return m_program ? m_program->FindResponseTimes() : nullptr;
}

const std::vector<hoststack::TimeNs>*
HoststackSession::FindResumeDelays() const
{
    return m_program ? m_program->FindResumeDelays() : nullptr;
}

void
HoststackSession::HandleConnected(Ptr<Socket> /* socket */)
{
    m_record.connected = Now();
    Step(hoststack::Ready::Connected);
}

void
HoststackSession::TellFailure()
{
    Fail();
    if (m_program)
    {
        m_program->HandleFailure(*this);
    }
}

void
HoststackSession::HandleFailed(Ptr<Socket> /* socket */)
{
    TellFailure();
}

void
HoststackSession::HandleReadable(Ptr<Socket> /* socket */)
{
    Step(hoststack::Ready::Readable);
}

void
HoststackSession::HandleWritable(Ptr<Socket> /* socket */, std::uint32_t /* room */)
{
    if (m_record.connected >= 0 && !m_closed)
    {
        Step(hoststack::Ready::Writable);
    }
}

void
HoststackSession::HandlePeerClosed(Ptr<Socket> /* socket */)
{
    m_peerClosed = true;
    Step(hoststack::Ready::Ended);
}

void
HoststackSession::HandleError(Ptr<Socket> /* socket */)
{
    TellFailure();
}

} // namespace ns3
