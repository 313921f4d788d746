// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PROGRAM_IO_H
#define HS_PROGRAM_IO_H

#include "ns3/hs-content-queue.h"
#include "ns3/hs-operation.h"
#include "ns3/hs-stream-record.h"
#include "ns3/hs-units.h"
#include "ns3/hs-window-policy.h"

#include <cstdint>
#include <limits>
#include <optional>

namespace hoststack
{

/**
 * A stream as a program sees it, and its one timer. Nothing blocks.
 *
 * Content is the driver's: writes are of so many bytes, what is read is counted. A program that
 * passes on what it reads takes and gives it in a ContentQueue.
 */
class ProgramIo
{
  public:
    static constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

    virtual TimeNs Now() const = 0;

    /// \return bytes taken; if fewer than \p bytes, Ready::Writable follows
    /// \param more another write follows (MSG_MORE)
    virtual std::uint64_t Write(std::uint64_t bytes, bool more = false) = 0;
    /// TCP_CORK, if the stream knows it.
    virtual void SetCork(bool on) = 0;

    /// \return bytes read, at most \p most
    virtual std::uint64_t Read(std::uint64_t most) = 0;
    /// A read that takes time is any number of parts ...
    virtual std::uint64_t ReadPart(std::uint64_t most) = 0;
    /// ... and its end, with their sum: then it counts as one read.
    virtual void EndRead(std::uint64_t copied) = 0;
    /// Bytes that a read would give.
    virtual std::uint64_t Available() const = 0;

    /// A read is worth it for who wants \p least bytes; a socket with a low-water mark of its own
    /// has its own rules.
    virtual bool IsReadable(std::uint64_t least) const
    {
        return Available() > 0 && Available() >= least;
    }

    /// \name For what is passed on to another stream
    /// @{
    /// As Read(); what was read is appended to \p into, as virtual bytes if the driver has none.
    virtual std::uint64_t ReadInto(ContentQueue& into, std::uint64_t most)
    {
        const auto got = Read(most);
        into.AppendVirtual(got);
        return got;
    }

    /// As Write() of all of \p from, which loses what was taken.
    virtual std::uint64_t WriteFrom(ContentQueue& from)
    {
        const auto taken = Write(from.Length());
        from.Drop(taken);
        return taken;
    }

    /// @}

    /// The program itself has done something with so many bytes, for which its thread pays.
    virtual void Compute(host::Operation /* operation */, std::uint64_t /* bytes */)
    {
    }

    /// The receive window as a reader finds it; nothing: it cannot be seen from here.
    virtual std::optional<tcp::WindowStatus> Window() const = 0;

    virtual void Close() = 0;
    /// Writes no more, but still reads.
    virtual void CloseSend() = 0;
    /// All is done. Does not close.
    virtual void Finish() = 0;
    /// What was to be done cannot be done. Does not close.
    virtual void Fail() = 0;
    /// Ready::Timer comes then; a new time replaces the old one, kNever takes it away.
    virtual void WakeAt(TimeNs at) = 0;

    const StreamRecord& GetRecord() const
    {
        return m_record;
    }

    bool IsFinished() const
    {
        return m_record.finished >= 0;
    }

    /// Finished or failed.
    bool IsOver() const
    {
        return m_record.IsOver();
    }

    bool HasPeerClosed() const
    {
        return m_peerClosed;
    }

  protected:
    ~ProgramIo() = default;

    StreamRecord m_record;
    bool m_peerClosed{false};
};

} // namespace hoststack

#endif // HS_PROGRAM_IO_H
