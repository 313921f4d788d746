// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-bulk-application.h"

#include "ns3/hs-bulk-sender.h"
#include "ns3/hs-program-patterns.h"
#include "ns3/hs-stream-reader.h"
#include "ns3/hs-traffic-block.h"
#include "ns3/hs-two-way-bulk.h"

namespace hoststack
{

namespace
{

class BulkApplication : public Application
{
  public:
    BulkApplication(TrafficBlock& block, TrafficSpec& traffic, bool needsReader)
    {
        traffic.openedByReceiver = block.Text("opened-by", "sender") == "receiver";
        m_bytes = block.Size("bytes", 0);
        m_writeSize = block.Size("write-size", 65536);
        m_expected = traffic.stop == kNever ? m_bytes : 0;
        m_bothWays = block.Flag("both-ways", false);
        const bool hasReader = block.Has("reader");
        if (needsReader && !hasReader)
        {
            block.Add("",
                      "traffic of kind slow-reader needs \"reader\"",
                      "how the receiver reads, for example {\"read-size\": \"10 kB\", "
                      "\"pause\": \"50 ms\"}");
        }
        if (m_bothWays && hasReader)
        {
            block.Add("reader",
                      "stands beside \"both-ways\"",
                      "one of the two: ends that both send read at once");
        }
        if (hasReader)
        {
            auto part = block.Part("reader");
            ReadReader(part);
        }
    }

    std::unique_ptr<Program> MakeProgram(bool atFrom, Machine machine) const override
    {
        if (m_bothWays)
        {
            return std::make_unique<TwoWayBulk>(m_bytes, m_writeSize);
        }
        if (atFrom)
        {
            return std::make_unique<BulkSender>(m_bytes, m_writeSize, m_reader.reply > 0);
        }
        auto reader = m_reader;
        if (machine == Machine::Real)
        {
            reader.wakeLatency = 0;
            reader.copyRate = 0;
        }
        return std::make_unique<StreamReader>(reader, m_expected);
    }

    bool IsFedByFrom() const override
    {
        return true;
    }

    bool HasEnd() const override
    {
        return m_bytes > 0;
    }

    std::uint64_t LowWaterMark() const override
    {
        return m_reader.lowWaterMark;
    }

    bool IsBothWays() const override
    {
        return m_bothWays;
    }

  private:
    void ReadReader(TrafficBlock& block)
    {
        m_reader.startDelay = block.Time("start-delay", 0);
        m_reader.readSize = block.Size("read-size", 0);
        m_reader.pause = block.Time("pause", 0);
        m_reader.lowWaterMark = block.Size("low-water-mark", m_reader.lowWaterMark);
        m_reader.pauseAt = block.Size("pause-at", 0);
        m_reader.pauseFor = block.Time("pause-for", 0);
        m_reader.wakeLatency = block.Time("wake-latency", 0);
        m_reader.copyRate = block.Rate("copy-rate", 0);
        m_reader.step = block.Size("step", 0);
        m_reader.reply = block.Size("reply", 0);
        m_reader.idlePause = block.Time("idle-pause", 0);
        if (block.Has("step") && m_reader.pause == 0)
        {
            block.Add("step", "has no \"pause\" after it", "a \"pause\" of more than 0 s");
        }
        if (block.Has("pause-at") != block.Has("pause-for"))
        {
            block.Add("", "\"pause-at\" and \"pause-for\" need each other", "both or neither");
        }
    }

    std::uint64_t m_bytes;    ///< 0: until it is stopped
    std::uint64_t m_expected; ///< by the reader; 0: the end of the stream
    std::uint64_t m_writeSize;
    ReadPattern m_reader;
    bool m_bothWays;
};

} // namespace

std::unique_ptr<Application>
ReadBulk(TrafficBlock& block, TrafficSpec& traffic)
{
    return std::make_unique<BulkApplication>(block, traffic, false);
}

std::unique_ptr<Application>
ReadSlowReader(TrafficBlock& block, TrafficSpec& traffic)
{
    return std::make_unique<BulkApplication>(block, traffic, true);
}

} // namespace hoststack
