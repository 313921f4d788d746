// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-kernel-stream.h"
#include "ns3/hs-live-messages.h"
#include "ns3/hs-outside-host.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace hoststack
{

namespace
{

/// As ns3::HoststackBulkSender.
class Sender : public KernelStream
{
  public:
    Sender(const TrafficSpec& traffic, StreamPattern written, StreamPattern read)
        : KernelStream(written, read),
          m_bytes(traffic.bytes > 0 ? traffic.bytes : std::numeric_limits<std::uint64_t>::max()),
          m_writeSize(traffic.writeSize)
    {
    }

  protected:
    void OnConnected() override
    {
        Fill();
    }

    void OnWritable() override
    {
        Fill();
    }

    void OnReadable() override
    {
        while (Read(kAll) > 0)
        {
        }
    }

  private:
    void Fill()
    {
        while (!IsFinished() && GetRecord().bytesWritten < m_bytes)
        {
            const auto wanted = std::min(m_writeSize, m_bytes - GetRecord().bytesWritten);
            if (Write(wanted) < wanted)
            {
                return;
            }
        }
        ShutDown();
        Finish();
    }

    std::uint64_t m_bytes;
    std::uint64_t m_writeSize;
};

/// As ns3::HoststackStreamReader.
class Reader : public KernelStream
{
  public:
    Reader(const TrafficSpec& traffic, StreamPattern written, StreamPattern read)
        : KernelStream(written, read),
          m_pattern(traffic.reader),
          m_expected(traffic.stop == kNever ? traffic.bytes : 0),
          m_stepLeft(traffic.reader.step)
    {
    }

  protected:
    void OnConnected() override
    {
        if (m_pattern.startDelay > 0)
        {
            Sleep(m_pattern.startDelay);
        }
    }

    void OnReadable() override
    {
        Look();
    }

    void OnWake() override
    {
        m_asleep = false;
        Look();
    }

    bool WantsData() const override
    {
        return !m_asleep;
    }

  private:
    void Sleep(TimeNs time)
    {
        m_asleep = true;
        WakeAt(MonotonicNow() + time);
    }

    void Look()
    {
        while (!IsFinished() && !GetRecord().failed)
        {
            const auto got = ReadOnce();
            if (got > 0 && m_pattern.reply > 0)
            {
                Write(m_pattern.reply);
            }
            m_stepLeft -= std::min(m_stepLeft, got);
            const auto read = GetRecord().bytesRead;
            if (m_expected > 0 ? read >= m_expected : HasPeerClosed())
            {
                Finish();
                Close();
                return;
            }
            if (HasPeerClosed())
            {
                Fail(); // the sender ended too early
                return;
            }
            const bool stops = m_pattern.pauseAt > 0 && !m_hasPaused && read >= m_pattern.pauseAt;
            if (stops || (m_pattern.pause > 0 && m_stepLeft == 0))
            {
                m_hasPaused = m_hasPaused || stops;
                m_stepLeft = m_pattern.step;
                Sleep(stops ? m_pattern.pauseFor : m_pattern.pause);
                return;
            }
            if (std::exchange(m_isTooLittle, false))
            {
                Sleep(kPatience);
                return;
            }
            if (got == 0)
            {
                return;
            }
        }
    }

    std::uint64_t ReadOnce()
    {
        const auto read = GetRecord().bytesRead;
        if (m_pattern.lowWaterMark > 1)
        {
            const auto there = Available();
            const bool isRest = m_expected > 0 && read + there >= m_expected;
            // Nothing there: a read tells whether the stream has ended.
            if (there > 0 && there < m_pattern.lowWaterMark && !isRest && !HasPeerClosed())
            {
                m_isTooLittle = true;
                return 0;
            }
        }
        std::uint64_t most = m_pattern.readSize > 0 ? m_pattern.readSize : kAll;
        if (m_stepLeft > 0)
        {
            most = std::min(most, m_stepLeft);
        }
        if (m_pattern.pauseAt > 0 && !m_hasPaused)
        {
            most = std::min(most, m_pattern.pauseAt - read);
        }
        return Read(most);
    }

    /// Between two looks at a low-water mark that is not yet reached.
    static constexpr TimeNs kPatience = kMillisecond;

    ReaderSpec m_pattern;
    std::uint64_t m_expected;
    std::uint64_t m_stepLeft; ///< until the next pause
    bool m_asleep{false};
    bool m_hasPaused{false};
    bool m_isTooLittle{false};
};

/// As ns3::HoststackRequester.
class Requester : public KernelStream
{
  public:
    Requester(const TrafficSpec& traffic, StreamPattern written, StreamPattern read)
        : KernelStream(written, read),
          m_traffic(traffic)
    {
    }

    void Stop() override
    {
        m_stopping = true;
        if (m_awaited == 0)
        {
            KernelStream::Stop();
        }
    }

  protected:
    void OnConnected() override
    {
        if (m_stopping)
        {
            KernelStream::Stop();
            return;
        }
        Ask();
    }

    void OnWake() override
    {
        Ask();
    }

    void OnWritable() override
    {
        Push();
    }

    void OnReadable() override
    {
        while (m_awaited > 0)
        {
            const auto got = Read(m_awaited);
            if (got == 0)
            {
                if (HasPeerClosed() && !IsFinished())
                {
                    Fail();
                }
                return;
            }
            m_awaited -= got;
        }
        if (IsFinished() || m_askedAt < 0)
        {
            if (Read(1) == 0 && HasPeerClosed() && !IsFinished())
            {
                Fail();
            }
            return;
        }
        NoteAnswer(MonotonicNow() - std::exchange(m_askedAt, -1));
        ++m_answers;
        if (m_stopping || (m_traffic.count > 0 && m_answers >= m_traffic.count))
        {
            KernelStream::Stop();
        }
        else if (m_traffic.thinkTime > 0)
        {
            WakeAt(MonotonicNow() + m_traffic.thinkTime);
        }
        else
        {
            Ask();
        }
    }

  private:
    void Ask()
    {
        m_askedAt = MonotonicNow();
        m_awaited = m_traffic.responseSize;
        m_unwritten += m_traffic.requestSize;
        Push();
    }

    void Push()
    {
        if (m_unwritten > 0)
        {
            m_unwritten -= Write(m_unwritten);
        }
    }

    const TrafficSpec& m_traffic;
    std::uint64_t m_unwritten{0};
    std::uint64_t m_awaited{0};
    std::uint64_t m_answers{0};
    TimeNs m_askedAt{-1};
    bool m_stopping{false};
};

/// As ns3::HoststackResponder.
class Responder : public KernelStream
{
  public:
    Responder(const TrafficSpec& traffic, StreamPattern written, StreamPattern read)
        : KernelStream(written, read),
          m_traffic(traffic)
    {
    }

  protected:
    void OnReadable() override
    {
        while (const auto got = Read(kAll))
        {
            m_unanswered += got;
        }
        m_unwritten += m_unanswered / m_traffic.requestSize * m_traffic.responseSize;
        m_unanswered %= m_traffic.requestSize;
        Push();
    }

    void OnWritable() override
    {
        Push();
    }

    void OnPeerClosed() override
    {
        Push();
    }

  private:
    void Push()
    {
        if (m_unwritten > 0)
        {
            m_unwritten -= Write(m_unwritten);
        }
        if (m_unwritten == 0 && HasPeerClosed() && !IsFinished())
        {
            Stop();
        }
    }

    const TrafficSpec& m_traffic;
    std::uint64_t m_unanswered{0};
    std::uint64_t m_unwritten{0};
};

} // namespace

std::unique_ptr<KernelStream>
MakeKernelStream(const TrafficSpec& traffic, std::size_t index, bool atFrom)
{
    const auto written = ns3::TrafficContent(index, atFrom);
    const auto read = ns3::TrafficContent(index, !atFrom);
    if (traffic.kind == TrafficKind::RequestResponse)
    {
        if (atFrom)
        {
            return std::make_unique<Requester>(traffic, written, read);
        }
        return std::make_unique<Responder>(traffic, written, read);
    }
    if (atFrom)
    {
        return std::make_unique<Sender>(traffic, written, read);
    }
    return std::make_unique<Reader>(traffic, written, read);
}

} // namespace hoststack
