// SPDX-License-Identifier: GPL-2.0-only

#include "hs-python-parts.h"
#include "hs-python-steps.h"
#include "hs-python-variant.h"
#include "ns3/hs-link-direction.h"
#include "ns3/hs-mptcp-connection.h"
#include "ns3/hs-random.h"
#include "ns3/hs-tcp-connection.h"
#include "ns3/hs-tcp-text.h"

#include <algorithm>
#include <memory>
#include <pybind11/stl.h>
#include <utility>

/**
 * \file
 * The cores without I/O, one step at a time: what comes out waits until it is taken, and time is
 * what the caller says.
 */
namespace py = pybind11;

namespace hoststack::python
{

namespace
{

std::string
BytesOf(const Payload& payload)
{
    std::string bytes(payload.Length(), '\0');
    payload.CopyTo(reinterpret_cast<std::uint8_t*>(bytes.data()));
    return bytes;
}

Payload
PayloadOf(const std::string& bytes)
{
    return Payload::Copy(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                         static_cast<std::uint32_t>(bytes.size()));
}

const HostSpec&
HostOf(const LoadedScenario& loaded, const std::string& name)
{
    for (const auto& host : loaded.scenario.hosts)
    {
        if (host.name == name)
        {
            return host;
        }
    }
    throw py::value_error("the scenario has no host \"" + name + '"');
}

/// What a connection sends, until it is taken.
struct Outbox : public tcp::SegmentSink
{
    void Transmit(TcpSegment&& burst) override
    {
        segments.push_back(std::move(burst));
    }

    std::vector<TcpSegment> Take()
    {
        return std::exchange(segments, {});
    }

    std::vector<TcpSegment> segments;
};

/// Does a step of a core in which variants of Python may take part.
template <class Step>
auto
Guarded(Step step)
{
    VariantWork work(false);
    if constexpr (std::is_void_v<decltype(step())>)
    {
        step();
        work.Rethrow();
    }
    else
    {
        auto result = step();
        work.Rethrow();
        return result;
    }
}

template <class Info>
py::dict
Figures(const Info& info)
{
    py::dict f;
    f["state"] = tcp::ToString(info.state);
    f["bytes_acked"] = info.bytesAcked;
    f["bytes_received"] = info.bytesReceived;
    f["receive_window"] = info.receiveWindow;
    f["send_queue"] = info.sendQueue;
    return f;
}

py::dict
TcpFigures(const tcp::Info& info)
{
    auto f = Figures(info);
    f["ca_state"] = tcp::ToString(info.caState);
    f["mss"] = info.mss;
    f["cwnd"] = info.cwnd;
    f["ssthresh"] = info.ssthresh;
    f["in_flight"] = info.inFlight;
    f["send_window"] = info.sendWindow;
    f["receive_buffer"] = info.receiveBuffer;
    f["receive_memory"] = info.receiveMemory;
    f["unsent"] = info.unsent;
    f["srtt"] = info.srtt;
    f["min_rtt"] = info.minRtt;
    f["rto"] = info.rto;
    f["pacing_rate"] = info.pacingRate;
    return f;
}

std::string
Joined(const std::vector<Payload>& pieces)
{
    std::string bytes;
    for (const auto& piece : pieces)
    {
        bytes += BytesOf(piece);
    }
    return bytes;
}

/// One TCP connection, with the settings of a host of a scenario.
class StepTcp
{
  public:
    StepTcp(const Source& source,
            const std::string& host,
            std::uint16_t localPort,
            std::uint16_t remotePort,
            std::uint32_t iss)
    {
        const auto config = std::make_shared<tcp::Config>(HostOf(Load(source), host).tcp.config);
        Guarded([&] {
            m_connection = std::make_unique<tcp::Connection>(config,
                                                             m_outbox,
                                                             localPort,
                                                             remotePort,
                                                             Seq32(iss));
        });
    }

    template <class Step>
    auto Do(TimeNs now, Step step)
    {
        m_steps.At(now);
        return Guarded([&] { return step(*m_connection); });
    }

    void Open(TimeNs now, const TcpSegment* syn)
    {
        if (m_isOpen)
        {
            throw py::value_error("the connection has been opened before; make another one");
        }
        m_isOpen = true;
        Do(now, [&](auto& c) { syn ? c.AcceptSyn(now, *syn) : c.Connect(now); });
    }

    tcp::Connection& Get()
    {
        return *m_connection;
    }

    std::vector<TcpSegment> Take()
    {
        return m_outbox.Take();
    }

