// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_KERNEL_STREAM_H
#define HS_KERNEL_STREAM_H

#include "ns3/hs-kernel-picture.h"
#include "ns3/hs-program.h"
#include "ns3/hs-stream-pattern.h"
#include "ns3/hs-units.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace hoststack
{

/**
 * Runs a Program on a stream socket of this machine's kernel, which does not block: the counterpart
 * of ns3::HoststackSession. Times are CLOCK_MONOTONIC. Both ends write a pattern, so what is read
 * is compared with the other's; what a program passes on (ReadInto, WriteFrom) goes as it came.
 *
 * A program that closes its stream leaves it to this object, which shuts down its direction, drops
 * what still arrives and lets the socket go when the peer has ended, too: a plain close(2) would
 * make the kernel reset a connection on which something is still under way.
 */
class KernelStream final : private ProgramIo
{
  public:
    using Record = StreamRecord;

    KernelStream(std::unique_ptr<Program> program, StreamPattern written, StreamPattern read);
    ~KernelStream();
    KernelStream(const KernelStream&) = delete;
    KernelStream& operator=(const KernelStream&) = delete;

    /// \p socket is this stream's from now on. \param isConnected a listener gave it
    void Begin(int socket, bool isConnected);
    /// There is no connection: failed, which the program is told.
    void Refuse();

    /// \name For the loop that waits (KernelStreamLoop)
    /// @{
    /// -1: there is nothing to wait for any more.
    int Descriptor() const
    {
        return m_socket;
    }

    /// \p events of an edge-triggered epoll(7).
    void OnReady(std::uint32_t events);

    /// kNever: no timer.
    TimeNs WakeTime() const
    {
        return m_wakeAt;
    }

    /// Tells the program if its time has come. \param now MonotonicNow()
    void OnTime(TimeNs now);

    /// A level-triggered wait would return at once though nothing can be read, as on multipath
    /// sockets while memory is short (before Linux 6.12.11). True once for each step.
    bool WaitsInVain();
    /// It has returned.
    void OnVainWait();
    /// @}

    /// Tells the program to come to its end.
    void Stop();
    /// Resets the connection; on a multipath one that is MP_FASTCLOSE.
    void Abort();

    using ProgramIo::GetRecord;
    using ProgramIo::IsFinished;
    using ProgramIo::IsOver;

    const Program& GetProgram() const
    {
        return *m_program;
    }

    /// \name What the kernel tells of the socket
    /// @{
    /// \p multipath: it was made as a multipath one.
    void SetMultipath(bool multipath)
    {
        m_multipath = multipath;
    }

    /// Asks the kernel; the last answer stays when the socket is gone.
    void Look();

    const KernelPicture& GetPicture() const
    {
        return m_picture;
    }

    /// @}

    /// The answers since the last call took this long.
    std::vector<TimeNs> TakeAnswers();
    /// After that long data came again, as FindResumeDelays() says; since the last call.
    std::vector<TimeNs> TakeResumptions();

  private:
    // ProgramIo
    TimeNs Now() const override;
    std::uint64_t Write(std::uint64_t bytes, bool more) override;
    void SetCork(bool on) override;
    std::uint64_t Read(std::uint64_t most) override;
    std::uint64_t ReadPart(std::uint64_t most) override;
    void EndRead(std::uint64_t copied) override;
    std::uint64_t Available() const override;
    std::optional<tcp::WindowStatus> Window() const override;
    std::uint64_t ReadInto(ContentQueue& into, std::uint64_t most) override;
    std::uint64_t WriteFrom(ContentQueue& from) override;
    void Close() override;
    void CloseSend() override;
    void Finish() override;
    void Fail() override;
    void WakeAt(TimeNs at) override;

    /// Reads into m_block, at most \p most. \return bytes; 0: nothing more for now, or the end
    std::size_t Receive(std::uint64_t most);
    std::uint64_t Send(const std::uint8_t* bytes, std::uint64_t count, bool more);
    std::uint64_t AskAvailable() const;
    void Step(Ready ready);
    void CountStep(Ready ready, Program::Wait waited, std::uint64_t moved, TimeNs from);
    bool PollsReadable() const;
    void Drop();
    void LetGo();
    bool IsConnectRefused() const;

    std::unique_ptr<Program> m_program;
    StreamPattern m_written;
    StreamPattern m_read;
    std::vector<std::uint8_t> m_block;
    std::size_t m_answersTaken{0};
    std::size_t m_resumptionsTaken{0};
    TimeNs m_wakeAt{kNever};
    int m_socket{-1};
    KernelPicture m_picture;
    /// What Available() has found, with the clock at m_askedAt; nothing after a read or a write.
    mutable std::optional<std::uint64_t> m_available;
    mutable std::uint64_t m_askedAt{0}; ///< looks at it
    bool m_multipath{false};
    bool m_hasStepped{false}; ///< since WaitsInVain()
    bool m_connecting{false};
    bool m_sendClosed{false};
    bool m_closed{false};    ///< by the program
    bool m_isBroken{false};  ///< an error waits behind what can still be read
    bool m_endIsNews{false}; ///< a read has found the end
};

} // namespace hoststack

#endif // HS_KERNEL_STREAM_H
