// SPDX-License-Identifier: GPL-2.0-only

/**
 * \file
 * Any bytes as the life of a multipath connection: the first ones choose its settings and role, the
 * others are segments of a peer that knows the keys, on up to six subflows, calls and steps in
 * time. It never crashes, what it sends always fits, its right edge never moves left, its timers
 * never call it without end, and no more is read than has arrived.
 */

#include "fuzz-input.h"
#include "ns3/hs-mptcp-connection.h"
#include "ns3/hs-mptcp-crypto.h"
#include "ns3/hs-tcp-codec.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

using namespace hoststack;
using hoststack::fuzz::Source;

namespace
{

constexpr std::uint64_t kPeerKey = 0x08090a0b0c0d0e0f;
constexpr std::uint32_t kPeerNonce = 0x55667788;
constexpr std::size_t kMostFlows = 6;

void
Require(bool holds, const char* what)
{
    if (!holds)
    {
        std::fprintf(stderr, "fuzz-mptcp-connection: %s\n", what);
        std::abort();
    }
}

/// Everything around the connection: its host, and the peer as far as it knows the wire.
class World : public mptcp::HostServices
{
  public:
    struct Flow : tcp::SegmentSink
    {
        World* world{nullptr};
        std::uint32_t id{0}; ///< the connection's; 0: gone
        mptcp::Endpoint local;
        mptcp::Endpoint remote;
        Seq32 iss;         ///< the connection's
        Seq32 sent;        ///< what it has sent up to
        Seq32 next{70001}; ///< the peer's next number
        std::uint32_t nonce{0};
        std::uint8_t shift{0};

        void Transmit(TcpSegment&& burst) override
        {
            world->OnTransmit(*this, burst);
        }
    };

    tcp::SegmentSink* OpenSubflow(std::uint32_t subflow,
                                  mptcp::Endpoint& local,
                                  const mptcp::Endpoint& remote) override
    {
        if (flows.size() >= kMostFlows)
        {
            return nullptr;
        }
        local.port = static_cast<std::uint16_t>(40000 + flows.size());
        auto& flow = Add(local, remote);
        flow.id = subflow;
        return &flow;
    }

    void CloseSubflow(std::uint32_t subflow) override
    {
        for (auto& flow : flows)
        {
            flow->id = flow->id == subflow ? 0 : flow->id;
        }
    }

    std::uint64_t RandomBits() override
    {
        m_random = m_random * 6364136223846793005u + 1442695040888963407u;
        return m_random ^ m_random >> 29;
    }

    Flow& Add(const mptcp::Endpoint& local, const mptcp::Endpoint& remote)
    {
        flows.push_back(std::make_unique<Flow>());
        auto& flow = *flows.back();
        flow.world = this;
        flow.local = local;
        flow.remote = remote;
        return flow;
    }

    void OnTransmit(Flow& flow, const TcpSegment& burst)
    {
        Require(burst.SegmentCount() >= 1, "an empty burst");
        Require(burst.payload.Length() <= 65536 + 1460, "a burst beyond all limits");
        Require(AlignedBytes(burst.options) <= TcpOptions::kMaxBytes, "options that do not fit");
        MptcpOptions options;
        ParseMptcp(burst.options, options);
        if (burst.Has(kSyn))
        {
            flow.iss = flow.sent = burst.seq;
            flow.shift = burst.options.hasWindowScale ? burst.options.windowScale : 0;
        }
        flow.sent = Max(flow.sent, burst.seq + burst.SequenceLength());
        if (options.Has(MptcpSubtype::Capable) && options.capable.form != MptcpCapable::Form::Syn)
        {
            ownKey = options.capable.senderKey;
        }
        if (options.Has(MptcpSubtype::Join) && options.join.form != MptcpJoin::Form::Ack)
        {
            flow.nonce = options.join.nonce;
        }
        // After a fallback the window is the subflow's, whatever DATA_ACKs still say.
        const bool plain = connection && connection->IsFallback();
        if (options.Has(MptcpSubtype::Dss) && options.dss.hasAck && !burst.Has(kRst) && !plain)
        {
            const Dsn64 idsn = DigestMptcpKey(kPeerKey).initialSequence;
            const auto ack =
                static_cast<std::uint64_t>(DataAckNear(options.dss, idsn + m_ack) - idsn);
            Require(ack >= m_ack, "the DATA_ACK went back");
            m_ack = ack;
            const auto edge = ack + (std::uint64_t{burst.window} << flow.shift);
            // A full field means at least that much: with a smaller shift than a sibling's, it
            // cannot say the window that all share (mptcp_set_rwin stops at 65535 << rcv_wscale as
            // well).
            Require(burst.window == 65535 || edge + (std::uint64_t{1} << flow.shift) > m_edge,
                    "the right edge moved left");
            m_edge = std::max(m_edge, edge);
        }
    }