  private:
    Steps m_steps;
    Outbox m_outbox;
    std::unique_ptr<tcp::Connection> m_connection;
    bool m_isOpen{false};
};

/// One multipath connection, and what it asks of its host.
class StepMptcp : public mptcp::HostServices
{
  public:
    using Endpoint = mptcp::Endpoint;

    StepMptcp(const Source& source, const std::string& host, std::uint64_t seed)
        : m_random(seed, "steps/" + host)
    {
        const auto loaded = Load(source);
        const auto& spec = HostOf(loaded, host);
        auto config = std::make_shared<mptcp::Config>(spec.mptcp.config);
        config->tcp = std::make_shared<tcp::Config>(spec.tcp.config);
        Guarded([&] { m_connection = std::make_unique<mptcp::Connection>(config, *this); });
    }

    template <class Step>
    auto Do(TimeNs now, Step step)
    {
        m_steps.At(now);
        return Guarded([&] { return step(*m_connection); });
    }

    void Connect(TimeNs now, const Endpoint& local, const Endpoint& remote)
    {
        auto& sink = NewPath(1, local, remote).outbox;
        Do(now, [&](auto& c) { c.Connect(now, sink, local, remote); });
    }

    void AcceptSyn(TimeNs now, const Endpoint& local, const Endpoint& remote, const TcpSegment& syn)
    {
        auto& sink = NewPath(1, local, remote).outbox;
        Do(now, [&](auto& c) { c.AcceptSyn(now, sink, local, remote, syn); });
    }

    std::uint32_t AcceptJoin(TimeNs now,
                             const Endpoint& local,
                             const Endpoint& remote,
                             const TcpSegment& syn)
    {
        auto& path = NewPath(0, local, remote);
        path.subflow =
            Do(now, [&](auto& c) { return c.AcceptJoin(now, path.outbox, local, remote, syn); });
        return path.subflow;
    }

    void OnSegment(TimeNs now,
                   const Endpoint& local,
                   const Endpoint& remote,
                   const TcpSegment& segment)
    {
        for (const auto& path : m_paths)
        {
            if (path->local == local && path->remote == remote && path->subflow > 0)
            {
                Do(now, [&](auto& c) { c.OnSegment(now, path->subflow, segment); });
                return;
            }
        }
        throw py::value_error("the connection has no subflow from " + remote.address.ToString() +
                              " to " + local.address.ToString() +
                              "; a SYN with MP_JOIN is for accept_join()");
    }

    /// (local, remote, segment) of what has left.
    std::vector<std::tuple<Endpoint, Endpoint, TcpSegment>> Take()
    {
        std::vector<std::tuple<Endpoint, Endpoint, TcpSegment>> all;
        for (auto& path : m_paths)
        {
            for (auto& segment : path->outbox.Take())
            {
                all.emplace_back(path->local, path->remote, std::move(segment));
            }
        }
        return all;
    }

    void AddEndpoint(TimeNs now, const mptcp::LocalEndpoint& endpoint)
    {
        Do(now, [&](auto& c) { c.AddEndpoint(now, endpoint); });
    }

    mptcp::Connection& Get()
    {
        return *m_connection;
    }

  private:
    struct Path
    {
        std::uint32_t subflow{0}; ///< 0: refused
        Endpoint local;
        Endpoint remote;
        Outbox outbox{};
    };

    Path& NewPath(std::uint32_t subflow, const Endpoint& local, const Endpoint& remote)
    {
        if (!m_paths.empty() && subflow == 1)
        {
            throw py::value_error("the connection has been opened before; make another one");
        }
        m_paths.push_back(std::make_unique<Path>(Path{subflow, local, remote}));
        return *m_paths.back();
    }

    tcp::SegmentSink* OpenSubflow(std::uint32_t subflow,
                                  Endpoint& local,
                                  const Endpoint& remote) override
    {
        if (local.address == IpAddress{local.address.family, {}})
        {
            return nullptr; // nobody here knows routes
        }
        local.port = m_nextPort++;
        return &NewPath(subflow, local, remote).outbox;
    }

    void CloseSubflow(std::uint32_t /* subflow */) override
    {
    }

    std::uint64_t RandomBits() override
    {
        return m_random.Bits();
    }

