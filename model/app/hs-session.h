// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SESSION_H
#define HS_SESSION_H

#include "ns3/hs-machine.h"
#include "ns3/hs-payload.h"
#include "ns3/hs-processor.h"
#include "ns3/hs-program.h"
#include "ns3/hs-session-picture.h"
#include "ns3/hs-stream-pattern.h"
#include "ns3/hs-units.h"
#include "ns3/hs-worker-thread.h"

#include <ns3/address.h>
#include <ns3/event-id.h>
#include <ns3/node.h>
#include <ns3/socket.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace ns3
{

class HoststackTcpSocket;

/**
 * Runs a hoststack::Program on a simulated socket: tells it what is ready, and does what it asks
 * for. Works on any stream socket of ns-3; on hoststack's own it reads and writes without making
 * packets, on a foreign one a program's MSG_MORE and TCP_CORK are not heard.
 *
 * The program is a thread of its node's machine: what has become ready wakes it, and its step is
 * done when and where the machine's processor lets it.
 *
 * Content is not carried: writes are of virtual bytes, what is read is counted; unless
 * CarryContent() asks for bytes that the other end can check.
 */
class HoststackSession : private hoststack::ProgramIo, private hoststack::host::Work
{
  public:
    using Record = hoststack::StreamRecord;

    /// \param program nullptr: it stands for a stream elsewhere
    explicit HoststackSession(std::unique_ptr<hoststack::Program> program);
    virtual ~HoststackSession();
    HoststackSession(const HoststackSession&) = delete;
    HoststackSession& operator=(const HoststackSession&) = delete;

    /// Called with the session once it has its socket, before anything happens on it.
    using Hook = std::function<void(HoststackSession&)>;

    /// \p socket is about to be connected.
    void Open(Ptr<Socket> socket, const Hook& hook = {});
    /// A listener has accepted the connection.
    void Accept(Ptr<Socket> socket, const Hook& hook = {});

    /**
     * Writes the bytes of a StreamPattern and compares what is read with another's; the socket must
     * carry real bytes (its attribute VirtualPayload). Before Open or Accept; on hoststack's own
     * sockets only.
     */
    void CarryContent(hoststack::StreamPattern written, hoststack::StreamPattern read);

    /// The program shares \p thread with others instead of having one of its own; in a Hook.
    void RunOn(std::shared_ptr<HoststackWorkerThread> thread)
    {
        m_worker = std::move(thread);
    }

    /**
     * For that thread: the program's next step.
     *
     * Its record counts it as a wake-up if the stream had news for a thread that waited for them,
     * or if a timer found something to do. It was idle (spurious) if no byte was read or written
     * and the stream neither began nor ended.
     *
     * \return true: a level-triggered wait would return at once again, with nothing to read
     */
    bool DoStep(hoststack::host::Context& context);

    /// What the program passes on keeps its content; else only its length counts.
    void PassContent()
    {
        m_passesContent = true;
    }

    /// Tells the program to come to its end.
    void Stop();
    /// Resets the connection; on a foreign socket, which cannot do that, closes it.
    void Abort();

    using ProgramIo::GetRecord;
    using ProgramIo::IsFinished;
    using ProgramIo::IsOver;

    /// \name What the program has measured, as hoststack::Program says
    /// @{
    virtual const std::vector<hoststack::TimeNs>* FindAskTimes() const;
    virtual const std::vector<hoststack::TimeNs>* FindResponseTimes() const;
    virtual const std::vector<hoststack::TimeNs>* FindResumeDelays() const;

    /// @}

    /// nullptr before Open or Accept.
    Ptr<Socket> GetSocket() const
    {
        return m_socket;
    }

    /// The socket if it is hoststack's, else nullptr.
    HoststackTcpSocket* GetOwnSocket() const
    {
        return m_own;
    }

    /// What is told of its socket if that is elsewhere; nullptr: nothing, or it has its own.
    virtual const HoststackSessionPicture* FindPicture() const
    {
        return nullptr;
    }

    /// Called once, when the session has finished or failed.
    void SetOverCallback(std::function<void()> callback)
    {
        m_onOver = std::move(callback);
    }

  protected:
    /// For a session that stands for one elsewhere: all that is known of that one.
    void TakeRecord(const Record& record);

  private:
    struct Content
    {
        hoststack::StreamPattern written;
        hoststack::StreamPattern read;
        std::vector<std::uint8_t> block;        ///< being written, or read of ns-3's own TCP
        std::vector<hoststack::Payload> pieces; ///< being read
    };

    static constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max();

    // ProgramIo
    hoststack::TimeNs Now() const override;
    std::uint64_t Write(std::uint64_t bytes, bool more) override;
    void SetCork(bool on) override;
    std::uint64_t Read(std::uint64_t most) override;
    std::uint64_t ReadPart(std::uint64_t most) override;
    void EndRead(std::uint64_t copied) override;
    std::uint64_t Available() const override;
    bool IsReadable(std::uint64_t least) const override;
    std::uint64_t ReadInto(hoststack::ContentQueue& into, std::uint64_t most) override;
    std::uint64_t WriteFrom(hoststack::ContentQueue& from) override;
    std::optional<hoststack::tcp::WindowStatus> Window() const override;
    void Close() override;
    void CloseSend() override;
    void Finish() override;
    void Fail() override;
    void WakeAt(hoststack::TimeNs at) override;
    void Compute(hoststack::host::Operation operation, std::uint64_t bytes) override;

    // Work: a step of the program
    void Run(hoststack::host::Context& context) override;

    std::uint32_t WriteContent(std::uint64_t bytes, bool more);
    Ptr<Packet> PacketToWrite(std::uint32_t size);
    std::uint32_t Take(std::uint64_t most, bool isPart);
    std::uint32_t TakeContent(std::uint32_t most, bool isPart);
    void CompareContent(std::uint64_t offset, const std::uint8_t* bytes, std::uint32_t length);
    void Use(Ptr<Socket> socket, const Hook& hook);
    void Step(hoststack::Ready ready);
    void HandleConnected(Ptr<Socket> socket);
    void HandleFailed(Ptr<Socket> socket);
    void HandleReadable(Ptr<Socket> socket);
    void HandleWritable(Ptr<Socket> socket, std::uint32_t room);
    void HandlePeerClosed(Ptr<Socket> socket);
    void HandleError(Ptr<Socket> socket);
    void Wake();
    void BeOver();
    void TellFailure();
    void CountStep(hoststack::Ready ready,
                   hoststack::Program::Wait waited,
                   std::uint64_t moved,
                   hoststack::TimeNs took);
    bool WaitsInVain() const;

    std::unique_ptr<hoststack::Program> m_program;
    Ptr<Socket> m_socket;
    HoststackTcpSocket* m_own{nullptr};
    Ptr<HoststackMachine> m_machine;            ///< of the node, from Open or Accept on
    hoststack::host::Thread* m_thread{nullptr}; ///< of the machine; nullptr: a worker's
    std::shared_ptr<HoststackWorkerThread> m_worker;
    std::optional<hoststack::Ready> m_ready; ///< for its next step
    EventId m_wake;
    std::optional<Content> m_content;
    std::function<void()> m_onOver;
    bool m_waitsInVain{false}; ///< the wait of its last step returned at once
    bool m_wasOver{false};
    bool m_closed{false};
    bool m_passesContent{false};
};

} // namespace ns3

#endif // HS_SESSION_H
