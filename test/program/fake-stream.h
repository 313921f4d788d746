// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_FAKE_STREAM_H
#define HS_FAKE_STREAM_H

#include "ns3/hs-program-io.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace hoststack::test
{

/// A stream made by hand: what has arrived, and how much room there is.
class FakeStream : public ProgramIo
{
  public:
    std::uint64_t arrived{0};
    std::uint64_t room{kAll};
    bool closed{false};
    bool sendClosed{false};
    TimeNs now{0};
    TimeNs wakeAt{kNever};

    void EndFromPeer()
    {
        m_peerClosed = true;
    }

    void NoteOpened(TimeNs at)
    {
        m_record.opened = at;
    }

    TimeNs Now() const override
    {
        return now;
    }

    std::uint64_t Write(std::uint64_t bytes, bool /* more */) override
    {
        const auto taken = std::min(bytes, room);
        room -= room == kAll ? 0 : taken;
        m_record.bytesWritten += taken;
        return taken;
    }

    void SetCork(bool /* on */) override
    {
    }

    std::uint64_t Read(std::uint64_t most) override
    {
        const auto got = std::min(most, arrived);
        arrived -= got;
        m_record.bytesRead += got;
        return got;
    }

    std::uint64_t ReadPart(std::uint64_t most) override
    {
        return Read(most);
    }

    void EndRead(std::uint64_t /* copied */) override
    {
    }

    std::uint64_t Available() const override
    {
        return arrived;
    }

    std::optional<tcp::WindowStatus> Window() const override
    {
        return std::nullopt;
    }

    void Close() override
    {
        closed = true;
    }

    void CloseSend() override
    {
        sendClosed = true;
    }

    void Finish() override
    {
        m_record.finished = now;
    }

    void Fail() override
    {
        m_record.failed = true;
    }

    void WakeAt(TimeNs at) override
    {
        wakeAt = at;
    }
};

} // namespace hoststack::test

#endif // HS_FAKE_STREAM_H
