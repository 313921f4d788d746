// SPDX-License-Identifier: GPL-2.0-only

#include "hs-mptcp-test-tools.h"
#include "ns3/hs-capture-writer.h"
#include "ns3/hs-dss-checksum.h"
#include "ns3/hs-mptcp-crypto.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <unistd.h>

using namespace hoststack;
using namespace hoststack::test;

namespace
{

constexpr std::uint64_t kClientKey = 0x0001020304050607;
constexpr std::uint64_t kServerKey = 0x08090a0b0c0d0e0f;

/// One host of the connection.
struct Host
{
    std::uint64_t key;
    Dsn64 next; ///< of the data it sends
    bool longAck{false};
};

/// One host's end of a subflow.
struct SubflowEnd
{
    IpHeader ip;
    std::uint16_t port;
    Seq32 initial;
    Seq32 next;
    Host* host;
};

/// A connection of two subflows, with every option, as it would be captured at the client.
class MptcpConversation
{
  public:
    MptcpConversation(CaptureWriter& writer, bool v6, bool checksums, TimeNs time)
        : m_writer(writer),
          m_interface(0),
          m_v6(v6),
          m_checksums(checksums),
          m_time(time)
    {
        // Different keys, so that each conversation is a connection of its own.
        const std::uint64_t salt = (v6 ? 0x100 : 0) + (checksums ? 0x200 : 0);
        m_client = {kClientKey ^ salt, DigestMptcpKey(kClientKey ^ salt).initialSequence + 1};
        m_server = {kServerKey ^ salt, DigestMptcpKey(kServerKey ^ salt).initialSequence + 1};
        const std::uint16_t port = static_cast<std::uint16_t>(40000 + salt);
        Connect(m_first, m_v6 ? "2001:db8:1::2" : "10.1.0.2", port);
        Connect(m_second,
                m_v6 ? "2001:db8:2::2" : "10.2.0.2",
                static_cast<std::uint16_t>(port + 1));
    }

    void Run()
    {
        Capable();
        Announce();
        Join();
        Data(m_first.client, m_first.server, 500);
        Data(m_second.client, m_second.server, 301);
        Data(m_second.server, m_second.client, 1000);
        Data(m_first.server, m_first.client, 77);
        Change();
        if (m_v6)
        {
            Abort();
        }
        else
        {
            Finish();
        }
    }

  private:
    struct Subflow
    {
        SubflowEnd client;
        SubflowEnd server;
    };

    void Connect(Subflow& subflow, const char* client, std::uint16_t port)
    {
        const IpAddress server = *IpAddress::Parse(m_v6 ? "2001:db8:9::9" : "10.9.0.9");
        subflow.client.ip.source = subflow.server.ip.destination = *IpAddress::Parse(client);
        subflow.server.ip.source = subflow.client.ip.destination = server;
        subflow.client.port = port;
        subflow.server.port = 443;
        subflow.client.initial = subflow.client.next = Seq32(0xffffff00u + port);
        subflow.server.initial = subflow.server.next = Seq32(port);
        subflow.client.host = &m_client;
        subflow.server.host = &m_server;
    }

    TcpSegment From(const SubflowEnd& from, const SubflowEnd& to, std::uint16_t flags) const
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
        if ((flags & kSyn) != 0)
        {
            s.options.hasMss = s.options.sackPermitted = s.options.hasWindowScale = true;
            s.options.mss = 1400;
            s.options.windowScale = 7;
        }
        return s;
    }

    template <class Option>
    void Send(SubflowEnd& from, SubflowEnd& to, std::uint16_t flags, const Option& option)
    {
        TcpSegment s = From(from, to, flags);
        REQUIRE(AppendMptcp(option, s.options));
        Write(from, s);
    }

    void Write(SubflowEnd& from, const TcpSegment& s)
    {
        m_writer.WriteTcp(m_interface, m_time, from.ip, s, CaptureDirection::Unknown, "");
        ++from.ip.identification;
        from.next = s.seq + s.SequenceLength();
        m_time += kMillisecond;
    }

