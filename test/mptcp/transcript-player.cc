// SPDX-License-Identifier: GPL-2.0-only

#include "transcript-player.h"

#include "ns3/hs-tcp-text.h"

#include <algorithm>
#include <functional>
#include <map>
#include <sstream>

namespace hoststack::test
{

namespace
{

constexpr std::uint16_t kOwnPort = 40000;
constexpr std::uint16_t kPeerPort = 5001;

} // namespace

MptcpTranscript::MptcpTranscript(const std::string& file)
    : ScriptPlayer(file),
      m_tcpConfig(std::make_shared<tcp::Config>(ScriptTcpConfig())),
      m_own{0x0001020304050607, 0x11223344}, // the vector of facts sheet linux.md 4.2.4
      m_peer{0x08090a0b0c0d0e0f, 0x55667788}
{
    m_tcpConfig->mss = 1024; // 24 bytes of DSS leave 1000
    m_config.tcp = m_tcpConfig;
    m_config.extraSubflows = 7;
    Configure();
    m_connection =
        std::make_unique<mptcp::Connection>(std::make_shared<mptcp::Config>(m_config), *this);
}

void
MptcpTranscript::Set(const std::string& key, const std::string& value)
{
    const auto number = [&] { return std::stoull(value, nullptr, 0); };
    const std::map<std::string, std::function<void()>> known{
        {"own-key", [&] { m_own.key = number(); }},
        {"peer-key", [&] { m_peer.key = number(); }},
        {"own-nonce", [&] { m_own.nonce = static_cast<std::uint32_t>(number()); }},
        {"peer-nonce", [&] { m_peer.nonce = static_cast<std::uint32_t>(number()); }},
        {"iss", [&] { m_iss = Seq32(static_cast<std::uint32_t>(number())); }},
        {"peer-iss", [&] { m_peerIss = Seq32(static_cast<std::uint32_t>(number())); }},
    };
    const auto entry = known.find(key);
    if (entry != known.end())
    {
        entry->second();
    }
    else if (!SetMptcp(key, value) && !SetTcp(*m_tcpConfig, key, value))
    {
        Fail("unknown setting " + key);
    }
}

bool
MptcpTranscript::SetMptcp(const std::string& key, const std::string& value)
{
    auto& c = m_config;
    const auto flag = [&](bool& field) { field = value == "on"; };
    const auto number = [&](std::uint32_t& field) {
        field = static_cast<std::uint32_t>(std::stoul(value));
    };
    const std::map<std::string, mptcp::ReopenRule> rules{
        {"free-space", mptcp::ReopenRule::FreeSpace},
        {"announced-window", mptcp::ReopenRule::AnnouncedWindow},
        {"immediate-ack", mptcp::ReopenRule::ImmediateAck},
        {"no-update", mptcp::ReopenRule::NoUpdate}};
    const std::map<std::string, std::function<void()>> known{
        {"scheduler", [&] { c.scheduler = value; }},
        {"path-manager", [&] { c.pathManager = value; }},
        {"checksum", [&] { flag(c.checksum); }},
        {"join-initial", [&] { flag(c.allowJoinInitialAddress); }},
        {"subflows", [&] { number(c.extraSubflows); }},
        {"add-addr-accepted", [&] { number(c.addAddrAccepted); }},
        {"add-addr-timeout", [&] { c.addAddrTimeout = Seconds(value); }},
        {"add-addr-retries", [&] { number(c.addAddrRetries); }},
        {"add-addr-adaptive", [&] { flag(c.addAddrAdaptive); }},
        {"stale", [&] { number(c.staleLossCount); }},
        {"close-timeout", [&] { c.closeTimeout = Seconds(value); }},
        {"syn-fallback", [&] { number(c.synRetransmitsBeforeFallback); }},
        {"reopen", [&] { c.reopen = rules.at(value); }},
        {"cleanup-needs-copied", [&] { flag(c.cleanupNeedsCopied); }},
        {"wake-needs-data", [&] { flag(c.wakeNeedsData); }},
        {"resync", [&] { flag(c.resyncBeforeData); }},
        {"subflow-window-shrinks", [&] { flag(c.subflowWindowShrinks); }},
    };
    const auto entry = known.find(key);
    if (entry == known.end())
    {
        return false;
    }
    entry->second();
    return true;
}

mptcp::Endpoint
MptcpTranscript::At(unsigned path, unsigned host, std::uint16_t port)
{
    return {IpAddress::V4(0x0a000000u + (path << 8) + host), port};
}

MptcpTranscript::Flow&
MptcpTranscript::NewFlow(const mptcp::Endpoint& local, const mptcp::Endpoint& remote)
{
    auto flow = std::make_unique<Flow>();
    flow->owner = this;
    flow->number = static_cast<unsigned>(m_flows.size() + 1);
    flow->local = local;
    flow->remote = remote;
    m_flows.push_back(std::move(flow));
    return *m_flows.back();
}

MptcpTranscript::Flow&
MptcpTranscript::FlowOf(unsigned number)
{
    if (number == 0 || number > m_flows.size())
    {
        Fail("there is no subflow " + std::to_string(number));
    }
    return *m_flows[number - 1];
}

tcp::SegmentSink*
MptcpTranscript::OpenSubflow(std::uint32_t subflow,
                             mptcp::Endpoint& local,
                             const mptcp::Endpoint& remote)
{
    if (local.address == IpAddress{local.address.family, {}})
    {
        local.address = m_route.value_or(m_flows.front()->local.address);
    }
    local.port = static_cast<std::uint16_t>(kOwnPort + m_flows.size());
    auto& flow = NewFlow(local, remote);
    flow.id = subflow;
    return &flow;
}

void
MptcpTranscript::CloseSubflow(std::uint32_t subflow)
{
    for (auto& flow : m_flows)
    {
        if (flow->id == subflow)
        {
            flow->id = 0;
        }
    }
}

std::uint64_t
MptcpTranscript::RandomBits()
{
    // The key of the connection, then for each subflow its initial sequence number and, of a join,
    // the nonce.
    const auto n = m_drawn++;
    return n == 0 ? m_own.key : n > 1 && n % 2 == 1 ? m_own.nonce : m_iss.Value();
}

void
MptcpTranscript::Flow::Transmit(TcpSegment&& burst)
{
    owner->OnTransmit(*this, std::move(burst));
}

void
MptcpTranscript::OnTransmit(Flow& flow, TcpSegment&& burst)
{
    MptcpOptions options;
    ParseMptcp(burst, options);
    CheckEdge(flow, burst, options);
    const bool mapped = options.Has(MptcpSubtype::Dss) && options.dss.hasMapping;
    if (mapped && burst.payload.Length() > 0)
    {
        const auto idsn = DigestMptcpKey(m_own.key).initialSequence.Value();
        flow.outShift = options.dss.dataSequence - idsn - options.dss.subflowSequence;
    }
    if (!burst.payload.IsVirtual())
    {
        const auto relative = static_cast<std::uint32_t>(burst.seq - m_iss);
        const auto* bytes = burst.payload.Data();
        for (std::uint32_t i = 0; i < burst.payload.Length(); ++i)
        {
            if (bytes[i] != ScriptByte(relative + flow.outShift + i))
            {
                Fail("the payload is not what was written: " +
                     Show(Sent{m_now, flow.number, burst}));
            }
        }
    }
    m_sent.push_back(Sent{m_now, flow.number, std::move(burst)});
}

void
MptcpTranscript::CheckEdge(const Flow& flow, const TcpSegment& segment, const MptcpOptions& options)
{
    if (segment.Has(kSyn))
    {
        m_shift = segment.options.hasWindowScale ? segment.options.windowScale : 0;
        return;
    }
    if (!options.Has(MptcpSubtype::Dss) || !options.dss.hasAck || segment.Has(kRst))
    {
        return;
    }
    // RFC 8684 section 3.3.1: one right edge, whatever subflow announces it; the header rounds it
    // down.
    const Dsn64 idsn = DigestMptcpKey(m_peer.key).initialSequence;
    const auto ack = static_cast<std::uint64_t>(DataAckNear(options.dss, idsn) - idsn);
    const auto edge = ack + (static_cast<std::uint64_t>(segment.window) << m_shift);
    if (edge + (std::uint64_t{1} << m_shift) <= m_edge)
    {
        Fail("the right edge moved left from " + std::to_string(m_edge) + ": " +
             Show(Sent{m_now, flow.number, segment}));
    }
    m_edge = std::max(m_edge, edge);
}

TimeNs
MptcpTranscript::NextDeadline()
{
    return m_connection->NextDeadline();
}

void
MptcpTranscript::OnDeadline()
{
    m_connection->OnDeadline(m_now);
}

void
MptcpTranscript::Check()
{
    m_events |= m_connection->TakeEvents();
}

ScriptEnds
MptcpTranscript::Ends(bool fromPeer) const
{
    return {m_own, m_peer, fromPeer};
}

TcpSegment
MptcpTranscript::Parse(const std::string& text, bool incoming) const
{
    const auto ends = Ends(incoming);
    return ParseSegment(text,
                        incoming ? SegmentBase{m_peerIss, m_iss} : SegmentBase{m_iss, m_peerIss},
                        [&](const std::string& option, TcpSegment& segment) {
                            return ReadMptcpOption(option, ends, segment.options);
                        });
}

std::string
MptcpTranscript::Show(const Sent& sent) const
{
    TcpSegment relative(sent.segment);
    relative.options = WithRelativeNumbers(sent.segment.options, Ends(false));
    return ">" + (sent.flow == 1 ? std::string() : std::to_string(sent.flow)) + " " +
           ShowSegment(relative, {m_iss, m_peerIss});
}

void
MptcpTranscript::Compare(const Sent& sent, const std::string& text)
{
    const auto expected = Parse(text, false);
    bool same = SameApartFromOptions(expected, sent.segment, text);
    if (text.find('<') != std::string::npos && text.find("<...>") == std::string::npos)
    {
        MptcpOptions wanted;
        MptcpOptions got;
        ParseMptcp(expected.options, wanted);
        ParseMptcp(sent.segment.options, got);
        same = same && wanted == got;
        // TCP's own options only where the line has some.
        auto own = expected.options;
        auto gotOwn = sent.segment.options;
        StripMptcp(own);
        StripMptcp(gotOwn);
        const auto list = OptionList(own);
        same = same && (list.empty() || list == OptionList(gotOwn));
    }
    if (!same)
    {
        Fail("came: " + Show(sent));
    }
}

void
MptcpTranscript::Arrive(unsigned number, const std::string& text)
{
    auto segment = Parse(text, true);
    MptcpOptions options;
    ParseMptcp(segment.options, options);
    const bool opens = number > m_flows.size();
    if (opens)
    {
        if (number != m_flows.size() + 1)
        {
            Fail("subflows are numbered in order");
        }
        const auto port = static_cast<std::uint16_t>(kPeerPort + number - 1);
        NewFlow(At(1, 1, kOwnPort), At(number, 2, port));
    }
    auto& flow = FlowOf(number);
    segment.sourcePort = flow.remote.port;
    segment.destinationPort = flow.local.port;
    const auto length = segment.payload.Length();
    if (length > 0)
    {
        if (options.Has(MptcpSubtype::Dss) && options.dss.hasMapping)
        {
            const auto idsn = DigestMptcpKey(m_peer.key).initialSequence;
            const auto near = idsn + (m_read + 1);
            flow.inShift = static_cast<std::uint64_t>(DataSequenceNear(options.dss, near) - idsn) -
                           options.dss.subflowSequence;
        }
        const auto relative = static_cast<std::uint32_t>(segment.seq - m_peerIss);
        segment.payload = ScriptBytes(relative + flow.inShift, length);
    }
    if (opens && segment.Has(kSyn) && !segment.Has(kAck))
    {
        if (number == 1)
        {
            flow.id = 1;
            m_connection->AcceptSyn(m_now, flow, flow.local, flow.remote, segment);
        }
        else
        {
            flow.id = m_connection->AcceptJoin(m_now, flow, flow.local, flow.remote, segment);
            if (flow.id == 0)
            {
                m_sent.push_back(Sent{m_now, number, mptcp::RefusedJoin(segment)});
            }
        }
        return;
    }
    if (flow.id == 0)
    {
        Fail("the subflow is gone");
    }
    m_connection->OnSegment(m_now, flow.id, segment);
}

void
MptcpTranscript::Call(const std::string& word, std::istream& in)
{
    if (word == "connect")
    {
        auto& flow = NewFlow(At(1, 1, kOwnPort), At(1, 2, kPeerPort));
        flow.id = 1;
        m_connection->Connect(m_now, flow, flow.local, flow.remote);
    }
    else if (word == "established" || word == "established-passive")
    {
        Establish(in, word == "established-passive");
    }
    else if (word == "write")
    {
        Write(in);
    }
    else if (word == "read" || word == "read-part")
    {
        Read(in, word == "read");
    }
    else if (word == "read-end")
    {
        m_connection->EndRead(m_now, m_partRead);
        m_partRead = 0;
    }
    else if (word == "close")
    {
        m_connection->Close(m_now);
    }
    else if (word == "shutdown")
    {
        m_connection->CloseSend(m_now);
    }
    else if (word == "abort")
    {
        m_connection->Abort(m_now);
    }
    else if (word == "pressure")
    {
        std::string value;
        in >> value;
        m_connection->SetMemoryPressure(value == "on");
    }
    else if (word == "cork" || word == "nodelay")
    {
        std::string value;
        in >> value;
        word == "cork" ? m_connection->SetCork(m_now, value == "on")
                       : m_connection->SetNoDelay(m_now, value == "on");
    }
    else if (word == "accept")
    {
        m_connection->OnAccepted(m_now);
    }
    else if (word == "expect")
    {
        Expect(in);
    }
    else if (!CallOnPaths(word, in))
    {
        Fail("unknown word " + word);
    }
}

bool
MptcpTranscript::CallOnPaths(const std::string& word, std::istream& in)
{
    unsigned number = 0;
    if (word == "joined" || word == "joined-passive")
    {
        Join(in, word == "joined-passive");
    }
    else if (word == "endpoint")
    {
        AddEndpoint(in);
    }
    else if (word == "remove-endpoint" && in >> number)
    {
        m_connection->RemoveEndpoint(m_now, static_cast<std::uint8_t>(number));
    }
    else if (word == "open" && in >> number)
    {
        mptcp::LocalEndpoint local;
        local.address = At(number, 1, 0).address;
        std::string flag;
        local.backup = in >> flag && flag == "backup";
        if (m_connection->OpenSubflow(m_now, local, FlowOf(1).remote) == 0)
        {
            Fail("no subflow was opened");
        }
    }
    else if (word == "route")
    {
        std::string address;
        in >> address;
        m_route = IpAddress::Parse(address);
        if (!m_route)
        {
            Fail("a route begins at an address");
        }
    }
    else if (word == "reset" && in >> number)
    {
        m_connection->CloseSubflow(m_now, FlowOf(number).id);
    }
    else if (word == "backup" && in >> number)
    {
        std::string value;
        in >> value;
        m_connection->SetBackup(m_now, FlowOf(number).id, value == "on");
    }
    else
    {
        return false;
    }
    return true;
}

void
MptcpTranscript::AddEndpoint(std::istream& in)
{
    mptcp::LocalEndpoint endpoint;
    unsigned id = 0;
    std::string address;
    in >> id >> address;
    const auto parsed = IpAddress::Parse(address);
    if (!parsed)
    {
        Fail("no address: " + address);
    }
    endpoint.id = static_cast<std::uint8_t>(id);
    endpoint.address = *parsed;
    for (std::string word; in >> word;)
    {
        if (word == "port")
        {
            in >> endpoint.port;
            continue;
        }
        bool* flag = word == "signal"     ? &endpoint.signal
                     : word == "subflow"  ? &endpoint.subflow
                     : word == "backup"   ? &endpoint.backup
                     : word == "fullmesh" ? &endpoint.fullmesh
                     : word == "laminar"  ? &endpoint.laminar
                                          : nullptr;
        if (!flag)
        {
            Fail("no such flag of an endpoint: " + word);
        }
        *flag = true;
    }
    m_connection->AddEndpoint(m_now, endpoint);
}

} // namespace hoststack::test
