// SPDX-License-Identifier: GPL-2.0-only

#include "hs-python-parts.h"
#include "hs-python-steps.h"
#include "ns3/hs-ip-codec.h"
#include "ns3/hs-offload-frame.h"
#include "ns3/hs-receive-offload.h"
#include "ns3/hs-tcp-codec.h"
#include "ns3/hs-tcp-text.h"

#include <cstdint>
#include <map>
#include <memory>
#include <pybind11/stl.h>
#include <string>
#include <utility>
#include <vector>

/**
 * \file
 * Receive offloads one packet and one poll at a time.
 */
namespace py = pybind11;

namespace hoststack::python
{

namespace
{

OffloadSettings
SettingsOf(const py::dict& given)
{
    OffloadSettings settings;
    for (const auto& [key, value] : given)
    {
        const auto name = key.cast<std::string>();
        const auto take = [&, value = value](auto& target) {
            target = value.template cast<std::remove_reference_t<decltype(target)>>();
        };
        name == "weight"             ? take(settings.weight)
        : name == "tick"             ? take(settings.tick)
        : name == "flush_timeout"    ? take(settings.flushTimeout)
        : name == "defer_interrupts" ? take(settings.deferInterrupts)
        : name == "udp_forwarding"   ? take(settings.udpForwarding)
        : name == "entries"          ? take(settings.entries)
        : name == "sort_array"       ? take(settings.sortArray)
        : name == "segments"         ? take(settings.segments)
        : name == "bytes"            ? take(settings.bytes)
        : name == "aggregation"      ? take(settings.aggregation)
        : name == "age"              ? take(settings.age)
                                     : throw py::key_error(name);
    }
    return settings;
}

/// A receive offload with the packets that it holds.
class StepOffload : private ReceiveOffload::Sink
{
  public:
    StepOffload(const std::string& name, const py::dict& settings)
        : m_offload(ReceiveOffloads().Create(name, SettingsOf(settings), *this))
    {
    }

    /// \return its number
    std::uint32_t Add(TimeNs now,
                      const TcpSegment& segment,
                      std::uint64_t flow,
                      std::uint32_t hash,
                      std::uint8_t timeToLive,
                      std::uint32_t typeOfService,
                      bool hasSocket)
    {
        m_steps.At(now);
        if (segment.SegmentCount() > 1)
        {
            throw py::value_error("a burst of " + std::to_string(segment.SegmentCount()) +
                                  " segments; they arrive one by one: cut()");
        }
        auto& kept = Keep();
        kept.options = segment.options;
        auto& packet = kept.packet;
        packet.flow = flow;
        packet.hash = hash;
        packet.timeToLive = timeToLive;
        packet.typeOfService = typeOfService;
        packet.hasSocket = hasSocket;
        packet.identification = m_identification[flow]++;
        packet.payload = segment.payload.Length();
        packet.ipLength =
            static_cast<std::uint32_t>(kIpv4Header + TcpHeaderLength(segment)) + packet.payload;
        packet.flags = segment.flags;
        packet.window = segment.window;
        packet.seq = segment.seq;
        packet.ack = segment.ack;
        packet.options = &kept.options;
        m_offload->Add(packet, now);
        return m_last;
    }

    std::uint32_t AddFrame(TimeNs now, const py::bytes& frame, std::uint32_t hash)
    {
        m_steps.At(now);
        const std::string_view view = frame;
        auto& kept = Keep();
        m_reader.Read({view.begin(), view.end()}, hash, 0, kept);
        kept.packet.options = &kept.options;
        m_offload->Add(kept.packet, now);
        return m_last;
    }

    bool EndPoll(TimeNs now, std::uint32_t work)
    {
        m_steps.At(now);
        return m_offload->EndPoll(work, now);
    }

    TimeNs Deadline() const
    {
        return m_offload->Deadline();
    }

    py::list Take()
    {
        return std::exchange(m_units, py::list());
    }

    py::list TakeDiscarded()
    {
        return std::exchange(m_discarded, py::list());
    }

    py::dict Counters() const
    {
        const auto& counters = m_offload->GetCounters();
        py::dict reasons;
        for (std::size_t i = 0; i < kFlushReasons; ++i)
        {
            if (counters.reasons[i] > 0)
            {
                reasons[NameOf(static_cast<FlushReason>(i))] = counters.reasons[i];
            }
        }
        py::dict all;
        all["packets"] = counters.packets;
        all["units"] = counters.units;
        all["discarded"] = counters.discarded;
        all["reasons"] = reasons;
        return all;
    }

  private:
    OffloadFrame& Keep()
    {
        auto& kept = m_kept[++m_last];
        kept = std::make_unique<OffloadFrame>();
        kept->packet.id = m_last;
        return *kept;
    }

    void Deliver(const OffloadUnit& unit) override
    {
        py::dict told;
        told["packets"] = unit.packets;
        told["payload"] = unit.head.payload;
        told["segment_size"] = unit.segmentSize;
        told["seq"] = unit.head.seq.Value();
        told["ack"] = unit.head.ack.Value();
        told["flags"] = FlagsToString(unit.head.flags);
        told["why"] = NameOf(unit.why);
        told["is_lossy"] = unit.isLossy;
        told["is_chain"] = unit.isChain;
        m_units.append(told);
        for (const auto id : unit.packets)
        {
            m_kept.erase(id);
        }
    }

    void Discard(std::uint32_t id) override
    {
        m_discarded.append(id);
        m_kept.erase(id);
    }

    Steps m_steps;
    OffloadFrameReader m_reader;
    std::map<std::uint32_t, std::unique_ptr<OffloadFrame>> m_kept; ///< by number
    std::map<std::uint64_t, std::uint16_t> m_identification;       ///< the sender's next, by flow
    std::uint32_t m_last{0};
    py::list m_units;
    py::list m_discarded;
    std::unique_ptr<ReceiveOffload> m_offload;
};

} // namespace

void
AddOffloads(py::module_& module)
{
    py::class_<StepOffload>(module, "StepOffload")
        .def(py::init<const std::string&, const py::dict&>())
        .def("add", &StepOffload::Add)
        .def("add_frame", &StepOffload::AddFrame)
        .def("end_poll", &StepOffload::EndPoll)
        .def("next_deadline", &StepOffload::Deadline)
        .def("take_units", &StepOffload::Take)
        .def("take_discarded", &StepOffload::TakeDiscarded)
        .def("counters", &StepOffload::Counters);
    module.def("receive_offloads", [] {
        py::dict all;
        for (const auto& entry : ReceiveOffloads().Entries())
        {
            all[entry.name.c_str()] = entry.about;
        }
        return all;
    });
}

} // namespace hoststack::python
