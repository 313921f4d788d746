// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-direction.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

namespace hoststack
{

namespace
{

// Work is counted in nanobits: a rate of R bit/s serves R nanobits per nanosecond, so every
// departure is a fraction with the rate as its denominator and nothing is ever rounded away.
constexpr std::uint64_t kNanobitsPerByte = 8'000'000'000ULL;
constexpr std::uint32_t kLargestPacket = (1U << 28) - 1;

// ITU-T I.361: a cell carries 48 bytes and has a header of 5.
constexpr std::uint64_t kCellPayload = 48;
constexpr std::uint64_t kCellSize = 53;

[[noreturn]] void
Fail(const std::string& link, const std::string& text, const std::string& parameter)
{
    throw LinkConfigError("link \"" + link + "\": " + text, parameter);
}

} // namespace

/// What a plain link (rate, delay, drop-tail) does without.
struct LinkDirection::Extras
{
    struct Source
    {
        LinkBehaviour* behaviour;
        LinkCapacity stretch;
    };

    struct Ticker
    {
        LinkBehaviour* behaviour;
        TimeNs at;
    };

    std::vector<std::unique_ptr<LinkBehaviour>> all;
    std::vector<LinkBehaviour*> admit;
    std::vector<LinkBehaviour*> replaces;
    std::vector<LinkBehaviour*> gates;
    std::vector<LinkBehaviour*> heads;
    std::vector<LinkBehaviour*> travels;
    std::vector<Source> capacity;
    std::vector<Ticker> tickers;