    MptcpDss Ack(const Host& sender, const Host& receiver) const
    {
        MptcpDss dss;
        dss.hasAck = true;
        dss.ack64 = sender.longAck;
        dss.dataAck = sender.longAck ? receiver.next.Value() : receiver.next.Low32();
        return dss;
    }

    void Capable()
    {
        MptcpCapable c;
        c.flags |= m_checksums ? kMptcpChecksumRequired : 0;
        c.senderKey = m_server.key;
        Send(m_first.client, m_first.server, kSyn, c);
        c.form = MptcpCapable::Form::SynAck;
        Send(m_first.server, m_first.client, kSyn | kAck, c);
        c.form = MptcpCapable::Form::Ack;
        c.senderKey = m_client.key;
        c.receiverKey = m_server.key;
        Send(m_first.client, m_first.server, kAck, c);

        const Bytes content(25, 0x61);
        DssChecksum sum;
        sum.Add(content.data(), content.size());
        c.form = MptcpCapable::Form::Data;
        c.length = 25;
        c.hasChecksum = m_checksums;
        c.checksum = sum.Value(m_client.next, 1, 25);
        TcpSegment s = From(m_first.client, m_first.server, kAck | kPsh);
        s.payload = Payload::Copy(content.data(), 25);
        REQUIRE(AppendMptcp(c, s.options));
        Write(m_first.client, s);
        m_client.next += 25;
        m_server.longAck = true;
        Send(m_first.server, m_first.client, kAck, Ack(m_server, m_client));
    }

    void Announce()
    {
        MptcpAddAddress a;
        a.addressId = 3;
        a.address = *IpAddress::Parse(m_v6 ? "2001:db8:9::a" : "10.9.0.10");
        a.port = m_v6 ? 0 : 8443;
        a.hmac = MptcpAddAddressHmac(m_server.key, m_client.key, 3, a.address, a.port);
        Send(m_first.server, m_first.client, kAck, a);
        a.echo = true;
        Send(m_first.client, m_first.server, kAck, a);
    }

    void Join()
    {
        const MptcpJoinParty client{m_client.key, 0x11223344};
        const MptcpJoinParty server{m_server.key, 0x55667788};
        MptcpJoin j;
        j.backup = m_checksums;
        j.addressId = 2;
        j.token = DigestMptcpKey(m_server.key).token;
        j.nonce = client.nonce;
        Send(m_second.client, m_second.server, kSyn, j);
        j.form = MptcpJoin::Form::SynAck;
        j.addressId = 0;
        j.nonce = server.nonce;
        j.shortHmac = MptcpJoinShortHmac(server, client);
        Send(m_second.server, m_second.client, kSyn | kAck, j);
        j.form = MptcpJoin::Form::Ack;
        j.hmac = MptcpJoinHmac(client, server);
        Send(m_second.client, m_second.server, kAck, j);
        Send(m_second.server, m_second.client, kAck, Ack(m_server, m_client));
    }

    /// One mapping, cut into two segments that both carry it, and the answer.
    void Data(SubflowEnd& from, SubflowEnd& to, std::uint16_t length)
    {
        Bytes content(length);
        for (std::size_t i = 0; i < length; ++i)
        {
            content[i] = static_cast<std::uint8_t>('a' + i % 26);
        }
        MptcpDss dss = Ack(*from.host, *to.host);
        Map(dss, from, content);
        TcpSegment burst = From(from, to, kAck | kPsh);
        burst.payload = Payload::Copy(content.data(), length);
        burst.mss = static_cast<std::uint16_t>(length / 2 + 1);
        REQUIRE(AppendMptcp(dss, burst.options));
        Write(from, CutSegment(burst, 0));
        Write(from, CutSegment(burst, 1));
        from.host->next += length;
        to.host->longAck = true;
        Send(to, from, kAck, Ack(*to.host, *from.host));
    }

