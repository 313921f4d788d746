// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-freebsd-lro.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace hoststack
{

namespace
{

constexpr int kCannot = -1;
constexpr int kNoEntry = -2;
constexpr int kNotSupported = 1;
constexpr std::uint8_t kIsHash = 0x80;
constexpr std::uint8_t kInnerHeader = 0x40;

/// phashinit(): the largest of its primes that is not above \p limit.
std::uint32_t
BucketsFor(std::uint32_t limit)
{
    constexpr std::array<std::uint32_t, 16> primes =
        {1, 13, 31, 61, 127, 251, 509, 761, 1021, 1531, 2039, 2557, 3067, 3583, 4093, 4603};
    const auto above = std::upper_bound(primes.begin(), primes.end(), limit);
    return above == primes.begin() ? 1 : *(above - 1);
}

/// What packets of the sort array are sorted by.
std::tuple<std::uint8_t, std::uint32_t>
SortKey(const LroVersion& version, const LroPacket& packet)
{
    if (version.unhashedKeepOrder && (packet.hashType & kIsHash) == 0)
    {
        return {0, 0};
    }
    return {static_cast<std::uint8_t>(packet.hashType & ~kInnerHeader), packet.flowId};
}

} // namespace

const std::vector<LroVersion>&
LroVersions()
{
    using R = LroVersion::Refusal;
    static const std::vector<LroVersion> versions = {
        {"lro-freebsd-14.0",
         "FreeBSD 14.0-CURRENT of July 2022",
         R::FlushNone,
         true,
         false,
         true,
         false,
         false,
         false,
         false},
        {"lro-freebsd",
         "FreeBSD main of 2024: order around a packet that it cannot take is kept for one flow",
         R::FlushNewest,
         true,
         true,
         true,
         true,
         true,
         true,
         false},
        {"lro-freebsd-later",
         "a later tcp_lro.c: such a packet ends all units",
         R::FlushAll,
         false,
         true,
         false,
         true,
         true,
         true,
         true},
    };
    return versions;
}

FreebsdLro::FreebsdLro(const LroVersion& version, const LroSettings& settings, Host& host)
    : m_version(version),
      m_settings(settings),
      m_host(host),
      m_buckets(BucketsFor(version.bucketsOfArray ? std::max(settings.entries, settings.sortArray)
                                                  : settings.entries)),
      m_free(settings.entries)
{
    m_array.reserve(settings.sortArray);
}

bool
FreebsdLro::IsChecksumBad(const LroPacket& packet)
{
    constexpr std::uint8_t need = kLroDataValid | kLroPseudoHeader;
    const bool isBad = (packet.checksumFlags & need) != need || packet.checksumData != 0xffff;
    m_counters.badChecksum += isBad ? 1 : 0;
    return isBad;
}

bool
FreebsdLro::IsParsed(const LroPacket& packet) const
{
    constexpr std::uint32_t kTcpHeader = 20;
    return packet.isIp && (!packet.isVersion4 || packet.ipHeader == 20) && !packet.isFragment &&
           !(m_version.refusesZeroAddress && packet.hasZeroAddress) && packet.isTcp &&
           packet.linkHeader + packet.ipHeader + std::max(packet.tcpHeader, kTcpHeader) <=
               packet.firstBuffer;
}

int
FreebsdLro::Admit(LroPacket& packet, TimeNs now, bool looksAtChecksum)
{
    if (m_settings.forwards4 || m_settings.forwards6)
    {
        return kCannot;
    }
    if (looksAtChecksum && IsChecksumBad(packet))
    {
        return kCannot;
    }
    if (!IsParsed(packet))
    {
        return kNotSupported;
    }
    if (packet.ipLength > packet.frameBytes)
    {
        return kCannot;
    }
    packet.frameBytes = packet.ipLength;
    if (packet.isVersion4)
    {
        const bool isRight = (packet.checksumFlags & kLroIpChecked) != 0
                                 ? (packet.checksumFlags & kLroIpValid) != 0
                                 : packet.isIpChecksumRight;
        if (!isRight)
        {
            ++m_counters.badIp;
            return kCannot;
        }
    }
    if (packet.arrival == kNever)
    {
        packet.arrival = packet.nicTime != kNever ? packet.nicTime : now;
    }
    const auto headers = packet.ipHeader + packet.tcpHeader;
    if ((packet.flags & kSyn) != 0 || packet.tcpHeader < 20 || headers > packet.ipLength)
    {
        return kCannot;
    }
    packet.payload = packet.ipLength - headers;
    packet.segments = 1;
    return 0;
}

int
FreebsdLro::Chain(LroPacket& packet, TimeNs now, std::uint64_t bucket)
{
    const std::uint64_t vlan = packet.vlan & 0xfff;
    for (auto& entry : m_active)
    {
        if (entry.flow != packet.flow || entry.vlan != vlan || entry.bucket != bucket)
        {
            continue;
        }
        if (packet.payload == 0 && packet.ack < entry.openingAck)
        {
            m_host.Free(packet); // whatever it carries
        }
        else
        {
            entry.packets.push_back(&packet);
        }
        return 0;
    }
    if (m_free.empty())
    {
        return kNoEntry;
    }
    m_active.splice(m_active.begin(), m_free, m_free.begin());
    auto& entry = m_active.front();
    entry.flow = packet.flow;
    entry.vlan = vlan;
    entry.bucket = bucket;
    entry.openingAck = packet.ack;
    entry.timestampValue = 0;
    entry.timestampEcho = 0;
    entry.created = now;
    entry.packets.assign(1, &packet);
    return 0;
}

void
FreebsdLro::Refuse()
{
    switch (m_version.onRefusal)
    {
    case LroVersion::Refusal::FlushNone:
        break;
    case LroVersion::Refusal::FlushNewest:
        FlushNewest(FlushReason::Refused);
        break;
    case LroVersion::Refusal::FlushAll:
        FlushEntries(FlushReason::Refused);
        break;
    }
}

int
FreebsdLro::Receive(LroPacket& packet, TimeNs now)
{
    if (m_version.testsChecksumFirst && IsChecksumBad(packet))
    {
        return kCannot;
    }
    auto error = Admit(packet, now, !m_version.testsChecksumFirst);
    if (error == 0)
    {
        const bool isHash = (packet.hashType & kIsHash) != 0;
        error = Chain(packet, now, (isHash ? packet.flowId : packet.keySum) % m_buckets);
    }
    if (error != 0)
    {
        Refuse();
    }
    return error;
}

void
FreebsdLro::Queue(LroPacket& packet, TimeNs now)
{
    if (m_settings.sortArray == 0)
    {
        m_host.Free(packet);
        return;
    }
    if (!m_settings.isCapable)
    {
        LroUnit unit;
        unit.head = packet;
        unit.packets.assign(1, &packet);
        unit.why = FlushReason::Off;
        m_host.Input(unit, 0);
        return;
    }
    if (m_version.stampsWhenQueued && m_settings.isQueueWanted && !m_settings.isLessAccurate &&
        packet.nicTime == kNever && packet.arrival == kNever)
    {
        packet.arrival = now;
    }
    m_array.push_back(&packet);
    if (m_array.size() >= m_settings.sortArray)
    {
        FlushAll(now);
    }
}

void
FreebsdLro::FlushAll(TimeNs now)
{
    if (!m_array.empty())
    {
        if (!m_cpu.isSet)
        {
            const bool isSame = m_settings.cpu == m_cpu.last;
            m_cpu.last = m_settings.cpu;
            m_cpu.count = isSame ? m_cpu.count + 1 : 0;
            m_cpu.isSet = isSame && m_cpu.count > m_settings.cpuThreshold;
        }
        std::stable_sort(m_array.begin(),
                         m_array.end(),
                         [this](const LroPacket* a, const LroPacket* b) {
                             return SortKey(m_version, *a) < SortKey(m_version, *b);
                         });
        std::tuple<std::uint8_t, std::uint32_t> last{0, 0};
        for (auto* packet : m_array)
        {
            const auto key = SortKey(m_version, *packet);
            if (key != last)
            {
                last = key;
                FlushEntries(FlushReason::NewFlow);
            }
            auto error = Admit(*packet, now, true);
            error = error == 0 ? Chain(*packet, now, 0) : error;
            if (error != 0)
            {
                Refuse();
                LroUnit unit;
                unit.head = *packet;
                unit.packets.assign(1, packet);
                unit.why = FlushReason::Refused;
                m_host.Input(unit, 0);
                ++m_counters.queued;
                ++m_counters.flushed;
            }
        }
        m_array.clear();
    }
    FlushEntries(FlushReason::PollEnd);
    m_host.RunSoftTimer();
}

void
FreebsdLro::FlushInactive(TimeNs timeout, TimeNs now)
{
    for (auto at = m_active.begin(); at != m_active.end();)
    {
        const auto next = std::next(at);
        if (now >= at->created + timeout)
        {
            Flush(*at, FlushReason::Aged);
            m_free.splice(m_free.begin(), m_active, at);
        }
        at = next;
    }
}

void
FreebsdLro::FlushNewest(FlushReason why)
{
    if (!m_active.empty())
    {
        Flush(m_active.front(), why);
        m_free.splice(m_free.begin(), m_active, m_active.begin());
    }
}

void
FreebsdLro::FlushEntries(FlushReason why)
{
    while (!m_active.empty())
    {
        FlushNewest(why);
    }
}

void
FreebsdLro::Flush(Entry& entry, FlushReason why)
{
    if (!FlushToQueue(entry))
    {
        Condense(entry, why);
    }
    ++m_counters.flushed;
}

/// tcp_lro_condense(): what is tested, in its order. Takes the time stamp over on the way.
std::optional<FlushReason>
FreebsdLro::WhyItEnds(const LroUnit& unit,
                      Entry& entry,
                      const LroPacket& next,
                      std::uint32_t sum) const
{
    const auto& head = unit.head;
    if (next.options == LroOptions::Other)
    {
        return FlushReason::Options;
    }
    if ((next.flags & ~(kAck | kPsh)) != 0)
    {
        return FlushReason::Flags;
    }
    if (head.segments + 1 >= m_settings.ackLimit)
    {
        return FlushReason::Segments;
    }
    if (sum + next.payload >= m_settings.lengthLimit)
    {
        return FlushReason::Size;
    }
    if (next.options == LroOptions::Timestamps)
    {
        if (static_cast<std::int32_t>(entry.timestampValue - next.timestampValue) > 0)
        {
            return FlushReason::Timestamps;
        }
        entry.timestampValue = next.timestampValue;
        entry.timestampEcho = next.timestampEcho;
    }
    if (next.seq != head.seq + sum)
    {
        return FlushReason::Sequence;
    }
    if (((next.flags ^ head.flags) & kAck) != 0)
    {
        return FlushReason::Flags;
    }
    const bool isDuplicate =
        next.payload == 0 && next.ack == head.ack && next.window == head.window;
    return isDuplicate ? std::optional(FlushReason::Duplicate) : std::nullopt;
}

void
FreebsdLro::Absorb(LroUnit& unit, const LroPacket& next, std::uint32_t& sum)
{
    auto& head = unit.head;
    if (next.payload > 0 || next.ack > head.ack)
    {
        head.ack = next.ack;
        head.window = next.window;
        unit.isChanged = true;
    }
    else if (next.ack == head.ack && next.window > head.window)
    {
        head.window = next.window;
        unit.isChanged = true;
    }
    if (next.payload == 0)
    {
        m_host.Free(next);
        return;
    }
    // The sum of a segment is added as if it began at an even place.
    if (sum % 2 != 0 || !next.isChecksumRight)
    {
        head.isChecksumRight = false;
    }
    sum += next.payload;
    unit.packets.push_back(&next);
    ++head.segments;
}

void
FreebsdLro::Condense(Entry& entry, FlushReason why)
{
    LroUnit unit;
    std::uint32_t sum = 0; // payload of the unit
    const auto begin = [&](const LroPacket& packet) {
        unit.head = packet;
        unit.packets.assign(1, &packet);
        unit.isChanged = false;
        sum = packet.payload;
        if (packet.options == LroOptions::Timestamps)
        {
            entry.timestampValue = packet.timestampValue;
            entry.timestampEcho = packet.timestampEcho;
        }
    };
    begin(*entry.packets.front());
    for (std::size_t i = 1; i < entry.packets.size(); ++i)
    {
        const auto& next = *entry.packets[i];
        if (const auto ends = WhyItEnds(unit, entry, next, sum))
        {
            Deliver(unit, entry, *ends);
            begin(next);
        }
        else
        {
            Absorb(unit, next, sum);
        }
    }
    Deliver(unit, entry, why);
    entry.packets.clear();
}

void
FreebsdLro::Deliver(LroUnit& unit, const Entry& entry, FlushReason why)
{
    unit.why = why;
    m_counters.queued += unit.head.segments;
    if (unit.isChanged)
    {
        auto& head = unit.head;
        for (std::size_t i = 1; i < unit.packets.size(); ++i)
        {
            head.ipLength += unit.packets[i]->payload;
        }
        if (head.options == LroOptions::Timestamps)
        {
            head.timestampValue = entry.timestampValue;
            head.timestampEcho = entry.timestampEcho;
        }
        head.checksumFlags = static_cast<std::uint8_t>(
            kLroPseudoHeader | kLroDataValid | (head.isVersion4 ? kLroIpChecked | kLroIpValid : 0));
        if (head.payload > 0 && unit.packets.size() == 1)
        {
            head.isChecksumRight = false;
        }
    }
    m_host.Input(unit, 0);
}

} // namespace hoststack
