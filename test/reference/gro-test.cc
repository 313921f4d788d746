// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-byte-order.h"
#include "ns3/hs-frame-segmentation.h"
#include "ns3/hs-receive-offload.h"
#include "reference-folder.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <set>

namespace
{

using namespace hoststack;
using namespace hoststack::reference;

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kEthernetHeader = 14;

Bytes
FromHex(const std::string& text)
{
    Bytes bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    {
        bytes.push_back(static_cast<std::uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
    }
    return bytes;
}

std::string
ToHex(const Bytes& bytes, std::size_t length)
{
    std::string text;
    for (std::size_t i = 0; i < std::min(length, bytes.size()); ++i)
    {
        const char* digits = "0123456789abcdef";
        text += digits[bytes[i] >> 4];
        text += digits[bytes[i] & 15];
    }
    return text;
}

/// One packet of a case.
struct Arrival
{
    Bytes bytes;
    std::size_t headerLength{0}; ///< as the case says
    std::uint32_t payload{0};
    std::uint32_t padding{0};
    std::uint16_t vlan{0};
    OffloadFrame frame;
};

/// A receive offload that is given the packets of a case, and what came out of it.
class Replay : public ReceiveOffload::Sink
{
  public:
    explicit Replay(const Json& c)
        : m_case(c)
    {
        const auto settings = c.value("settings", Json::object());
        std::string name = "gro";
        for (const auto& feature : settings.value("ethtool", Json::array()))
        {
            const bool isOn = feature[1] == "on";
            if (feature[0] == "gro" && !isOn)
            {
                name = "none";
            }
            else if (feature[0] == "rx-gro-list" && isOn)
            {
                name = "gro-list";
            }
            else if (feature[0] == "rx-udp-gro-forwarding")
            {
                m_settings.udpForwarding = isOn;
            }
        }
        m_settings.flushTimeout = settings.value("gro_flush_timeout", 0);
        m_settings.deferInterrupts = settings.value("napi_defer_hard_irqs", 0u);
        m_merging = settings.value("udp_gro_ports", std::set<int>());
        m_plain = settings.value("udp_ports", std::set<int>());
        m_gaps = settings.value("gaps_us", std::vector<TimeNs>());
        m_isForwarding = settings.contains("forward");
        m_isOff = name == "none";
        m_offload = ReceiveOffloads().Create(name, m_settings, *this);
        for (std::size_t i = 0; i < c["polls"].size(); ++i)
        {
            Poll(c["polls"][i]);
            const auto until =
                m_now + (i < m_gaps.size() ? m_gaps[i] * kMicrosecond : kMillisecond);
            Wait(until);
        }
        Wait(m_now + kSecond);
    }

    /// What came out against what the kernel gave.
    Differences Compare() const
    {
        Differences differences;
        const auto& kernel = m_case["units"];
        differences.Check("all",
                          "units",
                          static_cast<std::int64_t>(m_units.size()),
                          static_cast<std::int64_t>(kernel.size()));
        for (std::size_t i = 0; i < std::min(kernel.size(), m_units.size()); ++i)
        {
            if (kernel[i] != m_units[i])
            {
                differences.Add("unit " + std::to_string(i),
                                m_units[i].dump() + "\n    instead of " + kernel[i].dump());
            }
        }
        if (m_isForwarding && m_case.contains("forwarded") && m_case["forwarded"] != m_forwarded)
        {
            differences.Add("forwarded",
                            m_forwarded.dump() + "\n    instead of " + m_case["forwarded"].dump());
        }
        return differences;
    }

    bool IsLossless() const
    {
        return m_isLossless;
    }

  private:
    void Poll(const Json& batch)
    {
        std::uint32_t taken = 0;
        for (const auto& each : batch)
        {
            auto& arrival = *m_arrivals.emplace_back(std::make_unique<Arrival>());
            Fill(arrival, each, static_cast<std::uint32_t>(m_arrivals.size() - 1));
            m_offload->Add(arrival.frame.packet, m_now);
            if (++taken == m_settings.weight)
            {
                m_offload->EndPoll(taken, m_now);
                taken = 0;
            }
        }
        m_offload->EndPoll(taken, m_now);
        // This device schedules its poll per frame: one more follows, which finds nothing.
        if (m_case["dev"] == "tap" && batch.size() > 1)
        {
            m_offload->EndPoll(0, m_now);
        }
    }

    void Wait(TimeNs until)
    {
        while (m_offload->Deadline() <= until)
        {
            m_now = m_offload->Deadline();
            m_offload->EndPoll(0, m_now);
        }
        m_now = until;
    }

    void Fill(Arrival& arrival, const Json& each, std::uint32_t index)
    {
        arrival.bytes = FromHex(each["h"]);
        arrival.headerLength = arrival.bytes.size();
        arrival.payload = each["pl"];
        arrival.padding = each.value("pad", 0u);
        arrival.vlan = each.value("vlan", std::uint16_t{0});
        Bytes payload(arrival.payload, 0);
        if (arrival.payload == 1)
        {
            payload[0] = static_cast<std::uint8_t>(index >> 8);
        }
        else if (arrival.payload > 1)
        {
            StoreBig16(payload.data(), static_cast<std::uint16_t>(index));
        }
        arrival.bytes.insert(arrival.bytes.end(), payload.begin(), payload.end());
        arrival.bytes.resize(arrival.bytes.size() + arrival.padding, 0);
        arrival.frame.packet.id = index;
        m_reader.Read(arrival.bytes, each.value("hash", 0u), arrival.vlan, arrival.frame);
        auto& packet = arrival.frame.packet;
        if (packet.kind == OffloadKind::Udp)
        {
            const int port = LoadBig16(arrival.bytes.data() + arrival.headerLength - 6);
            packet.wantsMerged = m_merging.count(port) != 0;
            packet.hasSocket = packet.wantsMerged || m_plain.count(port) != 0;
        }
        else
        {
            packet.hasSocket = false; // the measured host had none
        }
    }

    void Discard(std::uint32_t id) override
    {
        FAIL("packet " << id << " was lost");
    }

    void Deliver(const OffloadUnit& unit) override
    {
        Json out;
        const auto& first = *m_arrivals[unit.packets[0]];
        Bytes payloads;
        for (const auto id : unit.packets)
        {
            out["from"].push_back(id);
            const auto& bytes = m_arrivals[id]->bytes;
            const auto begin =
                bytes.begin() + static_cast<std::ptrdiff_t>(m_arrivals[id]->headerLength);
            payloads.insert(payloads.end(), begin, begin + m_arrivals[id]->payload);
        }
        auto frame = first.bytes;
        if (unit.IsMerged())
        {
            frame = MergedFrame(unit, first.bytes, first.frame, payloads);
            const bool isUdp = unit.head.kind == OffloadKind::Udp;
            out["type"] = isUdp ? "udp_l4" : unit.head.isVersion4 ? "tcp4" : "tcp6";
            out["csum"] = unit.isChain ? "valid" : "partial";
            out["gso_size"] = unit.segmentSize;
            CheckCut(unit, frame);
        }
        else
        {
            out["type"] = "none";
            out["csum"] = first.frame.isVerified && !m_isOff ? "valid" : "none";
            out["gso_size"] = 0;
            if (first.padding > 0)
            {
                out["trailer"] = first.padding;
            }
        }
        out["segs"] = unit.packets.size();
        out["pl"] = payloads.size();
        out["h"] = ToHex(frame, first.headerLength);
        if (first.vlan != 0)
        {
            out["vlan"] = first.vlan;
        }
        m_units.push_back(out);
        Forward(unit, frame);
    }

    /// What is cut again must be what came, byte for byte.
    void CheckCut(const OffloadUnit& unit, const Bytes& merged)
    {
        if (unit.isChain)
        {
            return; // it still is what came
        }
        // Linux compares no urgent pointer: one without its flag is lost.
        for (const auto id : unit.packets)
        {
            const auto& packet = *m_arrivals[id];
            const auto at = kEthernetHeader + packet.frame.networkLength + 18;
            if (unit.head.kind == OffloadKind::Tcp && LoadBig16(packet.bytes.data() + at) != 0)
            {
                return;
            }
        }
        const auto& first = *m_arrivals[unit.packets[0]];
        const auto frames = SegmentFrame(merged, first.frame, unit.segmentSize, unit.isFixedId);
        m_isLossless = m_isLossless && frames.size() == unit.packets.size();
        for (std::size_t i = 0; i < std::min(frames.size(), unit.packets.size()); ++i)
        {
            m_isLossless = m_isLossless && frames[i] == m_arrivals[unit.packets[i]]->bytes;
        }
    }

    /// What the measured router sent on: other link addresses, a hop less, cut if it was merged.
    void Forward(const OffloadUnit& unit, Bytes frame)
    {
        if (!m_isForwarding)
        {
            return;
        }
        const auto& first = *m_arrivals[unit.packets[0]];
        const auto cut = unit.IsMerged()
                             ? SegmentFrame(frame, first.frame, unit.segmentSize, unit.isFixedId)
                             : std::vector<Bytes>{frame};
        for (auto each : cut)
        {
            static const Bytes link{2, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 3};
            std::copy(link.begin(), link.end(), each.begin());
            auto* ip = each.data() + kEthernetHeader;
            --ip[8];
            const std::uint32_t sum = LoadBig16(ip + 10) + 0x100u; // RFC 1141
            StoreBig16(ip + 10, static_cast<std::uint16_t>(sum + (sum >> 16)));
            m_forwarded.push_back({{"h", ToHex(each, first.headerLength)},
                                   {"pl", each.size() - first.headerLength - first.padding}});
        }
    }

    Json m_case;
    OffloadSettings m_settings;
    std::set<int> m_merging;
    std::set<int> m_plain;
    std::vector<TimeNs> m_gaps;
    bool m_isForwarding{false};
    bool m_isOff{false};
    bool m_isLossless{true};
    TimeNs m_now{kSecond + 100 * kMicrosecond}; // right after a tick
    OffloadFrameReader m_reader;
    std::vector<std::unique_ptr<Arrival>> m_arrivals;
    std::unique_ptr<ReceiveOffload> m_offload;
    Json m_units = Json::array();
    Json m_forwarded = Json::array();
};

/// The units of a case without the fields that say how it was measured.
Json
Sorted(Json units)
{
    for (auto& unit : units)
    {
        std::sort(unit["from"].begin(), unit["from"].end());
    }
    return units;
}

} // namespace

TEST_CASE("GRO delivers what a live kernel delivered, unit for unit and byte for byte",
          "[reference][gro]")
{
    Group group("gro", "gro");
    ForEachLine("gro", [&](const Json& each) {
        auto c = each;
        c["units"] = Sorted(c["units"]);
        const Replay replay(c);
        auto differences = replay.Compare();
        if (!replay.IsLossless())
        {
            differences.Add("cut again", "it is not what came");
        }
        group.Judge(c["id"], differences);
    });
    group.Finish(223);
}
