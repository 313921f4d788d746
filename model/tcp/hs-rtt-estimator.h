// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RTT_ESTIMATOR_H
#define HS_RTT_ESTIMATOR_H

#include "ns3/hs-pooled.h"
#include "ns3/hs-registry.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <memory>

namespace hoststack::tcp
{

struct Config;

/**
 * Smoothed round-trip time and the retransmission time-out that follows from it, without back-off.
 * Times in nanoseconds.
 */
class RttEstimator : public Pooled
{
  public:
    virtual ~RttEstimator() = default;

    /**
     * A new measurement. \p sndUna and \p sndNxt are stream offsets: an estimator that works per
     * round trip starts a new round when \p sndUna passes the \p sndNxt of the last round's start.
     */
    virtual void OnSample(TimeNs rtt, std::uint64_t sndUna, std::uint64_t sndNxt) = 0;

    /// Time-out before back-off and cap; the configured initial one until a sample came.
    virtual TimeNs Rto() const = 0;

    /**
     * Where the time after which a connection is given up begins. True: with the first repetition
     * of a whole row of repairs, answered or not (Linux: retrans_stamp, kept until recovery is
     * over); false: with the first repetition of the segment that is now without an answer (RFC
     * 9293 section 3.8.3).
     */
    virtual bool CountsAnsweredRepairs() const
    {
        return false;
    }

    /**
     * Until a peer's closed window is probed, after \p doublings probes without an answer; \p most:
     * the largest time-out. Here: Linux (tcp_probe0_when).
     */
    virtual TimeNs PersistTimeout(std::uint32_t doublings, TimeNs most) const;

    /// 0 until a sample came.
    TimeNs Srtt() const
    {
        return m_srtt;
    }

    TimeNs Rttvar() const
    {
        return m_rttvar;
    }

    /// Comes on top of a time-out, however often it was backed off.
    virtual TimeNs Slop() const
    {
        return 0;
    }

  protected:
    TimeNs m_srtt{0};
    TimeNs m_rttvar{0};
};

/// "linux" (tcp_rtt_estimator: srtt + max(200 ms, 4 * mdev-max)), "rfc6298" and "freebsd-rack".
const Registry<RttEstimator, const Config&>& RttEstimators();

} // namespace hoststack::tcp

#endif // HS_RTT_ESTIMATOR_H
