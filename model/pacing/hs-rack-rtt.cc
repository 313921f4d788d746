// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-rack-rtt.h"

#include <algorithm>
#include <cstdlib>

namespace hoststack
{

namespace
{

constexpr std::uint32_t kBufferedRatio = 3;     // rack_hbp_thresh
constexpr std::uint32_t kDsackPersistence = 16; // RFC 8985
constexpr std::uint64_t kMostTimeoutUs = 4'000'000;
constexpr std::uint32_t kUsPerMs = 1000;

std::uint32_t
Since(std::uint64_t nowUs, std::uint64_t sentUs)
{
    return nowUs > sentUs ? static_cast<std::uint32_t>(nowUs - sentUs) : 1;
}

/// The arrival may be stamped before the transmission; then it is the clock that counts.
std::uint32_t
SinceArrival(const RackAcknowledgement& acknowledgement, std::uint64_t sentUs)
{
    return acknowledgement.arrivalUs > sentUs ? Since(acknowledgement.arrivalUs, sentUs)
                                              : Since(acknowledgement.clockUs, sentUs);
}

void
TakeLowest(RackPath& path, std::uint32_t us)
{
    path.minRttUs = path.minRttUs == 0 ? us : std::min(path.minRttUs, us);
}

void
TakeLatest(RackPath& path, std::uint64_t sentUs, std::uint32_t us)
{
    if (path.sentUs == 0 || path.sentUs < sentUs)
    {
        path.sentUs = sentUs;
        path.rackRttUs = us;
    }
}

std::uint8_t
Confidence(const RackSent& entry, const RackAcknowledgement& acknowledgement, std::uint32_t acked)
{
    if (acknowledgement.isSack)
    {
        return 2;
    }
    if (entry.Has(kRackAppLimited))
    {
        return acked <= acknowledgement.segment ? 0 : 1;
    }
    return acknowledgement.isBeyondMeasurement ? 0 : 1;
}

bool
UpdateFromFirst(const RackSent& entry,
                const RackAcknowledgement& acknowledgement,
                RackPath& path,
                RackRttSampler& sampler)
{
    const auto sentUs = entry.sentUs[0];
    const auto us = Since(acknowledgement.nowUs, sentUs);
    TakeLowest(path, us);
    const auto goodputUs = SinceArrival(acknowledgement, sentUs);
    path.goodputMinUs = std::min(path.goodputMinUs, goodputUs);
    const auto end = acknowledgement.isSack ? entry.end : std::min(acknowledgement.ack, entry.end);
    sampler.Add(us + 1,
                goodputUs,
                Confidence(entry, acknowledgement, end - entry.start),
                entry.sends);
    TakeLatest(path, sentUs, us);
    return true;
}

/// Neither an echo nor the count says which transmission it was.
bool
UpdateFromLast(const RackSent& entry, const RackAcknowledgement& acknowledgement, RackPath& path)
{
    const auto us = Since(acknowledgement.nowUs, entry.LastSentUs());
    if (path.minRttUs == 0 || us < path.minRttUs)
    {
        return false; // the retransmission was for nothing
    }
    TakeLatest(path, entry.LastSentUs(), us);
    return true;
}

} // namespace

void
RackRttSampler::Begin()
{
    m_isEmpty = true;
    lowest = 0;
    highest = 0;
    sum = 0;
    count = 0;
}

void
RackRttSampler::Add(std::uint32_t us,
                    std::uint32_t goodputUs,
                    std::uint8_t sampleConfidence,
                    std::uint32_t sends)
{
    lowest = m_isEmpty ? us : std::min(lowest, us);
    highest = m_isEmpty ? us : std::max(highest, us);
    if (m_isEmpty || m_goodputUs > goodputUs)
    {
        // 15 lets a sample without confidence replace none that has it.
        if (confidence == 0 || m_version == RackVersion::V14)
        {
            confidence = sampleConfidence;
            m_goodputUs = goodputUs;
            m_sends = sends;
        }
        else if (sampleConfidence != 0)
        {
            m_goodputUs = goodputUs;
            m_sends = sends;
        }
    }
    m_isEmpty = false;
    sum += us;
    ++count;
}

void
RackRttSampler::Commit(RackRtt& rtt, std::uint32_t slopUs, std::uint32_t& timeoutUs)
{
    if (m_isEmpty)
    {
        return;
    }
    const std::uint32_t us = std::max<std::uint32_t>(method == RackSampleMethod::Lowest ? lowest
                                                     : method == RackSampleMethod::Highest
                                                         ? highest
                                                         : static_cast<std::uint32_t>(sum / count),
                                                     1);
    if (!m_hasGoodputSrtt)
    {
        m_hasGoodputSrtt = true;
        goodputSrtt = m_goodputUs;
    }
    else if (confidence != 0)
    {
        goodputSrtt = goodputSrtt - goodputSrtt / 8 + m_goodputUs / 8;
    }
    if (confidence != 0)
    {
        highestEver = std::max(highestEver, m_goodputUs);
        isHighlyBuffered =
            isHighlyBuffered || highestEver / std::max(lowestEver, 1U) > kBufferedRatio;
    }
    if (confidence != 0 || m_sends == 1)
    {
        last = m_goodputUs;
        lowestEver = std::max(std::min(lowestEver, m_goodputUs), 1U);
    }
    if (rtt.srtt == 0)
    {
        rtt.srtt = us;
        rtt.var = us >> 1;
    }
    else
    {
        const auto difference = rtt.srtt > us ? rtt.srtt - us : us - rtt.srtt;
        rtt.srtt = std::max(rtt.srtt - (rtt.srtt >> 3) + (us >> 3), 1U);
        rtt.var = std::max(rtt.var - (rtt.var >> 3) + (difference >> 3), 1U);
    }
    timeoutUs = std::max(
        RackTimeout(rtt, 0, slopUs, false),
        static_cast<std::uint32_t>(std::min<std::uint64_t>(std::uint64_t{us} + 2, kMostTimeoutUs)));
}

bool
RackUpdateRtt(const RackSent& entry,
              const RackAcknowledgement& acknowledgement,
              RackPath& path,
              RackRttSampler& sampler)
{
    if (entry.Has(kRackAcked))
    {
        return false;
    }
    if (entry.sends == 1)
    {
        return UpdateFromFirst(entry, acknowledgement, path, sampler);
    }
    path.shift = 0;
    path.timeoutUs = RackTimeout(path.rtt, 0, path.slopUs, false);
    const bool hasEcho = acknowledgement.hasTimestamp && !acknowledgement.isSack &&
                         acknowledgement.echoMs != 0 && !entry.Has(kRackOverMax);
    const auto last = entry.LastIndex();
    for (std::size_t i = 0; hasEcho && i <= last; ++i)
    {
        if (entry.sentUs[i] / kUsPerMs != acknowledgement.echoMs)
        {
            continue;
        }
        if (i < last)
        {
            return false; // an earlier one has arrived
        }
        const auto us = Since(acknowledgement.nowUs, entry.sentUs[i]);
        TakeLowest(path, us);
        TakeLatest(path, entry.sentUs[i], us);
        const auto goodputUs = SinceArrival(acknowledgement, entry.sentUs[i]);
        sampler.Add(us + 1, goodputUs, 0, entry.sends);
        return true;
    }
    return UpdateFromLast(entry, acknowledgement, path);
}

void
RackDsack::Note(std::uint32_t start,
                std::uint32_t end,
                std::uint32_t sentUpTo,
                bool isProbe,
                bool isInRecovery)
{
    if (!isProbe && !isSeen)
    {
        isSeen = true;
        roundEnd = sentUpTo;
        ++rounds;
        persistence = kDsackPersistence;
    }
    bytes += end - start;
    if (!isInRecovery && retransmitted > 0 && retransmitted <= bytes)
    {
        ++reverts;
        retransmitted = 0;
        bytes = 0;
    }
}

void
RackDsack::Acknowledge(std::uint32_t ack)
{
    if (isSeen && ack >= roundEnd)
    {
        isSeen = false;
    }
}

} // namespace hoststack