    void Map(MptcpDss& dss, const SubflowEnd& from, const Bytes& content) const
    {
        DssChecksum sum;
        sum.Add(content.data(), content.size());
        dss.hasMapping = dss.sequence64 = true;
        dss.dataFin = content.empty();
        dss.length = static_cast<std::uint16_t>(content.empty() ? 1 : content.size());
        dss.dataSequence = from.host->next.Value();
        dss.subflowSequence =
            content.empty() ? 0 : static_cast<std::uint32_t>(from.next - from.initial);
        dss.hasChecksum = m_checksums;
        dss.checksum = sum.Value(from.host->next, dss.subflowSequence, dss.length);
    }

    void Change()
    {
        MptcpOptions both;
        both.dss = Ack(m_client, m_server);
        both.priority.backup = true;
        both.Set(MptcpSubtype::Dss);
        both.Set(MptcpSubtype::Priority);
        Send(m_second.client, m_second.server, kAck, both);
        MptcpOptions remove;
        remove.dss = Ack(m_server, m_client);
        remove.removeAddress.count = 2;
        remove.removeAddress.ids = {3, 4};
        remove.Set(MptcpSubtype::Dss);
        remove.Set(MptcpSubtype::RemoveAddress);
        Send(m_first.server, m_first.client, kAck, remove);
        MptcpOptions fail;
        fail.fail.dataSequence = m_server.next.Value();
        fail.reset.reason = MptcpResetReason::Middlebox;
        fail.reset.transient = true;
        fail.Set(MptcpSubtype::Fail);
        fail.Set(MptcpSubtype::Reset);
        Send(m_second.client, m_second.server, kRst | kAck, fail);
    }

    void Abort()
    {
        MptcpOptions close;
        close.fastClose.receiverKey = m_server.key;
        close.Set(MptcpSubtype::FastClose);
        close.Set(MptcpSubtype::Reset);
        Send(m_first.client, m_first.server, kRst | kAck, close);
    }

    void Finish()
    {
        for (bool back : {false, true})
        {
            SubflowEnd& from = back ? m_first.server : m_first.client;
            SubflowEnd& to = back ? m_first.client : m_first.server;
            MptcpDss fin = Ack(*from.host, *to.host);
            Map(fin, from, {});
            Send(from, to, kAck, fin);
            from.host->next += 1;
            Send(to, from, kAck, Ack(*to.host, *from.host));
        }
        Send(m_first.client, m_first.server, kAck | kFin, Ack(m_client, m_server));
        Send(m_first.server, m_first.client, kAck | kFin, Ack(m_server, m_client));
        Send(m_first.client, m_first.server, kAck, Ack(m_client, m_server));
    }

    CaptureWriter& m_writer;
    std::uint32_t m_interface;
    bool m_v6;
    bool m_checksums;
    TimeNs m_time;
    Host m_client;
    Host m_server;
    Subflow m_first;
    Subflow m_second;
};

} // namespace

// test/system/mptcp-capture-test.py runs this case by its tag and lets tshark read the file.
TEST_CASE("an MPTCP conversation with every option is captured", "[wire][mptcp-capture-sample]")
{
    const char* directory = std::getenv("HOSTSTACK_CAPTURE_DIR");
    const std::filesystem::path path =
        directory ? std::filesystem::path(directory) / "mptcp.pcapng"
                  : std::filesystem::temp_directory_path() /
                        ("hs-mptcp-" + std::to_string(getpid()) + ".pcapng");
    CaptureWriter writer(path.string(), {CaptureFormat::Pcapng, 0});
    writer.AddInterface("client");
    MptcpConversation(writer, false, false, 0).Run();
    MptcpConversation(writer, false, true, kSecond).Run();
    MptcpConversation(writer, true, false, 2 * kSecond).Run();
    MptcpConversation(writer, true, true, 3 * kSecond).Run();
    CHECK(writer.PacketCount() == 2 * 33 + 2 * 27);
    writer.Close();
    if (!directory)
    {
        std::filesystem::remove(path);
    }
}
