// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_COUPLED_CONGESTION_H
#define HS_COUPLED_CONGESTION_H

#include "ns3/hs-congestion-control.h"
#include "ns3/hs-registry.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace hoststack::mptcp
{

class CoupledCongestion;

/**
 * The subflows of one connection whose windows are coupled, in order of creation. Owned by the
 * connection; members enter when they are made and leave when they go.
 */
class CoupledGroup
{
  public:
    void Enter(CoupledCongestion& member)
    {
        m_members.push_back(&member);
    }

    void Leave(CoupledCongestion& member);

    const std::vector<CoupledCongestion*>& Members() const
    {
        return m_members;
    }

  private:
    std::vector<CoupledCongestion*> m_members;
};

/**
 * A congestion control of one subflow that also looks at its siblings. Slow start is Reno's on each
 * subflow alone, as all four papers have it; only the increase in congestion avoidance and, for
 * some, the decrease are coupled.
 *
 * Mainline Linux has none of them: its subflows are not coupled.
 */
class CoupledCongestion : public tcp::CongestionControl
{
  public:
    explicit CoupledCongestion(std::shared_ptr<CoupledGroup> group);
    ~CoupledCongestion() override;

    void Init(tcp::CongestionState& state) override;
    std::uint32_t Ssthresh(tcp::CongestionState& state) override;
    void IncreaseWindow(tcp::CongestionState& state, std::uint32_t acked) override;
    void OnAcked(tcp::CongestionState& state, std::uint32_t acked, TimeNs rtt) override;

    /// What siblings see: the window (segments) and the smoothed RTT (seconds) of the last ACK.
    double Window() const
    {
        return m_window;
    }

    double Rtt() const
    {
        return m_rtt;
    }

    /// False until the first RTT sample: such a subflow does not count yet.
    bool IsKnown() const
    {
        return m_rtt > 0;
    }

    /// Window over RTT, segments per second.
    double Rate() const
    {
        return IsKnown() ? m_window / m_rtt : 0;
    }

  protected:
    /// Segments that one acknowledged segment adds in congestion avoidance; may be negative.
    virtual double IncreasePerSegment() const = 0;

    /// The window after a loss, segments.
    virtual double Decreased() const;

    void Look(const tcp::CongestionState& state);

    const CoupledGroup& Group() const
    {
        return *m_group;
    }

    /// Adds a fraction to the window, whole segments at a time.
    void Grow(tcp::CongestionState& state, double segments);

  private:
    std::shared_ptr<CoupledGroup> m_group;
    double m_window{0};
    double m_rtt{0};
    double m_credit{0}; ///< part of a segment not yet added
};

/// The coupled congestion controls by name; the one place to add a line for a new one.
Registry<tcp::CongestionControl, std::shared_ptr<CoupledGroup>>& CoupledCongestionControls();

} // namespace hoststack::mptcp

#endif // HS_COUPLED_CONGESTION_H
