// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-connection.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

// A receive queue whose reader sleeps, filled as a live kernel's was (test/measured): memory,
// buffer, threshold and announcements after each step.

namespace
{

using namespace hoststack;

constexpr TimeNs kGap = 50 * kMicrosecond; // between two packets: hardly an ACK was delayed

/// A host that was connected to by hand and keeps its last ACK.
class Receiver : public tcp::SegmentSink
{
  public:
    Receiver(const std::string& device, std::uint32_t mtu, std::uint32_t rcvbuf)
    {
        auto config = std::make_shared<tcp::Config>();
        config->mss = mtu - 40;
        config->receiveBufferMax = 33554432;
        if (rcvbuf > 0)
        {
            config->receiveBuffer = 2 * rcvbuf;
            config->receiveBufferLocked = true;
        }
        if (device == "tap_nb")
        {
            config->truesize.overhead += 14; // an Ethernet header
            config->truesize.blockUnit = 64;
        }
        connection = std::make_unique<tcp::Connection>(config, *this, 80, 40000, Seq32(1));
        auto syn = Make(kSyn, 0, 0);
        syn.options.hasMss = syn.options.sackPermitted = syn.options.hasWindowScale = true;
        syn.options.mss = static_cast<std::uint16_t>(mtu - 40);
        syn.options.windowScale = 7;
        connection->AcceptSyn(now, syn);
        shift = m_last.options.windowScale;
        Deliver(Make(kAck, 1, 0));
    }

    void Transmit(TcpSegment&& segment) override
    {
        m_last = std::move(segment);
        acked = true;
    }

    void Deliver(const TcpSegment& segment)
    {
        acked = false;
        now += kGap;
        connection->OnSegment(now, segment);
    }

    /// Data byte \p offset of the stream is sequence number 1 + offset after the SYN.
    void Data(std::uint64_t offset, std::uint32_t length)
    {
        auto segment = Make(kAck | kPsh, 1 + offset, length);
        Deliver(segment);
    }

    void Wait(TimeNs time)
    {
        acked = false;
        const auto end = now + time;
        while (connection->NextDeadline() <= end)
        {
            now = std::max(now, connection->NextDeadline());
            connection->OnDeadline(now);
        }
        now = end;
    }

    std::uint32_t Read()
    {
        acked = false;
        now += kGap;
        return connection->Read(now, 1u << 30, nullptr);
    }

    std::uint32_t AckOffset() const
    {
        return m_last.ack.Value() - 1001;
    }

    std::uint32_t Window() const
    {
        return static_cast<std::uint32_t>(m_last.window) << shift;
    }

    std::unique_ptr<tcp::Connection> connection;
    TimeNs now{kSecond};
    bool acked{false};
    std::uint8_t shift{0};

  private:
    TcpSegment Make(std::uint16_t flags, std::uint64_t offset, std::uint32_t length) const
    {
        TcpSegment segment;
        segment.sourcePort = 40000;
        segment.destinationPort = 80;
        segment.flags = flags;
        segment.seq = Seq32(static_cast<std::uint32_t>(1000 + offset));
        segment.ack = Seq32(2);
        segment.window = 512;
        segment.options.hasTimestamps = true;
        segment.options.timestampValue = static_cast<std::uint32_t>(now / kMillisecond);
        segment.options.timestampEcho = m_last.options.timestampValue;
        segment.payload = Payload::Virtual(length);
        return segment;
    }

    TcpSegment m_last;
};

struct Row
{
    std::string phase;
    long offset{0};
    std::uint32_t length{0};
    std::uint32_t memory{0};
    std::uint32_t buffer{0};
    std::uint32_t threshold{0};
    std::uint32_t mss{0};
    std::string ack;
    std::uint32_t window{0};
};

/// Differences from the kernel in one case, as text; empty: none.
class Replay
{
  public:
    Replay(const std::string& device,
           std::uint32_t mtu,
           std::uint32_t size,
           std::uint32_t rcvbuf,
           bool ooo,
           std::uint64_t end)
        : m_receiver(device, mtu, rcvbuf),
          m_size(size),
          m_sent(ooo ? size : 0),
          m_end(end),
          m_tunes(rcvbuf == 0)
    {
    }

