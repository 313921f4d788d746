// SPDX-License-Identifier: GPL-2.0-only

#include "hs-test-bytes.h"
#include "ns3/hs-capture-writer.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <unistd.h>

using namespace hoststack;
using namespace hoststack::test;

namespace
{

/// A file name of this process alone; the file goes with the object.
class TemporaryFile
{
  public:
    explicit TemporaryFile(const std::string& suffix)
        : m_path(std::filesystem::temp_directory_path() /
                 ("hs-capture-" + std::to_string(getpid()) + suffix))
    {
    }

    ~TemporaryFile()
    {
        std::filesystem::remove(m_path);
    }

    std::string Path() const
    {
        return m_path.string();
    }

  private:
    std::filesystem::path m_path;
};

Bytes
ReadFile(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(file), {});
}

/// One end of the sample conversation.
struct End
{
    IpHeader ip;
    std::uint16_t port;
    std::uint32_t interface;
    Seq32 next;
};

/**
 * A small conversation as a run would capture it at both hosts' interfaces: handshake, request,
 * response with a retransmission that SACK asked for, FINs. Times are the caller's to begin with.
 */
class Conversation
{
  public:
    Conversation(CaptureWriter& writer, const IpEndpoints& ends, std::uint32_t interface, TimeNs t)
        : m_writer(writer),
          m_time(t)
    {
        m_client.ip.source = m_server.ip.destination = ends.source;
        m_server.ip.source = m_client.ip.destination = ends.destination;
        m_client.port = 40000;
        m_server.port = 80;
        m_client.next = Seq32(0xfffffff0);
        m_server.next = Seq32(1000);
        m_client.interface = m_server.interface = interface;
    }

    void Run()
    {
        TcpSegment syn = From(m_client, m_server, kSyn | kEce | kCwr);
        Announce(syn, true);
        const std::uint8_t mpCapable[] = {30, 4, 0x01, 0x01};
        syn.options.AppendOther(mpCapable, sizeof mpCapable);
        Send(m_client, syn, "the first segment");
        TcpSegment synAck = From(m_server, m_client, kSyn | kAck | kEce);
        Announce(synAck, true);
        Send(m_server, synAck);
        Send(m_client, From(m_client, m_server, kAck));

        const std::string request = "GET /sample HTTP/1.0\r\n\r\n";
        TcpSegment get = From(m_client, m_server, kAck | kPsh);
        get.payload = Payload::Copy(reinterpret_cast<const std::uint8_t*>(request.data()),
                                    static_cast<std::uint32_t>(request.size()));
        get.ecn = Ecn::Ect0;
        Send(m_client, get);

        TcpSegment burst = From(m_server, m_client, kAck | kPsh);
        burst.payload = Payload::Virtual(3 * 1428 + 17);
        burst.mss = 1428;
        burst.ecn = Ecn::Ect0;
        for (std::uint32_t i = 0; i < burst.SegmentCount(); ++i)
        {
            Send(m_server, CutSegment(burst, i), i == 1 ? "lost after this point" : "");
        }
        TcpSegment ask = From(m_client, m_server, kAck);
        ask.ack = burst.seq + 1428;
        ask.options.sackCount = 1;
        ask.options.sack[0] = {burst.seq + 2 * 1428, m_server.next};
        Send(m_client, ask);
        const Seq32 end = m_server.next;
        Send(m_server, CutSegment(burst, 1));
        m_server.next = end;
        Send(m_client, From(m_client, m_server, kAck));
        Send(m_server, From(m_server, m_client, kAck | kFin));
        Send(m_client, From(m_client, m_server, kAck | kFin));
        Send(m_server, From(m_server, m_client, kAck));
    }

  private:
    static void Announce(TcpSegment& s, bool scale)
    {
        s.options.hasMss = s.options.sackPermitted = true;
        s.options.mss = 1440;
        s.options.hasWindowScale = scale;
        s.options.windowScale = 7;
    }

