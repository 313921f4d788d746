// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RACK_RTT_H
#define HS_RACK_RTT_H

#include "ns3/hs-rack-timers.h"

#include <cstdint>

/**
 * Round-trip times of FreeBSD's RACK stack, and what it learns from duplicate SACKs (facts sheet
 * freebsd.md, 3.5). Microseconds.
 */
namespace hoststack
{

/// Which of the samples of a packet counts (rc_rate_sample_method).
enum class RackSampleMethod : std::uint8_t
{
    Highest = 0,
    Lowest = 1,
    Mean = 2,
};

/// Samples of one packet, and what is kept of all (rack_rs, rc_gp_srtt and its neighbours).
class RackRttSampler
{
  public:
    explicit RackRttSampler(RackVersion version)
        : m_version(version)
    {
    }

    /// A packet's samples begin. The confidence of the last one stays, as in the source.
    void Begin();
    /// An RTT; \p goodputUs: that of goodput measurements; \p confidence: 0 none, 1 cumulative
    /// ACK, 2 SACK; \p sends: how often it was sent.
    void Add(std::uint32_t us,
             std::uint32_t goodputUs,
             std::uint8_t confidence,
             std::uint32_t sends);
    /// The packet is processed: at most one update of all averages.
    void Commit(RackRtt& rtt, std::uint32_t slopUs, std::uint32_t& timeoutUs);

    /// The next RTT takes the place of the average of goodput measurements (rc_gp_rtt_set).
    void RestartGoodput()
    {
        m_hasGoodputSrtt = false;
    }

    RackSampleMethod method{RackSampleMethod::Lowest};
    std::uint32_t lowest{0}; ///< of this packet
    std::uint32_t highest{0};
    std::uint64_t sum{0};
    std::uint32_t count{0};
    std::uint32_t goodputSrtt{0}; ///< rc_gp_srtt
    std::uint32_t last{0};        ///< rc_last_us_rtt
    std::uint32_t lowestEver{0xffffffff};
    std::uint32_t highestEver{0};
    bool isHighlyBuffered{false};
    std::uint8_t confidence{0};

  private:
    RackVersion m_version;
    std::uint32_t m_goodputUs{0};
    std::uint32_t m_sends{0};
    bool m_isEmpty{true};
    bool m_hasGoodputSrtt{false};
};

/// What an acknowledged entry tells of the path.
struct RackPath
{
    RackRtt rtt;
    std::uint32_t rackRttUs{0};             ///< rc_rack_rtt
    std::uint32_t minRttUs{0};              ///< rc_rack_min_rtt; 0: none
    std::uint64_t sentUs{0};                ///< rc_rack_tmit_time: of the latest
    std::uint32_t goodputMinUs{0xffffffff}; ///< rc_gp_min_rtt
    std::uint32_t timeoutUs{1'000'000};     ///< t_rxtcur
    std::uint32_t shift{0};                 ///< t_rxtshift
    std::uint32_t slopUs{200'000};
};

struct RackAcknowledgement
{
    std::uint64_t nowUs{0};
    std::uint64_t arrivalUs{0}; ///< when the packet came
    std::uint64_t clockUs{0};   ///< while it is processed
    std::uint32_t ack{0};
    std::uint32_t echoMs{0};  ///< echoed timestamp
    std::uint32_t segment{0}; ///< MSS
    bool isSack{false};
    bool hasTimestamp{false};
    bool isBeyondMeasurement{false}; ///< app_limited_needs_set
};

/// \p entry is acknowledged (rack_update_rtt). \return whether an RTT came of it.
bool RackUpdateRtt(const RackSent& entry,
                   const RackAcknowledgement& acknowledgement,
                   RackPath& path,
                   RackRttSampler& sampler);

/// Counts rounds in which duplicates were reported (rack_note_dsack).
struct RackDsack
{
    std::uint32_t rounds{0};      ///< num_dsack
    std::uint32_t persistence{0}; ///< dsack_persist
    bool isSeen{false};           ///< in this round
    std::uint32_t roundEnd{0};
    std::uint32_t bytes{0};         ///< reported since the last recovery
    std::uint32_t retransmitted{0}; ///< retran_during_recovery
    std::uint32_t reverts{0};       ///< times that a recovery turned out to be for nothing

    /// \p start to \p end has arrived twice. \p isProbe: it is the last tail loss probe's.
    void Note(std::uint32_t start,
              std::uint32_t end,
              std::uint32_t sentUpTo,
              bool isProbe,
              bool isInRecovery);
    /// A cumulative ACK ends the round.
    void Acknowledge(std::uint32_t ack);
};

} // namespace hoststack

#endif // HS_RACK_RTT_H