    void Step(const Row& row)
    {
        auto& r = m_receiver;
        if (row.phase == "fill")
        {
            Fill(static_cast<std::uint64_t>(row.offset) + 1);
        }
        else if (row.phase == "wait")
        {
            Fill(static_cast<std::uint64_t>(row.offset));
            r.Wait(250 * kMillisecond);
        }
        else if (row.phase == "drain" || row.phase == "drain2")
        {
            const auto n = r.Read();
            if (!m_apart && n != static_cast<std::uint32_t>(std::max(row.offset, 0L)))
            {
                text << row.phase << ": read " << n << " instead of " << row.offset << "; ";
            }
        }
        else
        {
            Fill(row.phase == "after" ? 0 : m_end);
            r.Data(static_cast<std::uint64_t>(row.offset), row.length);
        }
        Compare(row);
    }

    std::ostringstream text;
    int rows{0};
    int differ{0};

  private:
    /// Segments that begin before \p end, never beyond what was announced.
    void Fill(std::uint64_t end)
    {
        for (; m_sent < end; m_sent += m_size)
        {
            if (m_sent + m_size > m_receiver.AckOffset() + std::uint64_t{m_receiver.Window()})
            {
                m_receiver.Wait(250 * kMillisecond);
            }
            m_receiver.Data(m_sent, m_size);
        }
    }

    void Compare(const Row& row)
    {
        if (m_apart)
        {
            return;
        }
        const auto& state = m_receiver.connection->GetReceiveState();
        std::ostringstream one;
        const auto check = [&](const char* what, std::uint64_t ours, std::uint64_t kernel) {
            if (ours != kernel)
            {
                one << ' ' << what << ' ' << ours << " instead of " << kernel;
            }
        };
        check("memory", m_receiver.connection->ReceiveMemory(), row.memory);
        check("mss", state.mss, row.mss);
        // Right-sizing depends on the peer's clock, which the measurement does not tell.
        m_sized = m_sized || (m_tunes && row.phase == "drain");
        if (!m_sized)
        {
            check("buffer", state.buffer, row.buffer);
            check("threshold", state.ssthresh, row.threshold);
        }
        if (row.ack != "-" && m_receiver.acked && !m_sized)
        {
            const auto ack = std::strtoul(row.ack.c_str(), nullptr, 10);
            check("ack", m_receiver.AckOffset(), ack);
            if (m_sent <= 15 * m_size)
            {
                check("window", m_receiver.Window(), row.window);
            }
            else
            {
                // Which segments were acknowledged is not known, and each ACK may have moved the
                // edge: from here on the two receive different things.
                m_apart = m_receiver.Window() != row.window;
            }
        }
        ++rows;
        if (!one.str().empty())
        {
            ++differ;
            text << "\n  " << row.phase << ' ' << row.offset << ':' << one.str();
        }
    }

    Receiver m_receiver;
    std::uint32_t m_size;
    std::uint64_t m_sent;
    std::uint64_t m_end;
    bool m_tunes;
    bool m_sized{false};
    bool m_apart{false};
};

} // namespace

TEST_CASE("a receive queue fills as a live kernel's did", "[tcp]")
{
    std::ifstream file(HOSTSTACK_SOURCE_DIR "/test/measured/tcp-receive-fill.txt");
    REQUIRE(file);
    std::string line;
    std::unique_ptr<Replay> replay;
    std::string name;
    int cases = 0;
    int rows = 0;
    int differ = 0;
    const auto finish = [&] {
        if (replay)
        {
            ++cases;
            rows += replay->rows;
            differ += replay->differ;
            INFO(name << replay->text.str());
            CHECK(replay->text.str().empty());
        }
    };
    while (std::getline(file, line))
    {
        std::istringstream in(line);
        std::string word;
        in >> word;
        if (word == "#")
        {
            continue;
        }
        if (word == "case")
        {
            finish();
            std::string device;
            std::string order;
            std::uint32_t mtu = 0;
            std::uint32_t size = 0;
            std::uint32_t rcvbuf = 0;
            std::uint64_t end = 0;
            in >> name >> device >> mtu >> size >> rcvbuf >> order >> end;
            replay = std::make_unique<Replay>(device, mtu, size, rcvbuf, order == "ooo", end);
            continue;
        }
        Row row;
        row.phase = word;
        in >> row.offset >> row.length >> row.memory >> row.buffer >> row.threshold >> row.mss >>
            row.ack >> row.window;
        replay->Step(row);
    }
    finish();
    CHECK(cases >= 80);
    CHECK(rows - differ > 1500);
}