    Steps m_steps;
    RandomStream m_random;
    std::vector<std::unique_ptr<Path>> m_paths;
    std::uint16_t m_nextPort{50000};
    std::unique_ptr<mptcp::Connection> m_connection;
};

/// One direction of a link of a scenario.
class StepLink
{
  public:
    StepLink(const Source& source, const std::string& link, bool isDown, std::uint64_t seed)
        : m_link(ConfigOf(Load(source), link, isDown),
                 seed,
                 "links/" + link + (isDown ? "/down" : "/up"))
    {
    }

    /// \return why it was refused; None: it was taken
    py::object Offer(TimeNs now, std::uint32_t bytes, std::uint64_t cookie, bool isPureAck)
    {
        m_steps.At(now);
        LinkPacket packet;
        packet.bytes = bytes;
        packet.cookie = cookie;
        packet.traits = isPureAck ? LinkPacket::kPureAck : std::uint8_t{0};
        if (m_link.Offer(now, packet))
        {
            return py::none();
        }
        return py::str(LinkDropName(m_link.Refusal()));
    }

    py::list Deliver(TimeNs now)
    {
        m_steps.At(now);
        py::list all;
        for (LinkDelivery d; m_link.Deliver(now, d);)
        {
            all.append(py::make_tuple(d.at,
                                      d.cookie,
                                      d.dropped == LinkDrop::None ? "" : LinkDropName(d.dropped)));
        }
        return all;
    }

    LinkDirection& Get(TimeNs now)
    {
        m_steps.At(now);
        return m_link;
    }

    TimeNs Next() const
    {
        return m_link.NextDelivery();
    }

  private:
    static LinkConfig ConfigOf(const LoadedScenario& loaded, const std::string& name, bool isDown)
    {
        for (const auto& link : loaded.scenario.links)
        {
            if (link.name == name)
            {
                return isDown ? link.down : link.up;
            }
        }
        throw py::value_error("the scenario has no link \"" + name + '"');
    }

