// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-softnet.h"

#include "ns3/hs-net-device.h"
#include "ns3/hs-packet-input.h"

#include <algorithm>
#include <utility>

namespace ns3
{

using hoststack::TimeNs;
using hoststack::host::Context;
using hoststack::host::CoreId;
using hoststack::host::Operation;
using hoststack::host::SoftIrq;

namespace
{

/// As in a device's poll: a piece of work takes at least that.
constexpr TimeNs kPiece = hoststack::kMicrosecond;

} // namespace

/// That of one core: process_backlog(), a poller among those of the devices.
class HoststackSoftnet::Backlog final : public hoststack::host::Work
{
  public:
    Backlog(HoststackSoftnet& softnet, CoreId core)
        : m_softnet(softnet),
          m_core(core)
    {
    }

    bool HasRoom() const
    {
        return m_units.size() - m_begun <= m_softnet.m_settings.backlogLimit;
    }

    std::size_t Waiting() const
    {
        return m_units.size();
    }

    /// Nobody will look at what is put in.
    bool IsAsleep() const
    {
        return !m_isTold;
    }

    void SetTold()
    {
        m_isTold = true;
    }

    /// \param frames of which the first \p unit.frames are taken
    void Put(const Steered& unit, std::deque<HoststackFrame>& frames)
    {
        for (std::uint32_t i = 0; i < unit.frames; ++i)
        {
            m_frames.push_back(std::move(frames.front()));
            frames.pop_front();
        }
        m_units.push_back({unit.device, unit.frames});
        ++counters.units;
    }

    void Run(Context& context) override
    {
        do
        {
            if (m_begun == 0)
            {
                m_begun = m_units.size(); // the whole queue is taken over
            }
            if (m_begun == 0)
            {
                m_isTold = false;
                return;
            }
            TakeUnit(context);
        } while (context.Now() - context.ClockTime() < kPiece);
        context.Ask(hoststack::host::Sequel::Later);
    }

    Counters counters;

  private:
    struct Unit
    {
        HoststackNetDevice* device;
        std::uint32_t frames;
    };

    void TakeUnit(Context& context)
    {
        const auto unit = m_units.front();
        m_units.pop_front();
        --m_begun;
        ++m_softnet.m_heads[m_core];
        context.Took(1);
        HoststackPacketInput::Unit whole(m_softnet.m_input, unit.frames);
        for (std::uint32_t i = 0; i < unit.frames; ++i)
        {
            const auto frame = std::move(m_frames.front());
            m_frames.pop_front();
            unit.device->HandUp(context, frame);
        }
        whole.End(context);
    }

    HoststackSoftnet& m_softnet;
    const CoreId m_core;
    std::deque<Unit> m_units; ///< oldest first
    std::deque<HoststackFrame> m_frames;
    std::size_t m_begun{0}; ///< of m_units: what has been taken over (process_queue)
    bool m_isTold{false};   ///< it is worked on, or its core is about to know
};

HoststackSoftnet::HoststackSoftnet(hoststack::host::Processor& processor,
                                   const HoststackPacketInput& input,
                                   const hoststack::host::SteeringSettings& settings,
                                   std::size_t cores)
    : m_processor(processor),
      m_input(input),
      m_settings(settings),
      m_steering(hoststack::host::PacketSteerings().Create(settings.name, settings)),
      m_heads(cores)
{
    for (std::size_t core = 0; core < cores; ++core)
    {
        m_backlogs.push_back(std::make_unique<Backlog>(*this, static_cast<CoreId>(core)));
    }
}

HoststackSoftnet::~HoststackSoftnet() = default;

HoststackSoftnet::Counters
HoststackSoftnet::GetCounters(std::size_t core) const
{
    return m_backlogs[core]->counters;
}

bool
HoststackSoftnet::Steer(Context& context,
                        HoststackNetDevice& device,
                        std::uint32_t hash,
                        std::size_t frames)
{
    const auto core = m_steering->CoreOf(hash, m_heads);
    if (!core)
    {
        return false;
    }
    context.Charge(Operation::Steer);
    m_steered.push_back({&device, hash, static_cast<std::uint32_t>(frames), *core});
    ++m_open;
    auto& backlog = *m_backlogs[*core];
    if (backlog.IsAsleep())
    {
        backlog.SetTold();
        m_toTell.push_back(*core);
    }
    return true;
}

void
HoststackSoftnet::EndPiece(Context& context)
{
    if (m_open > 0)
    {
        m_pieces.push_back(std::exchange(m_open, 0));
        context.Release(*this);
    }
}

void
HoststackSoftnet::EndTurn(Context& context)
{
    EndPiece(context);
    for (const auto core : std::exchange(m_toTell, {}))
    {
        if (core != context.Core())
        {
            context.Charge(Operation::RemoteWakeUp);
            ++m_backlogs[core]->counters.signals;
        }
        m_processor.RaiseSoftIrq(context.ClockTime(), core, SoftIrq::Receive, *m_backlogs[core]);
    }
}

/// enqueue_to_backlog()
void
HoststackSoftnet::Put(TimeNs at, const Steered& unit)
{
    auto& backlog = *m_backlogs[unit.core];
    if (!backlog.HasRoom())
    {
        ++backlog.counters.dropped;
        for (std::uint32_t i = 0; i < unit.frames; ++i)
        {
            unit.device->NoteLost(m_frames.front());
            m_frames.pop_front();
        }
        return;
    }
    backlog.Put(unit, m_frames);
    m_steering->OnQueued(unit.hash, unit.core, m_heads[unit.core] + backlog.Waiting());
    if (backlog.IsAsleep()) // it has emptied its queue since the poll looked
    {
        backlog.SetTold();
        ++backlog.counters.signals;
        m_processor.RaiseSoftIrq(at, unit.core, SoftIrq::Receive, backlog);
    }
}

void
HoststackSoftnet::Happen(TimeNs at)
{
    for (auto left = m_pieces.front(); left > 0; --left)
    {
        const auto unit = m_steered.front();
        m_steered.pop_front();
        Put(at, unit);
    }
    m_pieces.pop_front();
}

} // namespace ns3
