// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_KERNEL_STREAM_H
#define HS_KERNEL_STREAM_H

#include "ns3/hs-scenario.h"
#include "ns3/hs-session.h"
#include "ns3/hs-stream-pattern.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace hoststack
{

/**
 * One connection of the kernel and what a program does with it: the counterpart of
 * ns3::HoststackSession on a real socket, which does not block.
 *
 * Differs from a simulated session in one thing: who has written all shuts down its direction and
 * closes when the peer has, so that nothing still arriving makes the kernel reset the connection.
 */
class KernelStream
{
  public:
    using Record = ns3::HoststackSession::Record;

    KernelStream(StreamPattern written, StreamPattern read);
    virtual ~KernelStream();
    KernelStream(const KernelStream&) = delete;
    KernelStream& operator=(const KernelStream&) = delete;

    /// \p socket is this stream's from now on. \param isConnected a listener gave it
    void Begin(int socket, bool isConnected);
    /// There is no connection: failed.
    void Fail();

    /// \name For the loop that waits
    /// @{
    /// -1: there is nothing to wait for.
    int Descriptor() const;
    /// POLLIN and POLLOUT as needed.
    short Wanted() const;
    void OnReady(short events);

    /// kNever: no timer.
    TimeNs WakeTime() const
    {
        return m_wakeAt;
    }

    void OnTime();
    /// @}

    /// Writes no more and closes: it has finished.
    virtual void Stop();
    /// Resets the connection; on a multipath one that is MP_FASTCLOSE.
    void Abort();

    const Record& GetRecord() const
    {
        return m_record;
    }

    /// The answers since the last call took this long.
    std::vector<TimeNs> TakeAnswers();

  protected:
    /// \name What it does; as ns3::HoststackSession's
    /// @{
    virtual void OnConnected()
    {
    }

    virtual void OnReadable()
    {
    }

    virtual void OnWritable()
    {
    }

    virtual void OnPeerClosed()
    {
    }

    virtual void OnWake()
    {
    }

    /// Whether the loop should look for data.
    virtual bool WantsData() const
    {
        return true;
    }

    /// @}

    static constexpr std::uint64_t kAll = ~std::uint64_t{0};

    std::uint64_t Write(std::uint64_t bytes);
    /// Notes the end of the stream, too.
    std::uint64_t Read(std::uint64_t most);
    std::uint64_t Available() const;
    /// Ends this direction; the socket goes when the peer has ended the other one.
    void ShutDown();
    void Close();
    void Finish();

    void WakeAt(TimeNs at)
    {
        m_wakeAt = at;
    }

    void NoteAnswer(TimeNs took)
    {
        m_answers.push_back(took);
    }

    bool HasPeerClosed() const
    {
        return m_peerClosed;
    }

    bool IsFinished() const
    {
        return m_record.finished >= 0;
    }

  private:
    void HandleConnected();

    StreamPattern m_written;
    StreamPattern m_read;
    std::vector<std::uint8_t> m_block;
    std::vector<TimeNs> m_answers;
    Record m_record;
    TimeNs m_wakeAt{kNever};
    int m_socket{-1};
    bool m_connecting{false};
    bool m_wantsRoom{false};
    bool m_shutDown{false};
    bool m_peerClosed{false};
};

/// What the kernel's end of \p traffic does, as scenarios mean it.
std::unique_ptr<KernelStream> MakeKernelStream(const TrafficSpec& traffic,
                                               std::size_t index,
                                               bool atFrom);

} // namespace hoststack

#endif // HS_KERNEL_STREAM_H