    Steps m_steps;
    LinkDirection m_link;
};

/// What TCP and multipath connections have in common for a caller.
template <class Class>
void
AddStream(Class& type)
{
    using S = typename Class::type;
    type.def(
            "on_deadline",
            [](S& s, TimeNs now) { s.Do(now, [&](auto& c) { c.OnDeadline(now); }); },
            py::arg("now"),
            "Time has reached next_deadline().")
        .def(
            "next_deadline",
            [](S& s) { return s.Get().NextDeadline(); },
            "int: ns at which on_deadline() wants to be called; NEVER: no timer runs.")
        .def(
            "send",
            [](S& s, TimeNs now, const py::bytes& data) {
                return s.Do(now, [&](auto& c) { return c.Send(now, PayloadOf(data)); });
            },
            py::arg("now"),
            py::arg("data"),
            "Writes bytes; returns how many were taken.")
        .def(
            "read",
            [](S& s, TimeNs now, std::uint32_t most) {
                std::vector<Payload> pieces;
                s.Do(now, [&](auto& c) { c.Read(now, most, &pieces); });
                return py::bytes(Joined(pieces));
            },
            py::arg("now"),
            py::arg("most") = 1U << 30,
            "Reads up to `most` bytes; may send a window update.")
        .def(
            "close_send",
            [](S& s, TimeNs now) { s.Do(now, [&](auto& c) { c.CloseSend(now); }); },
            py::arg("now"),
            "No more data will be written.")
        .def(
            "close",
            [](S& s, TimeNs now) { s.Do(now, [&](auto& c) { c.Close(now); }); },
            py::arg("now"))
        .def(
            "abort",
            [](S& s, TimeNs now) { s.Do(now, [&](auto& c) { c.Abort(now); }); },
            py::arg("now"))
        .def("take_segments", &S::Take, "What has left since the last call.")
        .def_property_readonly(
            "state",
            [](S& s) { return tcp::ToString(s.Get().GetState()); },
            "str: as ss(8) calls it: CLOSED, SYN-SENT, ESTAB, ...")
        .def_property_readonly(
            "available",
            [](S& s) { return s.Get().Available(); },
            "int: bytes that can be read")
        .def_property_readonly(
            "end_of_stream",
            [](S& s) { return s.Get().EndOfStream(); },
            "bool: all is read and the peer has closed");
}

void
AddSegments(py::module_& module)
{
    py::class_<TcpSegment>(module, "Segment", "A segment, or a burst of them, as a value.")
        .def_property_readonly("seq", [](const TcpSegment& s) { return s.seq.Value(); })
        .def_property_readonly("ack", [](const TcpSegment& s) { return s.ack.Value(); })
        .def_property_readonly(
            "window",
            [](const TcpSegment& s) { return s.window; },
            "int: as on the wire, not scaled")
        .def_property_readonly(
            "flags",
            [](const TcpSegment& s) { return FlagsToString(s.flags); },
            "str: letters of FSRP.UEWe")
        .def_property_readonly("payload",
                               [](const TcpSegment& s) { return py::bytes(BytesOf(s.payload)); })
        .def(
            "cut",
            [](const TcpSegment& s) {
                std::vector<TcpSegment> pieces;
                for (std::uint32_t i = 0; i < s.SegmentCount(); ++i)
                {
                    pieces.push_back(CutSegment(s, i));
                }
                return pieces;
            },
            "The segments of a burst, as they travel.")
        .def("__len__", [](const TcpSegment& s) { return s.payload.Length(); })
        .def("__repr__", [](const TcpSegment& s) { return '<' + ToString(s) + '>'; })
        .def("__str__", [](const TcpSegment& s) { return ToString(s); });
}

} // namespace

void
AddCores(py::module_& module)
{
    AddSegments(module);
    py::class_<StepTcp> tcp(module, "StepTcp");
    tcp.def(py::init<const Source&, std::string, std::uint16_t, std::uint16_t, std::uint32_t>())
        .def(
            "connect",
            [](StepTcp& s, TimeNs now) { s.Open(now, nullptr); },
            py::arg("now"))
        .def(
            "accept_syn",
            [](StepTcp& s, TimeNs now, const TcpSegment& syn) { s.Open(now, &syn); },
            py::arg("now"),
            py::arg("syn"))
        .def(
            "on_segment",
            [](StepTcp& s, TimeNs now, const TcpSegment& segment) {
                s.Do(now, [&](auto& c) { c.OnSegment(now, segment); });
            },
            py::arg("now"),
            py::arg("segment"))
        .def(
            "info",
            [](StepTcp& s, TimeNs now) {
                return TcpFigures(s.Do(now, [&](auto& c) { return c.GetInfo(now); }));
            },
            py::arg("now"));
    AddStream(tcp);
    py::class_<StepMptcp> mptcp(module, "StepMptcp");
    mptcp.def(py::init<const Source&, std::string, std::uint64_t>())
        .def("connect", &StepMptcp::Connect)
        .def("accept_syn", &StepMptcp::AcceptSyn)
        .def("accept_join", &StepMptcp::AcceptJoin)
        .def("on_segment", &StepMptcp::OnSegment)
        .def("add_endpoint", &StepMptcp::AddEndpoint)
        .def(
            "info",
            [](StepMptcp& s, TimeNs now) {
                const auto info = s.Do(now, [&](auto& c) { return c.GetInfo(now); });
                auto figures = Figures(info);
                figures["fallback"] = info.fallback;
                py::list subflows;
                for (const auto& subflow : info.subflows)
                {
                    auto f = TcpFigures(subflow.tcp);
                    f["id"] = subflow.id;
                    f["established"] = subflow.established;
                    f["closed"] = subflow.closed;
                    f["data_bytes_sent"] = subflow.dataBytesSent;
                    subflows.append(f);
                }
                figures["subflows"] = subflows;
                return figures;
            },
            py::arg("now"));
    AddStream(mptcp);
    py::class_<StepLink>(module, "StepLink")
        .def(py::init<const Source&, std::string, bool, std::uint64_t>())
        .def("offer", &StepLink::Offer)
        .def("deliver", &StepLink::Deliver, py::arg("now"))
        .def("next_delivery", &StepLink::Next)
        .def(
            "set_down",
            [](StepLink& l, TimeNs now, bool down) { l.Get(now).SetDown(now, down); },
            py::arg("now"),
            py::arg("down"));
    module.def("endpoint", [](const std::string& address, std::uint16_t port) {
        const auto parsed = IpAddress::Parse(address);
        if (!parsed)
        {
            throw py::value_error('"' + address + "\" is no IPv4 or IPv6 address");
        }
        return mptcp::Endpoint{*parsed, port};
    });
    module.def("local_endpoint", [](const std::string& address, std::uint8_t id, bool signal) {
        const auto parsed = IpAddress::Parse(address);
        if (!parsed)
        {
            throw py::value_error('"' + address + "\" is no IPv4 or IPv6 address");
        }
        mptcp::LocalEndpoint endpoint;
        endpoint.address = *parsed;
        endpoint.id = id;
        endpoint.signal = signal;
        endpoint.subflow = !signal;
        return endpoint;
    });
}

} // namespace hoststack::python