    Ring<Segment> segments;
    TimeNs coveredUntil{0}; ///< end of the segments made so far
    std::uint64_t burstLeft{0}; ///< nanobits of the burst at burstAt that nobody has used
    TimeNs burstAt{-1};
    std::uint64_t headPosition{0}; ///< position of the front of m_waiting
    TimeNs lastTravel{0};
    bool ownRate{false};
};

LinkDirection::LinkDirection(const LinkConfig& config, std::uint64_t seed, std::string name)
    : m_rate(config.rate),
      m_delay(config.delay),
      m_overhead(config.overhead),
      m_atm(config.framing == LinkFraming::Atm),
      m_loss(config.loss),
      m_jitter(config.jitter),
      m_configuredRate(config.rate),
      m_seed(seed),
      m_name(std::move(name))
{
    if (config.rate > kUnlimitedRate)
    {
        Fail(m_name, "rate must be at most 1e18 bit/s", "rate");
    }
    if (config.delay < 0)
    {
        Fail(m_name, "delay must not be negative", "delay");
    }
    if (!(config.loss >= 0 && config.loss <= 1))
    {
        Fail(m_name, "loss must lie between 0 and 1", "loss");
    }
    if (config.jitter < 0)
    {
        Fail(m_name, "jitter must not be negative", "jitter");
    }
    BuildExtras(config);
    SetQueueLimit(0, config.queue);
    UpdateFlags();
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
    for (std::size_t i = 0; i < config.behaviours.size(); ++i)
    {
        const auto& wanted = config.behaviours[i];
        std::unique_ptr<LinkBehaviour> made;
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
        LinkBehaviour* b = made.get();
        const unsigned hooks = b->Hooks();
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
        m_extras->all.push_back(std::move(made));
    }
    m_segmented = !m_extras->capacity.empty();
}

void
LinkDirection::UpdateFlags()
{
    m_guarded = m_dropping || m_extras;
    m_travels = m_loss > 0 || m_jitter > 0 || (m_extras && !m_extras->travels.empty());
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
LinkDirection::WireBytes(std::uint32_t ipBytes) const
{
    const std::uint64_t bytes = std::uint64_t{ipBytes} + m_overhead;
    return m_atm ? (bytes + kCellPayload - 1) / kCellPayload * kCellSize : bytes;
}

TimeNs
LinkDirection::QueueingDelay(TimeNs now) const
{
    if (m_rate == 0 || m_holding || m_departs == kNever)
    {
        return kNever;
    }
    if (m_waitingPackets == 0)
    {
        return std::max<TimeNs>(0, m_departs - now);
    }
    const TimeNs free = std::max(m_departs, m_waiting.Front().arrived);
    return std::max<TimeNs>(0, free - now + SerialisationTime(m_waitingWireBytes, m_rate));
}

LinkQueueState
LinkDirection::QueueState(TimeNs now) const
{
    LinkQueueState state;
    state.packets = m_waitingPackets;
    state.bytes = m_waitingBytes;
    state.freeAt = m_departs;
    state.delay = QueueingDelay(now);
    state.rate = m_rate;
    return state;
}

// ---------------------------------------------------------------------------------------------
// The tail of the queue

bool
LinkDirection::Offer(TimeNs now, const LinkPacket& packet)
{
    assert(now >= m_now);
    assert(packet.bytes <= kLargestPacket);
    m_now = now;
    ++m_counters.offeredPackets;
    m_counters.offeredBytes += packet.bytes;
    Advance(now);
    if (m_guarded)
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
    if (m_dropping)
    {
        return Refuse(LinkDrop::Outage);
    }
    Extras& extras = *m_extras;
    const bool asks = !extras.admit.empty() || !extras.gates.empty();
    const LinkQueueState state = asks ? QueueState(now) : LinkQueueState();
    Waiting waiting{packet, now, now, false, false};
    for (auto* b : extras.admit)
    {
        const auto verdict = b->Admit(now, packet, state);
        if (verdict == LinkVerdict::Drop ||
            (verdict == LinkVerdict::Mark && !(packet.traits & LinkPacket::kEcnCapable)))
        {
            return Refuse(LinkDrop::Aqm);
        }
        waiting.marked |= verdict == LinkVerdict::Mark;
    }
    const bool idle = m_waitingPackets == 0 && m_departs <= now;
    if (!idle &&
        (m_waitingPackets >= m_limit.packets || m_waitingBytes + packet.bytes > m_limit.bytes))
    {
        return Refuse(LinkDrop::Queue);
    }
    const auto position = extras.headPosition + m_waiting.Size();
    for (auto* b : extras.replaces)
    {
        RemoveWaiting(b->Replaces(packet, position));
    }
    for (auto* b : extras.gates)
    {
        waiting.eligible = b->Gate(now, waiting.eligible, packet, state);
        assert(waiting.eligible >= now);
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
    m_counters.maxWaitingPackets = std::max(m_counters.maxWaitingPackets, m_waitingPackets);
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

void
LinkDirection::RemoveWaiting(std::uint64_t position)
{
    const auto head = m_extras->headPosition;
    if (position == LinkBehaviour::kNoPosition || position < head ||
        position - head >= m_waiting.Size() || m_waiting[position - head].removed)
    {
        return;
    }
    Waiting& waiting = m_waiting[position - head];
    waiting.removed = true;
    --m_waitingPackets;
    m_waitingBytes -= waiting.packet.bytes;
    m_waitingWireBytes -= WireBytes(waiting.packet.bytes);
    Report(m_now, waiting.packet.cookie, LinkDrop::Thinned);
}

void
LinkDirection::Report(TimeNs now, std::uint64_t cookie, LinkDrop reason)
{
    m_reports.PushBack({now, cookie, reason, false, now});
}

// ---------------------------------------------------------------------------------------------
// The serialiser

void
LinkDirection::Advance(TimeNs now)
{
    while (m_nextTick <= now)
    {
        const TimeNs tick = m_nextTick;
        AdvanceQueue(tick);
        m_nextTick = kNever;
        for (auto& ticker : m_extras->tickers)
        {
            if (ticker.at == tick)
            {
                ticker.at = ticker.behaviour->Tick(tick, QueueState(tick));
                assert(ticker.at > tick);
            }
            m_nextTick = std::min(m_nextTick, ticker.at);
        }
    }
    AdvanceQueue(now);
}

void
LinkDirection::AdvanceQueue(TimeNs now)
{
    while (!m_waiting.Empty())
    {
        const Waiting& head = m_waiting.Front();
        if (head.removed)
        {
            PopWaiting();
        }
        else if (m_departs <= now && head.eligible <= now)
        {
            StartHead();
        }
        else
        {
            return;
        }
    }
}

void
LinkDirection::StartHead()
{
    Waiting head = m_waiting.Front();
    PopWaiting();
    if (m_extras && !m_extras->heads.empty())
    {
        const TimeNs start = std::max(m_departs, head.eligible);
        for (auto* b : m_extras->heads)
        {
            const auto verdict = b->AtHead(start, head.arrived, head.packet, QueueState(start));
            if (verdict == LinkVerdict::Drop ||
                (verdict == LinkVerdict::Mark && !(head.packet.traits & LinkPacket::kEcnCapable)))
            {
                Report(m_now, head.packet.cookie, LinkDrop::Aqm);
                return;
            }
            if (verdict == LinkVerdict::Mark && !head.marked)
            {
                head.marked = true;
                ++m_counters.marked;
            }
        }
    }
    Start(head);
}

void
LinkDirection::Start(const Waiting& head)
{
    TimeNs from = head.eligible;
    std::uint64_t need = WireBytes(head.packet.bytes) * kNanobitsPerByte;
    if (m_departs > from)
    {
        from = m_endFloor;
        need += m_endRest;
    }
    m_service.inOrderBefore = m_lastInOrder;
    m_service.extra = 0;
    if (m_segmented)
    {
        while (SegmentAt(0).until <= from)
        {
            m_extras->segments.PopFront();
        }
        const Segment& first = SegmentAt(0);
        m_service.burst = 0;
        if (first.from == from)
        {
            m_service.burst = m_extras->burstAt == from ? m_extras->burstLeft : first.burst;
        }
    }
    Serve(from, need);
    Flight flight;
    flight.departs = m_departs;
    flight.cookie = head.packet.cookie;
    flight.bytes = head.packet.bytes;
    flight.marked = head.marked;
    if (m_travels)
    {
        Travel(head.packet, flight);
    }
    Place(flight);
}

void
LinkDirection::Serve(TimeNs from, std::uint64_t need)
{
    m_service.from = from;
    m_service.need = need;
    if (m_rate == 0 || m_holding)
    {
        m_departs = m_endFloor = kNever;
        m_endRest = 0;
        return;
    }
    if (m_segmented)
    {
        ServeSegments();
    }
    else
    {
        m_endFloor = from + static_cast<TimeNs>(need / m_rate);
        m_endRest = need % m_rate;
    }
    if (m_endFloor != kNever)
    {
        m_departs = m_endFloor + (m_endRest > 0 ? 1 : 0);
        m_counters.busyTime += m_endFloor - from;
    }
}

void
LinkDirection::ServeSegments()
{
    TimeNs at = m_service.from;
    std::uint64_t need = m_service.need;
    std::uint64_t burst = m_service.burst;
    std::size_t i = 0;
    while (SegmentAt(i).until <= at)
    {
        ++i;
    }
    for (;; ++i)
    {
        const Segment& segment = SegmentAt(i);
        if (need <= burst)
        {
            m_extras->burstAt = at;
            m_extras->burstLeft = burst - need;
            m_departs = m_endFloor = at;
            m_endRest = 0;
            return;
        }
        need -= burst;
        const BitsPerSecond rate = RateIn(segment);
        if (rate > 0)
        {
            const std::uint64_t time = need / rate;
            const std::uint64_t rest = need % rate;
            const auto room = static_cast<std::uint64_t>(segment.until - at);
            if (time < room || (time == room && rest == 0))
            {
                m_extras->burstAt = -1;
                m_endFloor = at + static_cast<TimeNs>(time);
                m_endRest = rest;
                return;
            }
            need -= rate * room;
        }
        if (segment.until == kNever)
        {
            m_departs = m_endFloor = kNever;
            m_endRest = 0;
            return;
        }
        at = segment.until;
        burst = SegmentAt(i + 1).burst;
    }
}

std::uint64_t
LinkDirection::Remaining(TimeNs now)
{
    std::uint64_t need = m_service.need;
    if (m_rate == 0 || m_holding)
    {
        return need;
    }
    const auto use = [&need](std::uint64_t work) { need -= std::min(need, work); };
    if (!m_segmented)
    {
        use(m_rate * static_cast<std::uint64_t>(now - m_service.from));
        return need;
    }
    TimeNs at = m_service.from;
    use(m_service.burst);
    std::size_t i = 0;
    while (SegmentAt(i).until <= at)
    {
        ++i;
    }
    while (at < now)
    {
        const TimeNs until = std::min(SegmentAt(i).until, now);
        use(RateIn(SegmentAt(i)) * static_cast<std::uint64_t>(until - at));
        at = until;
        if (SegmentAt(i).until == at)
        {
            ++i;
            use(SegmentAt(i).burst);
        }
    }
    return need;
}

const LinkDirection::Segment&
LinkDirection::SegmentAt(std::size_t index)
{
    auto& segments = m_extras->segments;
    while (segments.Size() <= index)
    {
        Segment next;
        next.from = m_extras->coveredUntil;
        next.until = kNever;
        bool blocked = false;
        std::uint64_t bursts = 0;
        for (auto& source : m_extras->capacity)
        {
            if (source.stretch.until <= next.from)
            {
                const TimeNs before = source.stretch.until;
                source.stretch = source.behaviour->NextCapacity();
                assert(source.stretch.until > before);
                (void)before;
                bursts += source.stretch.burst;
            }
            if (source.stretch.factor <= 0 && source.behaviour->OwnRate() == 0)
            {
                blocked = true;
            }
            next.factor *= source.stretch.factor;
            next.until = std::min(next.until, source.stretch.until);
        }
        next.burst = blocked ? 0 : bursts * kNanobitsPerByte;
        m_extras->coveredUntil = next.until;
        segments.PushBack(next);
    }
    return segments[index];
}

BitsPerSecond
LinkDirection::RateIn(const Segment& segment) const
{
    if (segment.factor == 1)
    {
        return m_rate;
    }
    return static_cast<BitsPerSecond>(
        std::min(static_cast<double>(kUnlimitedRate),
                 std::floor(static_cast<double>(m_rate) * segment.factor + 0.5)));
}

// ---------------------------------------------------------------------------------------------
// The way

void
LinkDirection::Travel(const LinkPacket& packet, Flight& flight)
{
    LinkJourney journey;
    if (m_loss > 0 && Stream(m_lossStream, "/loss").Bernoulli(m_loss))
    {
        journey.dropped = LinkDrop::Random;
    }
    if (m_jitter > 0)
    {
        journey.extraDelay = UniformTime(Stream(m_jitterStream, "/jitter"), 0, m_jitter);
    }
    if (m_extras && !m_extras->travels.empty())
    {
        // A held packet has no departure yet; a rate increase can have moved one forward.
        const TimeNs departs = flight.departs == kNever ? m_service.from : flight.departs;
        m_extras->lastTravel = std::max(m_extras->lastTravel, departs);
        for (auto* b : m_extras->travels)
        {
            b->Travel(m_extras->lastTravel, packet, journey);
        }
    }
    assert(journey.extraDelay >= 0);
    flight.dropped = journey.dropped;
    flight.overtakes = journey.overtakes;
    // A lost packet holds nobody up.
    m_service.extra = journey.dropped == LinkDrop::None ? journey.extraDelay : 0;
}

void
LinkDirection::Place(Flight flight)
{
    if (flight.departs == kNever)
    {
        flight.arrives = kNever;
        m_flight.PushBack(flight);
        return;
    }
    flight.arrives = std::max(flight.departs + m_delay + m_service.extra, m_lastInOrder);
    if (!flight.overtakes)
    {
        m_lastInOrder = flight.arrives;
    }
    if (m_flight.Empty() || m_flight.Back().arrives <= flight.arrives)
    {
        m_flight.PushBack(flight);
        return;
    }
    std::size_t at = m_flight.Size();
    while (at > 0 && m_flight[at - 1].arrives > flight.arrives)
    {
        --at;
    }
    m_flight.Insert(at, flight);
}

TimeNs
LinkDirection::NextStartBound() const
{
    if (m_rate == 0 || m_holding || m_departs == kNever)
    {
        return kNever;
    }
    for (std::size_t i = 0; i < m_waiting.Size(); ++i)
    {
        const Waiting& head = m_waiting[i];
        if (head.removed)
        {
            continue;
        }
        const TimeNs start = std::max(m_departs, head.eligible);
        if (m_segmented || (m_extras && !m_extras->heads.empty()))
        {
            return start + m_delay;
        }
        std::uint64_t need = WireBytes(head.packet.bytes) * kNanobitsPerByte;
        const bool busy = m_departs > head.eligible;
        need += busy ? m_endRest : 0;
        const TimeNs from = busy ? m_endFloor : head.eligible;
        return from + static_cast<TimeNs>((need + m_rate - 1) / m_rate) + m_delay;
    }
    return kNever;
}

TimeNs
LinkDirection::NextDelivery() const
{
    if (!m_reports.Empty())
    {
        return m_reports.Front().at;
    }
    if (m_flight.Empty())
    {
        return m_waitingPackets > 0 ? NextStartBound() : kNever;
    }
    const Flight& front = m_flight.Front();
    if (front.overtakes && m_waitingPackets > 0)
    {
        return std::min(front.arrives, NextStartBound());
    }
    return front.arrives;
}

bool
LinkDirection::Deliver(TimeNs now, LinkDelivery& out)
{
    assert(now >= m_now);
    m_now = now;
    Advance(now);
    if (!m_reports.Empty())
    {
        out = m_reports.Front();
        m_reports.PopFront();
        ++m_counters.dropped[static_cast<std::size_t>(out.dropped)];
        return true;
    }
    if (m_flight.Empty() || m_flight.Front().arrives > now)
    {
        return false;
    }
    const Flight& front = m_flight.Front();
    out.at = front.arrives;
    out.cookie = front.cookie;
    out.dropped = front.dropped;
    out.congestionExperienced = front.marked;
    out.departed = front.departs;
    if (front.dropped == LinkDrop::None)
    {
        ++m_counters.deliveredPackets;
        m_counters.deliveredBytes += front.bytes;
    }
    else
    {
        ++m_counters.dropped[static_cast<std::size_t>(front.dropped)];
    }
    m_flight.PopFront();
    return true;
}

// ---------------------------------------------------------------------------------------------
// Changes while running

template <class Change>
void
LinkDirection::ChangeService(TimeNs now, Change change)
{
    assert(now >= m_now);
    m_now = now;
    Advance(now);
    if (m_departs <= now)
    {
        change();
        return;
    }
    const std::uint64_t remaining = Remaining(now);
    std::size_t at = m_flight.Size() - 1;
    while (m_flight[at].departs <= now)
    {
        --at;
    }
    Flight flight = m_flight[at];
    m_flight.Erase(at);
    m_lastInOrder = m_service.inOrderBefore;
    if (m_endFloor != kNever)
    {
        m_counters.busyTime -= m_endFloor - now;
    }
    change();
    m_service.burst = 0;
    Serve(now, remaining);
    flight.departs = m_departs;
    Place(flight);
    // A packet that leaves at this very instant makes room for the next.
    AdvanceQueue(now);
}

void
LinkDirection::SetRate(TimeNs now, BitsPerSecond rate)
{
    if (m_extras && m_extras->ownRate)
    {
        Fail(m_name, "the capacity comes from a trace; its rate cannot be changed", "rate");
    }
    if (rate > kUnlimitedRate)
    {
        Fail(m_name, "rate must be at most 1e18 bit/s", "rate");
    }
    ChangeService(now, [&] { m_rate = rate; });
}

void
LinkDirection::SetDelay(TimeNs now, TimeNs delay)
{
    if (delay < 0)
    {
        Fail(m_name, "delay must not be negative", "delay");
    }
    ChangeService(now, [&] { m_delay = delay; });
}

void
LinkDirection::SetLoss(TimeNs now, double probability)
{
    if (!(probability >= 0 && probability <= 1))
    {
        Fail(m_name, "loss must lie between 0 and 1", "loss");
    }
    m_now = now;
    Advance(now);
    m_loss = probability;
    UpdateFlags();
}

void
LinkDirection::SetJitter(TimeNs now, TimeNs jitter)
{
    if (jitter < 0)
    {
        Fail(m_name, "jitter must not be negative", "jitter");
    }
    m_now = now;
    Advance(now);
    m_jitter = jitter;
    UpdateFlags();
}

void
LinkDirection::SetQueueLimit(TimeNs now, const LinkQueueLimit& limit)
{
    if (limit.time < 0)
    {
        Fail(m_name, "a queue cannot last a negative time", "queue");
    }
    m_now = now;
    Advance(now);
    m_limit = limit;
    if (limit.time != kNever)
    {
        const auto bytes = static_cast<Uint128>(m_configuredRate) *
                           static_cast<std::uint64_t>(limit.time) / kNanobitsPerByte;
        // Less room than one full-size packet would stop large packets for good.
        constexpr Uint128 kOnePacket = 1500;
        const auto room = std::max(bytes, kOnePacket);
        m_limit.bytes = std::min<Uint128>(limit.bytes, room);
    }
}

void
LinkDirection::SetDown(TimeNs now, bool down, Outage outage)
{
    const bool dropping = down && outage == Outage::Drop;
    const bool holding = down && outage == Outage::Hold;
    ChangeService(now, [&] { m_holding = holding; });
    if (dropping && !m_dropping)
    {
        LoseEverything(now);
    }
    m_dropping = dropping;
    UpdateFlags();
}

void
LinkDirection::LoseEverything(TimeNs now)
{
    std::size_t arrived = 0;
    while (arrived < m_flight.Size() && m_flight[arrived].arrives <= now)
    {
        ++arrived;
    }
    for (std::size_t i = arrived; i < m_flight.Size(); ++i)
    {
        const Flight& flight = m_flight[i];
        Report(now,
               flight.cookie,
               flight.dropped == LinkDrop::None ? LinkDrop::Outage : flight.dropped);
    }
    while (m_flight.Size() > arrived)
    {
        m_flight.PopBack();
    }
    while (!m_waiting.Empty())
    {
        if (!m_waiting.Front().removed)
        {
            Report(now, m_waiting.Front().packet.cookie, LinkDrop::Outage);
        }
        PopWaiting();
    }
    if (m_departs > now)
    {
        if (m_endFloor != kNever)
        {
            m_counters.busyTime -= m_endFloor - now;
        }
        m_departs = m_endFloor = now;
        m_endRest = 0;
    }
    m_lastInOrder = std::min(m_lastInOrder, now);
}

} // namespace hoststack
