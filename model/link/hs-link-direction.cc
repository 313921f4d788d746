// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-direction.h"

#include "ns3/hs-link-direction-inner.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace hoststack
{

namespace
{

constexpr std::uint32_t kLargestPacket = (1U << 28) - 1;

// ITU-T I.361: a cell carries 48 bytes and has a header of 5.
constexpr std::uint64_t kCellPayload = 48;
constexpr std::uint64_t kCellSize = 53;

} // namespace

LinkDirection::LinkDirection(const LinkConfig& config, std::uint64_t seed, std::string name)
    : m_atm(config.framing == LinkFraming::Atm),
      m_overhead(config.overhead),
      m_rate(config.rate),
      m_delay(config.delay),
      m_loss(config.loss),
      m_jitter(config.jitter),
      m_configuredRate(config.rate),
      m_seed(seed),
      m_name(std::move(name))
{
    if (config.rate > kUnlimitedRate)
    {
        FailLink(m_name, "rate must be at most 1e18 bit/s", "rate");
    }
    if (config.delay < 0)
    {
        FailLink(m_name, "delay must not be negative", "delay");
    }
    if (!(config.loss >= 0 && config.loss <= 1))
    {
        FailLink(m_name, "loss must lie between 0 and 1", "loss");
    }
    if (config.jitter < 0)
    {
        FailLink(m_name, "jitter must not be negative", "jitter");
    }
    BuildExtras(config);
    SetQueueLimit(0, config.queue);
    AfterChange(0);
}

LinkDirection::~LinkDirection() = default;
LinkDirection::LinkDirection(LinkDirection&&) noexcept = default;
LinkDirection& LinkDirection::operator=(LinkDirection&&) noexcept = default;

void
LinkDirection::BuildExtras(const LinkConfig& config)
{
    if (config.behaviours.empty())
    {
        return;
    }
    m_extras = std::make_unique<Extras>();
    std::vector<std::string> streams;
    std::string manager;
    for (std::size_t i = 0; i < config.behaviours.size(); ++i)
    {
        const auto& wanted = config.behaviours[i];
        MadeLinkBehaviour made;
        try
        {
            const auto& entry = LinkBehaviours().Get(wanted.kind);
            const auto parameters =
                CheckLinkParameters(entry.name, entry.parameters, wanted.parameters);
            LinkBehaviourContext context;
            context.seed = m_seed;
            context.stream = m_name + "/" + entry.name;
            const auto twins = std::count(streams.begin(), streams.end(), entry.name);
            if (twins > 0)
            {
                context.stream += "#" + std::to_string(twins + 1);
            }
            streams.push_back(entry.name);
            context.rate = config.rate;
            context.delay = config.delay;
            made = entry.create(parameters, context);
        }
        catch (const LinkConfigError& e)
        {
            throw LinkConfigError("link \"" + m_name + "\": " + e.what(),
                                  e.Parameter(),
                                  static_cast<int>(i));
        }
        LinkBehaviour* b = made.behaviour.get();
        const unsigned hooks = made.hooks;
        if (LinkBehaviours().Get(wanted.kind).managesQueue)
        {
            if (!manager.empty())
            {
                throw LinkConfigError("link \"" + m_name + "\": \"" + wanted.kind + "\" and \"" +
                                          manager +
                                          "\" both manage its queue; a direction can have one of "
                                          "these",
                                      "kind",
                                      static_cast<int>(i));
            }
            manager = wanted.kind;
        }
        if (hooks & LinkBehaviour::kQueue)
        {
            m_extras->queued.queue = static_cast<LinkFlowQueue*>(b);
        }
        const auto add = [&](unsigned hook, std::vector<LinkBehaviour*>& list) {
            if (hooks & hook)
            {
                list.push_back(b);
            }
        };
        add(LinkBehaviour::kAdmit, m_extras->admit);
        add(LinkBehaviour::kReplaces, m_extras->replaces);
        add(LinkBehaviour::kGate, m_extras->gates);
        add(LinkBehaviour::kHead, m_extras->heads);
        add(LinkBehaviour::kTravel, m_extras->travels);
        if (hooks & LinkBehaviour::kCapacity)
        {
            m_extras->capacity.push_back({b, {0, 1, 0}});
        }
        if (hooks & LinkBehaviour::kTick)
        {
            m_extras->tickers.push_back({b, 0});
            m_nextTick = 0;
        }
        if (b->OwnRate() > 0)
        {
            if (m_extras->ownRate)
            {
                throw LinkConfigError("link \"" + m_name +
                                          "\": two behaviours set the capacity of one link",
                                      "kind",
                                      static_cast<int>(i));
            }
            m_extras->ownRate = true;
            m_rate = m_configuredRate = b->OwnRate();
        }
        m_extras->all.push_back(std::move(made.behaviour));
    }
    m_segmented = !m_extras->capacity.empty();
    if (m_extras->queued.queue && !m_extras->replaces.empty())
    {
        throw LinkConfigError("link \"" + m_name +
                                  "\": \"ack-thinning\" needs the link's own queue, and \"" +
                                  manager + "\" takes its place; \"cake\" has an ACK filter",
                              "behaviours");
    }
}

RandomStream&
LinkDirection::Stream(std::unique_ptr<RandomStream>& stream, const char* what) const
{
    if (!stream)
    {
        stream = std::make_unique<RandomStream>(m_seed, m_name + what);
    }
    return *stream;
}

std::uint64_t
LinkDirection::AtmBytes(std::uint64_t bytes)
{
    return (bytes + kCellPayload - 1) / kCellPayload * kCellSize;
}

TimeNs
LinkDirection::QueueingDelay(TimeNs now) const
{
    if (m_rate == 0 || m_holding || m_departs == kNever)
    {
        return kNever;
    }
    TimeNs free = m_departs;
    if (!m_fast && m_waitingPackets > 0)
    {
        free = std::max(free, m_waiting.Front().arrived) +
               SerialisationTime(m_waitingWireBytes, m_rate);
    }
    if (m_extras && m_extras->queued.packets > 0)
    {
        const auto& queued = m_extras->queued;
        const auto shaped = queued.queue->ShapedRate();
        const auto rate = shaped > 0 ? std::min(shaped, m_rate) : m_rate;
        free = std::max(free, now) + SerialisationTime(queued.wireBytes, rate);
    }
    return std::max<TimeNs>(0, free - now);
}

LinkQueueState
LinkDirection::QueueState(TimeNs now) const
{
    LinkQueueState state;
    state.packets = WaitingPackets();
    state.bytes = WaitingBytes();
    state.freeAt = m_departs;
    state.delay = QueueingDelay(now);
    state.rate = m_rate;
    return state;
}

// ---------------------------------------------------------------------------------------------
// The plain link

bool
LinkDirection::Offer(TimeNs now, const LinkPacket& packet)
{
    assert(now >= m_now);
    assert(packet.bytes <= kLargestPacket);
    m_now = now;
    ++m_counters.offeredPackets;
    m_counters.offeredBytes += packet.bytes;
    if (!m_fast)
    {
        return OfferSlow(now, packet);
    }
    AdvanceFast(now);
    const std::uint64_t need = WireBytes(packet.bytes) * kNanobitsPerByte;
    if (m_departs <= now)
    {
        PushFast(packet.cookie, packet.bytes, now, now, need);
        m_serviceDeparts = m_departs;
        m_counters.busyTime += m_departs - now;
        return true;
    }
    if (m_waitingPackets >= m_limit.packets || m_waitingBytes + packet.bytes > m_limit.bytes)
    {
        return Refuse(LinkDrop::Queue);
    }
    PushFast(packet.cookie, packet.bytes, now, m_endFloor, need + m_endRest);
    m_waitingBytes += packet.bytes;
    if (++m_waitingPackets > m_peaks.waiting)
    {
        NoteWaitingPeak();
    }
    return true;
}

inline void
LinkDirection::PushFast(std::uint64_t cookie,
                        std::uint32_t bytes,
                        TimeNs arrived,
                        TimeNs from,
                        std::uint64_t need)
{
    m_endFloor = from + static_cast<TimeNs>(need / m_rate);
    m_endRest = need % m_rate;
    m_departs = m_endFloor + (m_endRest > 0 ? 1 : 0);
    m_lastInOrder = std::max(m_departs + m_delay, m_lastInOrder);
    m_flight.PushBack(
        {m_lastInOrder, m_departs, from - arrived, cookie, bytes, LinkDrop::None, false, false});
}

void
LinkDirection::LeaveFast(TimeNs now)
{
    if (!m_fast)
    {
        return;
    }
    AdvanceFast(now);
    m_fast = false;
    const std::size_t started = m_flight.Size() - m_waitingPackets;
    for (std::size_t i = started; i < m_flight.Size(); ++i)
    {
        Waiting waiting;
        waiting.packet.cookie = m_flight[i].cookie;
        waiting.packet.bytes = m_flight[i].bytes;
        waiting.eligible = now;
        m_waitingWireBytes += WireBytes(waiting.packet.bytes);
        m_waiting.PushBack(waiting);
    }
    // Back to the exact end of the packet in service.
    while (m_flight.Size() > started)
    {
        const std::uint64_t need = WireBytes(m_flight.Back().bytes) * kNanobitsPerByte;
        m_endFloor -= static_cast<TimeNs>(need / m_rate);
        if (m_endRest < need % m_rate)
        {
            m_endRest += m_rate;
            --m_endFloor;
        }
        m_endRest -= need % m_rate;
        m_waiting[m_flight.Size() - 1 - started].arrived = m_endFloor - m_flight.Back().waited;
        m_flight.PopBack();
    }
    if (m_departs > now)
    {
        m_departs = m_serviceDeparts;
        m_lastInOrder = m_flight.Back().arrives;
        m_service = {};
        m_service.from = now;
        m_service.need = m_rate * static_cast<std::uint64_t>(m_endFloor - now) + m_endRest;
        m_service.waited = m_flight.Back().waited;
        m_service.inOrderBefore = started > 1 ? m_flight[started - 2].arrives : now;
    }
}

void
LinkDirection::EnterFast()
{
    m_fast = true;
    m_serviceDeparts = m_departs;
    m_waitingWireBytes = 0;
    for (; !m_waiting.Empty(); m_waiting.PopFront())
    {
        const LinkPacket& packet = m_waiting.Front().packet;
        PushFast(packet.cookie,
                 packet.bytes,
                 m_waiting.Front().arrived,
                 m_endFloor,
                 WireBytes(packet.bytes) * kNanobitsPerByte + m_endRest);
    }
}

// ---------------------------------------------------------------------------------------------
// The far end

void
LinkDirection::CatchUp(TimeNs now)
{
    assert(now >= m_now);
    m_now = now;
    if (m_fast)
    {
        AdvanceFast(now);
    }
    else
    {
        Advance(now);
    }
}

bool
LinkDirection::Deliver(TimeNs now, LinkDelivery& out)
{
    CatchUp(now);
    if (!m_reports.Empty())
    {
        out = m_reports.Front();
        m_reports.PopFront();
        ++m_counters.dropped[static_cast<std::size_t>(out.dropped)];
        return true;
    }
    if (m_flight.Empty())
    {
        return false;
    }
    const Flight& front = m_flight.Front();
    if (front.arrives > now)
    {
        return false;
    }
    out.at = front.arrives;
    out.cookie = front.cookie;
    out.dropped = front.dropped;
    out.congestionExperienced = front.marked;
    out.departed = front.departs;
    if (front.dropped == LinkDrop::None)
    {
        ++m_counters.deliveredPackets;
        m_counters.deliveredBytes += front.bytes;
        m_counters.waitedTime += front.waited;
        m_peaks.wait = std::max(m_peaks.wait, front.waited);
    }
    else
    {
        ++m_counters.dropped[static_cast<std::size_t>(front.dropped)];
    }
    m_flight.PopFront();
    return true;
}

// ---------------------------------------------------------------------------------------------
// The tail of the queue

bool
LinkDirection::OfferSlow(TimeNs now, const LinkPacket& packet)
{
    Advance(now);
    if (m_dropping)
    {
        return Refuse(LinkDrop::Outage);
    }
    if (m_extras)
    {
        return OfferToExtras(now, packet);
    }
    if (m_departs <= now && m_waitingPackets == 0)
    {
        Start({packet, now, now, false, false});
        return true;
    }
    if (m_waitingPackets >= m_limit.packets || m_waitingBytes + packet.bytes > m_limit.bytes)
    {
        return Refuse(LinkDrop::Queue);
    }
    PushWaiting({packet, now, now, false, false});
    return true;
}

bool
LinkDirection::OfferToExtras(TimeNs now, const LinkPacket& packet)
{
    Extras& extras = *m_extras;
    const bool asks = !extras.admit.empty() || !extras.gates.empty();
    const LinkQueueState state = asks ? QueueState(now) : LinkQueueState();
    Waiting waiting{packet, now, now, false, false};
    for (auto* b : extras.admit)
    {
        const auto verdict = b->Admit(now, packet, state);
        if (verdict == LinkVerdict::Police)
        {
            return Refuse(LinkDrop::Policed);
        }
        if (verdict == LinkVerdict::Drop ||
            (verdict == LinkVerdict::Mark && !(packet.traits & LinkPacket::kEcnCapable)))
        {
            return Refuse(LinkDrop::Aqm);
        }
        waiting.marked |= verdict == LinkVerdict::Mark;
    }
    if (extras.queued.queue)
    {
        OfferToQueue(now, waiting, state);
        return true;
    }
    const bool idle = m_waitingPackets == 0 && m_departs <= now;
    if (!idle &&
        (m_waitingPackets >= m_limit.packets || m_waitingBytes + packet.bytes > m_limit.bytes))
    {
        return Refuse(LinkDrop::Queue);
    }
    const auto position = extras.headPosition + m_waiting.Size();
    TimeNs turn = kNever; // of the packet that this one replaces: a grant is not asked for again
    for (auto* b : extras.replaces)
    {
        turn = std::min(turn, RemoveWaiting(b->Replaces(packet, position)));
    }
    if (turn != kNever)
    {
        waiting.eligible = std::max(now, turn);
    }
    else
    {
        for (auto* b : extras.gates)
        {
            waiting.eligible = b->Gate(now, waiting.eligible, packet, state);
            assert(waiting.eligible >= now);
        }
    }
    m_counters.marked += waiting.marked;
    PushWaiting(waiting);
    AdvanceQueue(now);
    return true;
}

bool
LinkDirection::Refuse(LinkDrop reason)
{
    m_refusal = reason;
    ++m_counters.dropped[static_cast<std::size_t>(reason)];
    return false;
}

void
LinkDirection::PushWaiting(const Waiting& waiting)
{
    m_waiting.PushBack(waiting);
    ++m_waitingPackets;
    m_waitingBytes += waiting.packet.bytes;
    m_waitingWireBytes += WireBytes(waiting.packet.bytes);
    if (m_waitingPackets > m_peaks.waiting)
    {
        NoteWaitingPeak();
    }
}

void
LinkDirection::PopWaiting()
{
    const Waiting& front = m_waiting.Front();
    if (!front.removed)
    {
        --m_waitingPackets;
        m_waitingBytes -= front.packet.bytes;
        m_waitingWireBytes -= WireBytes(front.packet.bytes);
    }
    m_waiting.PopFront();
    if (m_extras)
    {
        ++m_extras->headPosition;
    }
}

TimeNs
LinkDirection::RemoveWaiting(std::uint64_t position)
{
    const auto head = m_extras->headPosition;
    if (position == LinkBehaviour::kNoPosition || position < head ||
        position - head >= m_waiting.Size() || m_waiting[position - head].removed)
    {
        return kNever;
    }
    Waiting& waiting = m_waiting[position - head];
    waiting.removed = true;
    --m_waitingPackets;
    m_waitingBytes -= waiting.packet.bytes;
    m_waitingWireBytes -= WireBytes(waiting.packet.bytes);
    Report(m_now, waiting.packet.cookie, LinkDrop::Thinned);
    return waiting.eligible;
}

void
LinkDirection::Report(TimeNs now, std::uint64_t cookie, LinkDrop reason)
{
    m_reports.PushBack({now, cookie, reason, false, now});
}

} // namespace hoststack