    TcpSegment From(const End& from, const End& to, std::uint16_t flags) const
    {
        TcpSegment s;
        s.sourcePort = from.port;
        s.destinationPort = to.port;
        s.seq = from.next;
        s.ack = (flags & kAck) != 0 ? to.next : Seq32();
        s.flags = flags;
        s.window = 60000;
        s.options.hasTimestamps = true;
        s.options.timestampValue = static_cast<std::uint32_t>(m_time / kMillisecond) + 1;
        s.options.timestampEcho = (flags & kAck) != 0 ? s.options.timestampValue - 1 : 0;
        return s;
    }

    void Send(End& from, const TcpSegment& s, const std::string& comment = "")
    {
        ++from.ip.identification;
        m_writer.WriteTcp(from.interface,
                          m_time,
                          from.ip,
                          s,
                          &from == &m_client ? CaptureDirection::Outbound
                                             : CaptureDirection::Inbound,
                          comment);
        from.next = s.seq + s.SequenceLength();
        m_time += kMillisecond + 1;
    }

    CaptureWriter& m_writer;
    TimeNs m_time;
    End m_client;
    End m_server;
};

void
WriteSample(const std::string& path, CaptureFormat format)
{
    CaptureWriter writer(path, {format, 0});
    const std::uint32_t lan = writer.AddInterface("pc/eth0", "1 Gbit/s");
    const bool two = format == CaptureFormat::Pcapng;
    const std::uint32_t wan = two ? writer.AddInterface("router/x55") : lan;
    Conversation(writer, EndpointsV4(), lan, 0).Run();
    Conversation(writer, EndpointsV6(), wan, 5 * kSecond + 123456789).Run();
    REQUIRE(writer.PacketCount() == 28);
    writer.Close();
}

/// A packet of three bytes, so that padding shows.
const Bytes kPacket = FromHex("454647");

} // namespace

TEST_CASE("a pcapng file has the bytes its specification says", "[wire]")
{
    const TemporaryFile file(".pcapng");
    CaptureWriter writer(file.Path(), {});
    const std::uint32_t id = writer.AddInterface("ab", "c");
    writer.WritePacket(id, 0x100000002, kPacket.data(), 3, CaptureDirection::Outbound, "hi");
    writer.WritePacket(id, 1, kPacket.data(), 3);
    writer.Close();
    const Bytes expected = FromHex(
        // section header, 4 bytes option head, "hoststack", end of options
        "0a0d0d0a 30000000 4d3c2b1a 01000000 ffffffffffffffff"
        "04000900 686f7374737461636b000000 00000000 30000000"
        // interface: linktype 101, snap length, if_name, if_description, if_tsresol
        "01000000 30000000 65000000 00000400"
        "02000200 61620000 03000100 63000000 09000100 09000000 00000000 30000000"
        // enhanced packet with flags and comment
        "06000000 38000000 00000000 01000000 02000000 03000000 03000000 45464700"
        "02000400 02000000 01000200 68690000 00000000 38000000"
        // enhanced packet without options
        "06000000 24000000 00000000 00000000 01000000 03000000 03000000 45464700 24000000");
    CHECK(ReadFile(file.Path()) == expected);
}

TEST_CASE("a pcap file has the bytes its specification says", "[wire]")
{
    const TemporaryFile file(".pcap");
    CaptureWriter writer(file.Path(), {CaptureFormat::Pcap, 2});
    const std::uint32_t id = writer.AddInterface("ab");
    writer.WritePacket(id, 3 * kSecond + 4, kPacket.data(), 3, CaptureDirection::Inbound, "no");
    writer.Close();
    CHECK(ReadFile(file.Path()) == FromHex("4d3cb2a1 0200 0400 00000000 00000000 02000000 65000000"
                                           "03000000 04000000 02000000 03000000 4546"));
}

