// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-rack-goodput.h"

#include <algorithm>
#include <utility>

namespace hoststack
{

namespace
{

constexpr std::uint64_t kUsPerSecond = 1'000'000;
constexpr std::uint32_t kLeastSegments = 6;  // MIN_GP_WIN
constexpr std::uint32_t kForMean = 3;        // RACK_REQ_AVG
constexpr std::uint32_t kMostCounted = 0xff; // num_measurements
constexpr std::uint32_t kNeeded = 1;         // rack_req_measurements
constexpr std::uint64_t kWeight = 8;         // of a measurement that takes a smoothed RTT
constexpr std::uint64_t kMsUs = 1000;        // instead of an RTT of 0

std::int64_t
Us(TimeNs time)
{
    return time / kMicrosecond;
}

/// Bytes without which a measurement is none.
std::uint64_t
LeastBytes(const RackRateView& view)
{
    return std::max(RackInitialWindow(view.segment), kLeastSegments * view.segment);
}

} // namespace

RackGoodput::RackGoodput(RackVersion version)
    : m_version(version),
      m_rtt(version)
{
}

std::uint64_t
RackGoodput::AwaitedFrom() const
{
    return m_isRunning && m_awaitsAck ? m_from : ~std::uint64_t{0};
}

void
RackGoodput::OnSent(RackRateView& view, const OutputView& output, std::uint64_t nowUs, bool isPaced)
{
    m_latest = {output.sent - output.bytes, output.sent, static_cast<std::int64_t>(nowUs)};
    if (m_firstLimited.end == m_latest.begin)
    {
        m_behindLimit = m_latest;
    }
    if (m_version == RackVersion::V15 && !std::exchange(m_isCounting, true))
    {
        m_countsFrom = m_latest.begin;
        m_countsFromUs = m_latest.us;
    }
    if (!m_isRunning)
    {
        Start(view, output);
    }
    if (!isPaced)
    {
        Mark(m_latest);
        m_firstLimited = m_latest; // the latest of these is the first
    }
}

void
RackGoodput::Start(const RackRateView& view, const OutputView& output)
{
    m_isRunning = true;
    m_awaitsAck = false;
    m_lowestRttUs = 0;
    m_largestWindow = output.peerWindow;
    m_fromUs = view.isFilled ? m_ackUs : m_latest.us;
    if (m_version == RackVersion::V15)
    {
        m_lastSentUs = 0;
    }
    if (!view.isFilled && view.initialRate == 0)
    {
        m_awaitsAck = true;
        m_from = m_latest.begin;
        m_sentUs = m_latest.us;
        m_to = m_from + LeastBytes(view);
        return;
    }
    const bool isLimited = m_lastLimited.end > output.acked;
    if (m_latest.begin > output.acked && !isLimited && output.oldestSent >= 0)
    {
        // What is in flight serves; it began with the last ACK.
        StartAt(view, output.acked, Us(output.oldestSent));
        return;
    }
    if (m_latest.begin > output.acked && isLimited && StartBehindLimit(view))
    {
        return;
    }
    m_awaitsAck = true;
    StartAt(view, m_latest.begin, m_latest.us);
}

void
RackGoodput::StartAt(const RackRateView& view, std::uint64_t from, std::int64_t sentUs)
{
    m_from = from;
    m_sentUs = sentUs;
    m_to = from + RackMeasureWindow(m_version, view);
}

/// Not by what the application has limited, nor by the first segment after it.
bool
RackGoodput::StartBehindLimit(const RackRateView& view)
{
    const auto& next = m_behindLimit;
    if (m_firstLimited.end == 0 || next.begin != m_firstLimited.end || next.end == 0 ||
        next.end - next.begin <= view.segment)
    {
        return false;
    }
    m_awaitsAck = true;
    StartAt(view, next.begin + view.segment, next.us);
    return true;
}

void
RackGoodput::Mark(const Sent& sent)
{
    if (m_firstLimited.end == 0)
    {
        m_firstLimited = sent;
    }
    m_lastLimited = sent;
}

void
RackGoodput::OnRanDry(std::uint64_t sent)
{
    if (m_isRunning)
    {
        m_to = std::min(m_to, sent);
    }
    if (m_latest.end == sent && m_lastLimited.end != sent)
    {
        Mark(m_latest);
    }
}

void
RackGoodput::Forget(std::uint64_t ack)
{
    if (m_firstLimited.end > 0 && m_firstLimited.end <= ack)
    {
        m_firstLimited = m_lastLimited.end > ack ? m_lastLimited : Sent();
        m_behindLimit = {};
    }
}

void
RackGoodput::Begin(const RackRateView& view, const AckProgress& ack)
{
    if (!m_awaitsAck || m_sends.fresh < 0)
    {
        return;
    }
    m_awaitsAck = false;
    m_fromUs = Us(ack.now);
    if (ack.ack >= m_from)
    {
        m_from = ack.ack;
        m_sentUs = Us(m_sends.fresh);
    }
    const auto length = view.isFilled ? RackMeasureWindow(m_version, view) : LeastBytes(view);
    if (m_from > m_to)
    {
        m_to = m_from + length;
    }
    if (view.isFilled && m_to - m_from < LeastBytes(view))
    {
        // What is left would say little; the next that is sent begins another if there is no more.
        m_isRunning = length <= ack.sent - (ack.ack - ack.acked) + ack.unsent;
        m_to = m_from + length;
    }
}

bool
RackGoodput::IsEnough(const RackRateView& view, const AckProgress& ack) const
{
    const bool is15 = m_version == RackVersion::V15;
    if (is15 && ack.ack < m_from)
    {
        return false;
    }
    if (ack.ack == ack.sent)
    {
        return true;
    }
    if (ack.ack < m_from || (ack.ack < m_to && ack.ack - m_from < LeastBytes(view)))
    {
        return false;
    }
    if (is15 && ack.ack >= m_to)
    {
        return true;
    }
    return Us(ack.now) - m_fromUs >= static_cast<std::int64_t>(m_rtt.goodputSrtt) &&
           !(is15 && ack.isRecovering);
}

std::uint64_t
RackGoodput::Rate(const RackRateView& view, const AckProgress& ack) const
{
    const auto bytes = ack.ack - std::min(ack.ack, m_from);
    const auto rate = bytes * kUsPerSecond / m_spanUs;
    std::uint64_t least = std::min(RackInitialWindow(view.segment), kLeastSegments * view.segment);
    if (!view.isFilled)
    {
        least -= std::uint64_t{2} * view.segment;
    }
    if (bytes < least || m_awaitsAck || m_lowestRttUs == 0)
    {
        return 0;
    }
    // No more than a window in an RTT.
    return std::min(rate, m_largestWindow * kUsPerSecond / m_lowestRttUs);
}

void
RackGoodput::Count(RackRateView& view, std::uint64_t rate)
{
    if (!view.isFilled)
    {
        view.goodput = rate;
        view.isFilled = true;
        view.measurements = 1;
    }
    else if (view.measurements < kForMean)
    {
        view.goodput += rate;
        if (++view.measurements == kForMean)
        {
            view.goodput /= kForMean;
        }
    }
    else
    {
        view.measurements = std::min(view.measurements + 1, kMostCounted);
        const auto srttUs = view.srttUs != 0     ? view.srttUs
                            : view.minRttUs != 0 ? view.minRttUs
                                                 : kMsUs;
        auto gone = view.goodput * m_spanUs / (srttUs * kWeight);
        auto come = rate * m_spanUs / (srttUs * kWeight);
        if (gone >= view.goodput / 2)
        {
            gone = view.goodput / 2;
            come = rate / 2;
        }
        view.goodput = view.goodput - gone + come;
    }
}

bool
RackGoodput::Measure(RackRateView& view, const AckProgress& ack)
{
    const auto acksUs = std::max<std::int64_t>(Us(ack.now) - m_fromUs, 0);
    const auto sendsUs = std::max<std::int64_t>(m_lastSentUs - m_sentUs, 0);
    const bool hasTime = acksUs > 0 || sendsUs > 0;
    m_spanUs = static_cast<std::uint64_t>(std::max<std::int64_t>(std::max(acksUs, sendsUs), 1));
    const auto rate = hasTime ? Rate(view, ack) : 0;
    const bool isFirst = !view.isFilled && rate > 0;
    if (rate > 0)
    {
        Count(view, rate);
        view.isReady = view.isReady || view.measurements >= kNeeded;
    }
    if (rate > 0 || m_version == RackVersion::V15)
    {
        m_rtt.RestartGoodput();
    }
    m_isRunning = false;
    RestartBeforeLimit(view, ack);
    return isFirst;
}

void
RackGoodput::RestartBeforeLimit(const RackRateView& view, const AckProgress& ack)
{
    const bool is15 = m_version == RackVersion::V15;
    const auto& limit = m_firstLimited;
    const auto end = is15 ? limit.end : limit.begin;
    if (limit.end == 0 || limit.begin <= ack.ack || ack.oldestSent < 0 ||
        end - ack.ack <= LeastBytes(view))
    {
        return;
    }
    m_isRunning = true;
    m_awaitsAck = true;
    m_lowestRttUs = 0;
    m_largestWindow = ack.peerWindow;
    m_fromUs = Us(ack.now);
    if (is15)
    {
        m_lastSentUs = 0;
    }
    StartAt(view, ack.ack, Us(ack.oldestSent));
    m_to = std::min(m_to, end);
}

void
RackGoodput::CountLongTerm(RackRateView& view, const AckProgress& ack)
{
    if (!m_isCounting)
    {
        return;
    }
    const auto bytes = m_countedBytes + ack.ack - m_countsFrom;
    const auto us = m_countedUs + static_cast<std::uint64_t>(Us(ack.now) - m_countsFromUs);
    view.longTerm = bytes != 0 && us != 0 ? bytes * kUsPerSecond / us : 0;
    if (ack.ack == ack.sent)
    {
        m_isCounting = false;
        m_countedBytes = bytes;
        m_countedUs = us;
    }
}

void
RackGoodput::SampleRtt(const AckProgress& ack)
{
    if (ack.rtt < 0)
    {
        return;
    }
    const auto us = static_cast<std::uint32_t>(std::max<std::int64_t>(Us(ack.rtt), 1));
    m_rtt.Begin();
    m_rtt.Add(us + 1, us, 1, 1);
    m_rtt.Commit(m_unused, 0, m_timeoutUs);
}

bool
RackGoodput::OnAcked(RackRateView& view, const AckProgress& ack)
{
    m_ackUs = Us(ack.now);
    m_largestWindow = std::max(m_largestWindow, ack.peerWindow);
    if (ack.rtt >= 0)
    {
        const auto us = static_cast<std::uint32_t>(std::max<std::int64_t>(Us(ack.rtt), 1));
        m_lowestRttUs = m_lowestRttUs == 0 ? us : std::min(m_lowestRttUs, us);
    }
    if (m_version == RackVersion::V14)
    {
        m_lastSentUs = Us(m_sends.last);
    }
    else if (m_isRunning && ack.ack > m_from && ack.ack - ack.acked < m_to)
    {
        m_lastSentUs = std::max(m_lastSentUs, Us(m_sends.lastFirst));
    }
    if (m_isRunning)
    {
        Begin(view, ack);
    }
    Forget(ack.ack);
    if (m_version == RackVersion::V15)
    {
        CountLongTerm(view, ack);
    }
    const bool isFirst = m_isRunning && IsEnough(view, ack) && Measure(view, ack);
    SampleRtt(ack);
    view.lastRttUs = m_rtt.last;
    return isFirst;
}

} // namespace hoststack