    std::vector<std::unique_ptr<Flow>> flows;
    std::uint64_t ownKey{0};
    const mptcp::Connection* connection{nullptr};

  private:
    static std::size_t AlignedBytes(const TcpOptions& o)
    {
        return TcpOptionsFit(o) ? TcpOptions::kMaxBytes - TcpOptionRoom(o)
                                : TcpOptions::kMaxBytes + 1;
    }

    std::uint64_t m_random{1};
    std::uint64_t m_ack{0};
    std::uint64_t m_edge{0};
};

mptcp::Config
AnyConfig(Source& in)
{
    const std::uint32_t bits = in.Number() | in.Number() << 16;
    auto t = std::make_shared<tcp::Config>();
    t->timestamps = !(bits & 1);
    t->sack = !(bits & 2);
    t->receiveBuffer = bits & 4 ? 131072 : 8192;
    t->receiveBufferLocked = (bits & 8) != 0;
    t->mss = bits & 16 ? 1460 : 200;
    t->nagle = !(bits & 32);
    t->initialCwnd = bits & 64 ? 1 : 10;
    t->keepAlive = (bits & 128) != 0;
    mptcp::Config c;
    const char* schedulers[] = {"default",
                                "redundant",
                                "bpf_rr",
                                "blest",
                                "bpf_red",
                                "ecf",
                                "roundrobin-weighted",
                                "bpf_minrtt"};
    const char* managers[] = {"kernel", "fullmesh", "ndiffports", "scripted"};
    const mptcp::ReopenRule rules[] = {mptcp::ReopenRule::FreeSpace,
                                       mptcp::ReopenRule::AnnouncedWindow,
                                       mptcp::ReopenRule::ImmediateAck,
                                       mptcp::ReopenRule::NoUpdate};
    c.scheduler = schedulers[bits >> 8 & 7];
    c.pathManager = managers[bits >> 11 & 3];
    c.reopen = rules[bits >> 13 & 3];
    c.checksum = (bits & 1u << 15) != 0;
    c.allowJoinInitialAddress = (bits & 1u << 16) == 0;
    c.extraSubflows = bits >> 17 & 7;
    c.addAddrAccepted = bits >> 20 & 3;
    c.addAddrTimeout = kSecond;
    c.closeTimeout = 3 * kSecond;
    c.addAddrAdaptive = (bits & 1u << 22) != 0;
    c.staleLossCount = bits >> 23 & 3;
    c.subflowWindowShrinks = (bits & 1u << 25) != 0;
    c.congestion = bits & 1u << 26 ? "lia" : "";
    c.tcp = t;
    return c;
}

mptcp::Endpoint
At(unsigned path, unsigned host, std::uint16_t port)
{
    return {IpAddress::V4(0x0a000000u + (path << 8) + host), port};
}

/// A data sequence signal that fits \p s, or nearly.
void
AddSignal(Source& in, const World& world, const TcpSegment& s, MptcpOptions& o)
{
    const auto ownDsn = DigestMptcpKey(world.ownKey).initialSequence.Value();
    const auto peerDsn = DigestMptcpKey(kPeerKey).initialSequence.Value();
    o.Set(MptcpSubtype::Dss);
    const auto bits = in.Byte();
    o.dss.hasAck = !(bits & 1);
    o.dss.ack64 = (bits & 2) != 0;
    o.dss.hasMapping = (bits & 4) != 0;
    o.dss.sequence64 = !(bits & 8);
    o.dss.dataFin = (bits & 16) != 0;
    o.dss.hasChecksum = (bits & 32) != 0;
    o.dss.dataAck = ownDsn + 1 + in.Number() * (bits & 64 ? 1u : 16u);
    if (!o.dss.ack64)
    {
        o.dss.dataAck = static_cast<std::uint32_t>(o.dss.dataAck);
    }
    const auto relative = static_cast<std::uint32_t>(s.seq - Seq32(70000));
    o.dss.subflowSequence =
        bits & 128 ? relative + static_cast<std::int16_t>(in.Number()) : relative;
    o.dss.dataSequence = peerDsn + relative + (bits & 128 ? in.Number() : 0);
    if (!o.dss.sequence64)
    {
        o.dss.dataSequence = static_cast<std::uint32_t>(o.dss.dataSequence);
    }
    o.dss.length = static_cast<std::uint16_t>(
        bits & 128 ? in.Number() : s.payload.Length() + (o.dss.dataFin ? 1 : 0));
    o.dss.checksum = static_cast<std::uint16_t>(bits & 128 ? in.Number() : 0);
}

void
AddAnnouncement(Source& in, const World& world, MptcpOptions& o)
{
    o.Set(MptcpSubtype::AddAddress);
    const auto bits = in.Byte();
    o.addAddress.echo = (bits & 1) != 0;
    o.addAddress.addressId = bits >> 4;
    o.addAddress.port = bits & 2 ? 443 : 0;
    o.addAddress.address =
        bits & 4 ? *IpAddress::Parse("2001:db8::7") : At(bits >> 4, 2, 0).address;
    o.addAddress.hmac = MptcpAddAddressHmac(kPeerKey,
                                            world.ownKey,
                                            o.addAddress.addressId,
                                            o.addAddress.address,
                                            o.addAddress.port) ^
                        (bits & 8);
}

/// Options of a peer that wants to be believed, and sometimes does not.
void
AddOptions(Source& in, World& world, const World::Flow& flow, TcpSegment& s)
{
    const auto kinds = in.Number();
    const MptcpJoinParty own{world.ownKey, flow.nonce};
    const MptcpJoinParty peer{kPeerKey, kPeerNonce};
    const auto ownDsn = DigestMptcpKey(world.ownKey).initialSequence.Value();
    MptcpOptions o;
    if (kinds & 1)
    {
        AddSignal(in, world, s, o);
    }
    if (kinds & 2)
    {
        AddAnnouncement(in, world, o);
    }
    if (kinds & 4)
    {
        o.Set(MptcpSubtype::RemoveAddress);
        o.removeAddress.count = 1 + in.Byte() % 8;
        for (std::uint8_t i = 0; i < o.removeAddress.count; ++i)
        {
            o.removeAddress.ids[i] = in.Byte() % 9;
        }
    }
    if (kinds & 8)
    {
        o.Set(MptcpSubtype::Priority);
        o.priority.backup = (kinds & 1024) != 0;
    }
    if (kinds & 16)
    {
        o.Set(MptcpSubtype::Fail);
        o.fail.dataSequence = ownDsn + in.Number();
    }
    if ((kinds & 0x60) == 0x60)
    {
        o.Set(MptcpSubtype::FastClose);
        o.fastClose.receiverKey = world.ownKey ^ (kinds & 2048);
    }
    if (kinds & 128)
    {
        o.Set(MptcpSubtype::Capable);
        o.capable.form = s.payload.Length() > 0 ? MptcpCapable::Form::Data
                         : s.Has(kSyn)          ? MptcpCapable::Form::SynAck
                                                : MptcpCapable::Form::Ack;
        o.capable.senderKey = kPeerKey;
        o.capable.receiverKey = world.ownKey;
        o.capable.length = static_cast<std::uint16_t>(s.payload.Length());
        o.capable.flags |= kinds & 4096 ? kMptcpChecksumRequired : 0;
    }
    if (kinds & 256)
    {
        o.Set(MptcpSubtype::Join);
        o.join.form = s.Has(kSyn) && s.Has(kAck) ? MptcpJoin::Form::SynAck
                      : s.Has(kSyn)              ? MptcpJoin::Form::Syn
                                                 : MptcpJoin::Form::Ack;
        o.join.addressId = in.Byte() % 9;
        o.join.token = DigestMptcpKey(world.ownKey).token;
        o.join.nonce = kPeerNonce;
        o.join.shortHmac = MptcpJoinShortHmac(peer, own) ^ (kinds & 8192);
        o.join.hmac = MptcpJoinHmac(peer, own);
    }
    if (kinds & 512)
    {
        o.Set(MptcpSubtype::Reset);
        o.reset.reason = static_cast<MptcpResetReason>(in.Byte());
    }
    AppendMptcp(o, s.options); // what does not fit together does not go
}

TcpSegment
AnySegment(Source& in, World& world, World::Flow& flow)
{
    TcpSegment s;
    const auto kind = in.Byte();
    s.flags = kAck;
    if (kind & 0x80)
    {
        s.flags = static_cast<std::uint16_t>(in.Byte() & 0x3f);
    }
    s.seq = flow.next +
            static_cast<std::uint32_t>(static_cast<std::int16_t>(kind & 1 ? in.Number() : 0));
    s.ack = flow.sent - (kind & 2 ? in.Number() : 0);
    s.window = static_cast<std::uint16_t>(kind & 4 ? in.Number() : 65535);
    s.payload = Payload::Virtual(kind & 8 ? in.Number() % 3000 : 0);
    s.options.hasTimestamps = (kind & 16) != 0;
    s.options.timestampValue = in.Byte();
    s.sourcePort = flow.remote.port;
    s.destinationPort = flow.local.port;
    if (kind & 32)
    {
        s.options.sackCount = 1;
        const Seq32 begin = flow.sent - in.Number();
        s.options.sack[0] = SackBlock{begin, begin + in.Number() % 5000};
    }
    AddOptions(in, world, flow, s);
    if (!TcpOptionsFit(s.options))
    {
        // No such segment could arrive.
        s.options.sackCount = 0;
        s.options.hasTimestamps = s.options.hasTimestamps && s.options.otherLength <= 28;
    }
    if ((kind & 64) == 0)
    {
        flow.next = Max(flow.next, s.seq + s.SequenceLength());
    }
    return s;
}

TcpSegment
Syn(const World::Flow& flow, std::uint16_t flags)
{
    TcpSegment s;
    s.flags = flags;
    s.seq = Seq32(70000);
    s.ack = flow.iss + 1;
    s.window = 65535;
    s.sourcePort = flow.remote.port;
    s.destinationPort = flow.local.port;
    s.options.hasMss = true;
    s.options.mss = 1460;
    s.options.sackPermitted = true;
    s.options.hasWindowScale = true;
    s.options.windowScale = 7;
    return s;
}

/// The first handshake, so that the input can spend its bytes behind it.
void
Open(World& world, mptcp::Connection& c, bool active, TimeNs now)
{
    const auto local = At(1, 1, 40000);
    const auto remote = At(1, 2, 5001);
    auto& flow = world.Add(local, remote);
    flow.id = 1;
    MptcpCapable capable;
    capable.senderKey = kPeerKey;
    if (active)
    {
        c.Connect(now, flow, local, remote);
        auto s = Syn(flow, kSyn | kAck);
        capable.form = MptcpCapable::Form::SynAck;
        AppendMptcp(capable, s.options);
        c.OnSegment(now + kMillisecond, 1, s);
        return;
    }
    auto s = Syn(flow, kSyn);
    AppendMptcp(capable, s.options);
    c.AcceptSyn(now, flow, local, remote, s);
    auto ack = Syn(flow, kAck);
    ack.seq = flow.next;
    ack.options = TcpOptions{};
    capable.form = MptcpCapable::Form::Ack;
    capable.receiverKey = world.ownKey;
    AppendMptcp(capable, ack.options);
    c.OnSegment(now + kMillisecond, 1, ack);
}

/// A join of the peer's, whole if it is let.
void
JoinFrom(World& world, mptcp::Connection& c, TimeNs now, std::uint8_t bits)
{
    if (world.flows.size() >= kMostFlows)
    {
        return;
    }
    const auto path = static_cast<unsigned>(world.flows.size() + 1);
    auto& flow = world.Add(At(1, 1, 40000), At(path, 2, static_cast<std::uint16_t>(5000 + path)));
    auto syn = Syn(flow, kSyn);
    MptcpJoin join;
    join.token = DigestMptcpKey(world.ownKey).token;
    join.nonce = kPeerNonce;
    join.addressId = bits % 9;
    join.backup = (bits & 16) != 0;
    AppendMptcp(join, syn.options);
    const auto id = c.AcceptJoin(now, flow, flow.local, flow.remote, syn);
    flow.id = id;
    if (id == 0 || (bits & 32) != 0)
    {
        return;
    }
    auto ack = Syn(flow, kAck);
    ack.seq = flow.next;
    ack.options = TcpOptions{};
    join.form = MptcpJoin::Form::Ack;
    join.hmac = MptcpJoinHmac({kPeerKey, kPeerNonce}, {world.ownKey, flow.nonce});
    AppendMptcp(join, ack.options);
    c.OnSegment(now, id, ack);
}

void
CallOnPaths(Source& in, World& world, mptcp::Connection& c, TimeNs now)
{
    const auto what = in.Byte();
    mptcp::LocalEndpoint e;
    e.id = static_cast<std::uint8_t>(1 + (what >> 4) % 8);
    e.address = At(e.id, 1, 0).address;
    switch (what & 7)
    {
    case 0:
    case 1:
        e.signal = (what & 8) != 0;
        e.subflow = !e.signal;
        e.backup = (in.Byte() & 1) != 0;
        c.AddEndpoint(now, e);
        break;
    case 2:
        c.RemoveEndpoint(now, e.id);
        break;
    case 3:
        c.OpenSubflow(now, e, At(1, 2, 5001));
        break;
    case 4:
        c.CloseSubflow(now, 1 + e.id % 7);
        break;
    case 5:
        c.SetBackup(now, 1 + e.id % 7, (what & 8) != 0);
        break;
    default:
        JoinFrom(world, c, now, in.Byte());
        break;
    }
}

void
CallRarely(std::uint8_t action, mptcp::Connection& c, TimeNs now)
{
    switch (action >> 3 & 7)
    {
    case 0:
        c.CloseSend(now);
        break;
    case 1:
        c.Close(now);
        break;
    case 2:
        c.SetMemoryPressure((action & 64) != 0);
        break;
    case 3:
        c.GetInfo(now);
        break;
    case 4:
        if (action & 64)
        {
            c.Abort(now);
        }
        break;
    default:
        c.TakeEvents();
        break;
    }
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Source in(data, size);
    const auto config = std::make_shared<mptcp::Config>(AnyConfig(in));
    World world;
    mptcp::Connection c(config, world);
    world.connection = &c;
    TimeNs now = 0;
    Open(world, c, (in.Byte() & 1) != 0, now);
    now += kMillisecond;
    std::uint64_t offered = 0;
    std::uint64_t read = 0;
    while (!in.Empty())
    {
        const auto action = in.Byte();
        switch (action & 7)
        {
        case 0:
        case 1:
        case 2: {
            auto& flow = *world.flows[(action >> 3) % world.flows.size()];
            const auto s = AnySegment(in, world, flow);
            offered += s.payload.Length();
            if (flow.id != 0)
            {
                c.OnSegment(now, flow.id, s);
            }
            break;
        }
        case 3:
            c.Send(now, Payload::Virtual(in.Number() * (action & 8 ? 16u : 1u)));
            break;
        case 4:
            read += c.Read(now, in.Number(), nullptr);
            break;
        case 5:
            now += in.Number() * (action & 8 ? kMillisecond : kMicrosecond);
            break;
        case 6:
            if (action & 8)
            {
                CallOnPaths(in, world, c, now);
                break;
            }
            for (int i = action >> 4; i >= 0 && c.NextDeadline() != kNever; --i)
            {
                now = std::max(now, c.NextDeadline());
                c.OnDeadline(now);
            }
            break;
        default:
            CallRarely(action, c, now);
            break;
        }
        // Whatever is due is done within a few calls.
        int calls = 0;
        while (c.NextDeadline() <= now)
        {
            c.OnDeadline(now);
            Require(++calls < 400, "the deadline stays in the past");
        }
    }
    Require(read <= offered, "more was read than had arrived");
    return 0;
}
