// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-capture-writer.h"

#include "ns3/hs-tcp-codec.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace hoststack
{

namespace
{

// www.tcpdump.org/linktypes.html: LINKTYPE_RAW, packets begin with an IP header.
constexpr std::uint16_t kLinkTypeRaw = 101;
/// What readers take for "all of it": libpcap's MAXIMUM_SNAPLEN.
constexpr std::uint32_t kWholePacket = 262144;
constexpr std::size_t kBufferBytes = 1 << 18; // estimate: a few hundred packets a system call

// draft-ietf-opsawg-pcap section 4: the magic number of files with nanoseconds.
constexpr std::uint32_t kPcapNanoseconds = 0xa1b23c4d;

// draft-ietf-opsawg-pcapng sections 3 and 4: block types and option codes.
constexpr std::uint32_t kSectionHeaderBlock = 0x0a0d0d0a;
constexpr std::uint32_t kInterfaceBlock = 1;
constexpr std::uint32_t kEnhancedPacketBlock = 6;
constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::uint16_t kOptionEndOfOptions = 0;
constexpr std::uint16_t kOptionComment = 1;
constexpr std::uint16_t kSectionApplication = 4;
constexpr std::uint16_t kInterfaceName = 2;
constexpr std::uint16_t kInterfaceDescription = 3;
constexpr std::uint16_t kInterfaceTimeResolution = 9;
constexpr std::uint16_t kPacketFlags = 2;
/// A string option says its length in 16 bits; longer text is cut.
constexpr std::size_t kMaxOptionText = 65000;

const std::array<std::uint8_t, 4096> kZeros{};

constexpr std::size_t
Padded(std::size_t length)
{
    return (length + 3) / 4 * 4;
}

/// Little-endian numbers and pcapng options, one behind the other.
class Bytes
{
  public:
    Bytes& U16(std::uint16_t value)
    {
        m_text += static_cast<char>(value & 0xff);
        m_text += static_cast<char>(value >> 8);
        return *this;
    }

    Bytes& U32(std::uint32_t value)
    {
        return U16(static_cast<std::uint16_t>(value)).U16(static_cast<std::uint16_t>(value >> 16));
    }

    Bytes& Option(std::uint16_t code, const std::string& value)
    {
        const std::size_t length = std::min(value.size(), kMaxOptionText);
        U16(code).U16(static_cast<std::uint16_t>(length));
        m_text.append(value, 0, length);
        m_text.append(Padded(length) - length, '\0');
        return *this;
    }

    Bytes& EndOfOptions()
    {
        return U16(kOptionEndOfOptions).U16(0);
    }

    const std::string& Text() const
    {
        return m_text;
    }

  private:
    std::string m_text;
};

/// The fixed start of a record: up to seven little-endian words, without an allocation.
class RecordHead
{
  public:
    RecordHead& U32(std::uint32_t value)
    {
        for (int shift = 0; shift < 32; shift += 8)
        {
            m_bytes[m_length++] = static_cast<std::uint8_t>(value >> shift);
        }
        return *this;
    }

    RecordHead& U32(std::size_t value)
    {
        return U32(static_cast<std::uint32_t>(value));
    }

    const std::uint8_t* Data() const
    {
        return m_bytes.data();
    }

    std::size_t Length() const
    {
        return m_length;
    }

  private:
    std::array<std::uint8_t, 28> m_bytes;
    std::size_t m_length{0};
};

/// A whole block: type, length, body, length again.
std::string
Block(std::uint32_t type, const std::string& body)
{
    const auto length = static_cast<std::uint32_t>(12 + body.size());
    return Bytes().U32(type).U32(length).Text() + body + Bytes().U32(length).Text();
}

std::string
PacketOptions(CaptureDirection direction, const std::string& comment)
{
    if (direction == CaptureDirection::Unknown && comment.empty())
    {
        return {};
    }
    Bytes options;
    if (direction != CaptureDirection::Unknown)
    {
        // Bits 0 and 1: 1 is inbound, 2 is outbound.
        const std::uint32_t bits = direction == CaptureDirection::Inbound ? 1 : 2;
        options.U16(kPacketFlags).U16(4).U32(bits);
    }
    if (!comment.empty())
    {
        options.Option(kOptionComment, comment);
    }
    return options.EndOfOptions().Text();
}

} // namespace

CaptureWriter::CaptureWriter(const std::string& path, const CaptureOptions& options)
    : m_path(path),
      m_options(options),
      m_buffer(kBufferBytes),
      m_file(std::fopen(path.c_str(), "wb"))
{
    if (!m_file)
    {
        Fail(std::string("cannot be created: ") + std::strerror(errno));
    }
    std::setvbuf(m_file.get(), m_buffer.data(), _IOFBF, m_buffer.size());
    if (m_options.snapLength == 0)
    {
        m_options.snapLength = kWholePacket;
    }
    std::string start;
    if (m_options.format == CaptureFormat::Pcap)
    {
        // Version 2.4; the time zone and accuracy fields are always 0.
        start = Bytes()
                    .U32(kPcapNanoseconds)
                    .U16(2)
                    .U16(4)
                    .U32(0)
                    .U32(0)
                    .U32(m_options.snapLength)
                    .U32(kLinkTypeRaw)
                    .Text();
    }
    else
    {
        // Version 1.0; a section of unknown length, since it grows.
        start = Block(kSectionHeaderBlock,
                      Bytes()
                          .U32(kByteOrderMagic)
                          .U16(1)
                          .U16(0)
                          .U32(0xffffffff)
                          .U32(0xffffffff)
                          .Option(kSectionApplication, "hoststack")
                          .EndOfOptions()
                          .Text());
    }
    Put(start.data(), start.size());
}

CaptureWriter::~CaptureWriter() = default;

std::uint32_t
CaptureWriter::AddInterface(const std::string& name, const std::string& description)
{
    if (m_options.format == CaptureFormat::Pcap)
    {
        if (m_interfaces > 0)
        {
            Fail("has an interface already, and the pcap format knows only one: use pcapng or a "
                 "file for each interface");
        }
        return m_interfaces++;
    }
    Bytes body;
    body.U16(kLinkTypeRaw).U16(0).U32(m_options.snapLength).Option(kInterfaceName, name);
    if (!description.empty())
    {
        body.Option(kInterfaceDescription, description);
    }
    // 9: time counts in units of 10^-9 s.
    body.Option(kInterfaceTimeResolution, std::string(1, '\x09')).EndOfOptions();
    const std::string block = Block(kInterfaceBlock, body.Text());
    Put(block.data(), block.size());
    return m_interfaces++;
}

void
CaptureWriter::WritePacket(std::uint32_t interface,
                           TimeNs time,
                           const std::uint8_t* packet,
                           std::size_t length,
                           CaptureDirection direction,
                           const std::string& comment)
{
    Write(interface, time, {packet, length, nullptr, 0}, direction, comment);
}

void
CaptureWriter::WriteTcp(std::uint32_t interface,
                        TimeNs time,
                        const IpHeader& header,
                        const TcpSegment& segment,
                        CaptureDirection direction,
                        const std::string& comment)
{
    std::uint8_t head[kIpv6Header + kTcpMaxHeader];
    IpHeader ip = header;
    ip.ecn = segment.ecn;
    const std::size_t ipLength = IpHeaderLength(ip.source.family);
    const std::size_t tcpLength = EncodeTcpHeader(segment,
                                                  {ip.source, ip.destination},
                                                  head + ipLength,
                                                  sizeof head - ipLength);
    ip.payloadLength = static_cast<std::uint32_t>(tcpLength) + segment.payload.Length();
    EncodeIpHeader(ip, head, ipLength);
    Write(interface,
          time,
          {head, ipLength + tcpLength, segment.payload.Data(), segment.payload.Length()},
          direction,
          comment);
}

void
CaptureWriter::Close()
{
    if (!m_file)
    {
        return;
    }
    if (std::fclose(m_file.release()) != 0)
    {
        Fail(std::string("could not be written to its end: ") + std::strerror(errno));
    }
}

void
CaptureWriter::Write(std::uint32_t interface,
                     TimeNs time,
                     const Pieces& packet,
                     CaptureDirection direction,
                     const std::string& comment)
{
    if (interface >= m_interfaces)
    {
        Fail("has no interface " + std::to_string(interface) + ": call AddInterface first");
    }
    if (time < 0)
    {
        Fail("cannot hold a packet before time 0");
    }
    const std::size_t captured =
        std::min<std::size_t>(packet.headLength + packet.tailLength, m_options.snapLength);
    if (m_options.format == CaptureFormat::Pcap)
    {
        WritePcapRecord(time, packet, captured);
    }
    else
    {
        WriteEnhancedPacket(interface, time, packet, captured, direction, comment);
    }
    ++m_packets;
}

void
CaptureWriter::WritePcapRecord(TimeNs time, const Pieces& packet, std::size_t captured)
{
    RecordHead head;
    head.U32(static_cast<std::uint32_t>(time / kSecond))
        .U32(static_cast<std::uint32_t>(time % kSecond))
        .U32(captured)
        .U32(packet.headLength + packet.tailLength);
    Put(head.Data(), head.Length());
    PutPieces(packet, captured);
}

void
CaptureWriter::WriteEnhancedPacket(std::uint32_t interface,
                                   TimeNs time,
                                   const Pieces& packet,
                                   std::size_t captured,
                                   CaptureDirection direction,
                                   const std::string& comment)
{
    const std::string options = PacketOptions(direction, comment);
    // 32 bytes: type, length, interface, two of time, two of packet length, length again.
    const std::size_t length = 32 + Padded(captured) + options.size();
    const auto stamp = static_cast<std::uint64_t>(time);
    RecordHead head;
    head.U32(kEnhancedPacketBlock)
        .U32(length)
        .U32(interface)
        .U32(static_cast<std::uint32_t>(stamp >> 32))
        .U32(static_cast<std::uint32_t>(stamp))
        .U32(captured)
        .U32(packet.headLength + packet.tailLength);
    Put(head.Data(), head.Length());
    PutPieces(packet, captured);
    Put(kZeros.data(), Padded(captured) - captured);
    Put(options.data(), options.size());
    RecordHead end;
    end.U32(length);
    Put(end.Data(), end.Length());
}

void
CaptureWriter::PutPieces(const Pieces& packet, std::size_t captured)
{
    const std::size_t head = std::min(packet.headLength, captured);
    Put(packet.head, head);
    std::size_t rest = captured - head;
    if (packet.tail)
    {
        Put(packet.tail, rest);
        return;
    }
    while (rest > 0)
    {
        const std::size_t part = std::min(rest, kZeros.size());
        Put(kZeros.data(), part);
        rest -= part;
    }
}

void
CaptureWriter::Put(const void* bytes, std::size_t length)
{
    if (!m_file)
    {
        Fail("is closed already");
    }
    if (length > 0 && std::fwrite(bytes, 1, length, m_file.get()) != length)
    {
        Fail(std::string("cannot be written: ") + std::strerror(errno));
    }
}

void
CaptureWriter::Fail(const std::string& what) const
{
    throw CaptureError("capture file '" + m_path + "' " + what);
}

} // namespace hoststack
