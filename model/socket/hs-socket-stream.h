// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SOCKET_STREAM_H
#define HS_SOCKET_STREAM_H

#include "ns3/hs-payload.h"
#include "ns3/hs-pooled.h"
#include "ns3/hs-readiness.h"
#include "ns3/hs-tcp-connection.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace ns3
{

/// The stream of bytes that a socket drives, whatever carries it: the calls that
/// hoststack::tcp::Connection and hoststack::mptcp::Connection have in common.
class HoststackSocketStream : public hoststack::Pooled
{
  public:
    using TimeNs = hoststack::TimeNs;

    virtual ~HoststackSocketStream() = default;
    virtual void OnDeadline(TimeNs now) = 0;
    virtual TimeNs NextDeadline() const = 0;
    virtual std::uint32_t TakeEvents() = 0;
    virtual std::uint32_t Send(TimeNs now, const hoststack::Payload& bytes, bool more) = 0;
    virtual std::uint32_t SendSpace() const = 0;
    virtual void AwaitRoom() = 0;
    virtual std::uint32_t Read(TimeNs now,
                               std::uint32_t max,
                               std::vector<hoststack::Payload>* out) = 0;
    virtual std::uint32_t ReadPart(TimeNs now,
                                   std::uint32_t max,
                                   std::vector<hoststack::Payload>* out) = 0;
    virtual void EndRead(TimeNs now, std::uint32_t copied) = 0;
    virtual hoststack::tcp::WindowStatus GetWindowStatus() const = 0;
    virtual std::uint32_t Available() const = 0;
    virtual bool EndOfStream() const = 0;
    virtual hoststack::StreamLevels Levels() const = 0;
    virtual void CloseSend(TimeNs now) = 0;
    virtual void Close(TimeNs now) = 0;
    virtual void Abort(TimeNs now) = 0;
    virtual hoststack::tcp::State GetState() const = 0;
    virtual void SetCork(TimeNs now, bool on) = 0;
    virtual void SetNoDelay(TimeNs now, bool on) = 0;
    virtual void SetMemoryPressure(bool on) = 0;
    virtual void UseMemory(hoststack::MemorySource& host) = 0;
    virtual void UsePacing(hoststack::PacingSource& source) = 0;
    /// For its timers, after UsePacing().
    virtual hoststack::AlarmPointer NewAlarm(hoststack::Alarm::Owner& owner,
                                             hoststack::Clock& clock) = 0;
    virtual void OnAccepted(TimeNs now) = 0;
    /// Gives memory back that nothing uses: the connection idles.
    virtual void Shrink() = 0;
};

/// A \p Connection as a stream.
template <class Connection>
class HoststackStreamOf final : public HoststackSocketStream
{
  public:
    template <class... Arguments>
    explicit HoststackStreamOf(Arguments&&... arguments)
        : connection(std::forward<Arguments>(arguments)...)
    {
    }

    void OnDeadline(TimeNs now) override
    {
        connection.OnDeadline(now);
    }

    TimeNs NextDeadline() const override
    {
        return connection.NextDeadline();
    }

    std::uint32_t TakeEvents() override
    {
        return connection.TakeEvents();
    }

    std::uint32_t Send(TimeNs now, const hoststack::Payload& bytes, bool more) override
    {
        return connection.Send(now, bytes, more);
    }

    std::uint32_t SendSpace() const override
    {
        return connection.SendSpace();
    }

    void AwaitRoom() override
    {
        connection.AwaitRoom();
    }

    std::uint32_t Read(TimeNs now, std::uint32_t max, std::vector<hoststack::Payload>* out) override
    {
        return connection.Read(now, max, out);
    }

    std::uint32_t ReadPart(TimeNs now,
                           std::uint32_t max,
                           std::vector<hoststack::Payload>* out) override
    {
        return connection.ReadPart(now, max, out);
    }

    void EndRead(TimeNs now, std::uint32_t copied) override
    {
        connection.EndRead(now, copied);
    }

    hoststack::tcp::WindowStatus GetWindowStatus() const override
    {
        return connection.GetWindowStatus();
    }

    std::uint32_t Available() const override
    {
        return connection.Available();
    }

    bool EndOfStream() const override
    {
        return connection.EndOfStream();
    }

    hoststack::StreamLevels Levels() const override
    {
        return connection.Levels();
    }

    void CloseSend(TimeNs now) override
    {
        connection.CloseSend(now);
    }

    void Close(TimeNs now) override
    {
        connection.Close(now);
    }

    void Abort(TimeNs now) override
    {
        connection.Abort(now);
    }

    hoststack::tcp::State GetState() const override
    {
        return connection.GetState();
    }

    void SetCork(TimeNs now, bool on) override
    {
        connection.SetCork(now, on);
    }

    void SetNoDelay(TimeNs now, bool on) override
    {
        connection.SetNoDelay(now, on);
    }

    void SetMemoryPressure(bool on) override
    {
        connection.SetMemoryPressure(on);
    }

    void UsePacing(hoststack::PacingSource& source) override
    {
        connection.UsePacing(source);
    }

    hoststack::AlarmPointer NewAlarm(hoststack::Alarm::Owner& owner,
                                     hoststack::Clock& clock) override
    {
        hoststack::AlarmPointer alarm;
        if constexpr (std::is_same_v<Connection, hoststack::tcp::Connection>)
        {
            alarm = connection.NewAlarm(owner, clock);
        }
        return alarm ? std::move(alarm) : clock.NewAlarm(owner);
    }

    void UseMemory(hoststack::MemorySource& host) override
    {
        connection.UseMemory(host);
    }

    void OnAccepted(TimeNs now) override
    {
        connection.OnAccepted(now);
    }

    void Shrink() override
    {
        connection.Shrink();
    }

    Connection connection;
};

} // namespace ns3

#endif // HS_SOCKET_STREAM_H