TEST_CASE("a segment is captured as the packet it travels in", "[wire]")
{
    const TemporaryFile file(".pcap");
    TcpSegment s;
    s.options.hasTimestamps = true;
    s.ecn = Ecn::Ce;
    const bool isVirtual = GENERATE(false, true);
    const Bytes content(5000, isVirtual ? 0 : 0x55);
    s.payload = isVirtual ? Payload::Virtual(5000) : Payload::Copy(content.data(), 5000);
    IpHeader ip;
    ip.source = EndpointsV6().source;
    ip.destination = EndpointsV6().destination;

    CaptureWriter whole(file.Path(), {CaptureFormat::Pcap, 0});
    whole.WriteTcp(whole.AddInterface(""), 0, ip, s);
    whole.Close();
    const Bytes bytes = ReadFile(file.Path());
    REQUIRE(bytes.size() == 24 + 16 + 40 + 32 + 5000);
    IpHeader back;
    REQUIRE(DecodeIpHeader(bytes.data() + 40, bytes.size() - 40, back));
    CHECK(back.payloadLength == 5032);
    CHECK(back.ecn == Ecn::Ce);
    CHECK(VerifyTcpChecksum(bytes.data() + 80, 5032, EndpointsV6()));
    TcpSegment segment;
    REQUIRE(DecodeTcp(bytes.data() + 80, 5032, segment));
    segment.ecn = Ecn::Ce;
    CHECK(segment == s);

    // Cut short it is the beginning of the same packet, with the same checksum.
    for (std::uint32_t snap : {30U, 72U, 100U})
    {
        CaptureWriter cut(file.Path(), {CaptureFormat::Pcap, snap});
        cut.WriteTcp(cut.AddInterface(""), 0, ip, s);
        cut.Close();
        const Bytes part = ReadFile(file.Path());
        REQUIRE(part.size() == 24 + 16 + snap);
        CHECK(std::equal(part.begin() + 40, part.end(), bytes.begin() + 40));
        CHECK(std::equal(part.begin() + 36, part.begin() + 40, bytes.begin() + 36));
        CHECK(part[32] == snap);
    }
}

// test/system/capture-test.py runs this case by its tag and lets tshark read the files.
TEST_CASE("the same packets give the same capture file", "[wire][capture-sample]")
{
    const char* directory = std::getenv("HOSTSTACK_CAPTURE_DIR");
    for (CaptureFormat format : {CaptureFormat::Pcapng, CaptureFormat::Pcap})
    {
        const std::string suffix = format == CaptureFormat::Pcapng ? ".pcapng" : ".pcap";
        const TemporaryFile first("-1" + suffix);
        const TemporaryFile second("-2" + suffix);
        WriteSample(first.Path(), format);
        WriteSample(second.Path(), format);
        const Bytes bytes = ReadFile(first.Path());
        CHECK(bytes.size() > 10000);
        CHECK(bytes == ReadFile(second.Path()));
        if (directory)
        {
            std::filesystem::copy_file(first.Path(),
                                       std::string(directory) + "/sample" + suffix,
                                       std::filesystem::copy_options::overwrite_existing);
        }
    }
}

TEST_CASE("a capture that cannot be written says which file and why", "[wire]")
{
    const std::string nowhere = "/nonexistent-directory/x.pcapng";
    CHECK_THROWS_WITH(CaptureWriter(nowhere, {}),
                      "capture file '" + nowhere +
                          "' cannot be created: No such file or directory");

    const TemporaryFile file(".pcapng");
    CaptureWriter writer(file.Path(), {});
    CHECK_THROWS_WITH(writer.WritePacket(0, 0, kPacket.data(), 3),
                      Catch::Contains("has no interface 0: call AddInterface first"));
    writer.AddInterface("a");
    CHECK_THROWS_WITH(writer.WritePacket(0, -1, kPacket.data(), 3),
                      Catch::Contains("before time 0"));
    writer.Close();
    writer.Close();
    CHECK_THROWS_AS(writer.WritePacket(0, 0, kPacket.data(), 3), CaptureError);

    CaptureWriter pcap(file.Path(), {CaptureFormat::Pcap, 0});
    CHECK(pcap.AddInterface("a") == 0);
    CHECK_THROWS_WITH(pcap.AddInterface("b"), Catch::Contains("use pcapng"));
}

TEST_CASE("a full disk is noticed at the latest when the capture is closed", "[wire]")
{
    if (!std::filesystem::exists("/dev/full"))
    {
        WARN("not tested: this system has no /dev/full");
        return;
    }
    CaptureWriter writer("/dev/full", {});
    writer.AddInterface("a");
    writer.WritePacket(0, 0, kPacket.data(), 3);
    CHECK_THROWS_WITH(writer.Close(), Catch::Contains("No space left on device"));
}
