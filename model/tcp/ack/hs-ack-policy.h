// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_ACK_POLICY_H
#define HS_ACK_POLICY_H

#include "ns3/hs-pooled.h"
#include "ns3/hs-registry.h"
#include "ns3/hs-rtt-estimator.h"
#include "ns3/hs-units.h"
#include "ns3/hs-window-policy.h"

#include <cstdint>

namespace hoststack::tcp
{

struct Config;

constexpr std::uint32_t kMaxQuickAcks = 16; ///< TCP_MAX_QUICKACKS

/// The receiver as an ACK policy sees it when it decides.
class AckView
{
  public:
    AckView(TimeNs time, ReceiveState& receiveState, const RttEstimator& estimator)
        : now(time),
          state(receiveState),
          rtt(estimator)
    {
    }

    virtual ~AckView() = default;

    /// An announcement made now would allow at least as much as the last one did, or the reader
    /// does not have enough to be woken yet.
    virtual bool WindowHolds() = 0;

    const TimeNs now;
    ReceiveState& state;     ///< next and windowUpdated are of this moment
    const RttEstimator& rtt; ///< of the data that this end sends
    bool hasHole{false};     ///< data waits beyond a hole
    bool sack{false};        ///< duplicate ACKs carry SACK blocks
};

/**
 * When data is acknowledged. The receiver notes what there is to acknowledge and how urgent it is;
 * the policy says whether the ACK leaves with this segment, or until when it may wait.
 *
 * Invariant: an ACK that is pending after Decide() returned false has a deadline; none is pending,
 * urgent or held after OnAckSent().
 */
class AckPolicy : public Pooled
{
  public:
    virtual ~AckPolicy() = default;

    /// \name What there is to acknowledge
    /// @{
    /// Something has arrived that an ACK must answer, sooner or later.
    void Request()
    {
        m_pending = true;
    }

    /// The next ACK may not wait.
    void Hurry()
    {
        m_urgent = true;
    }

    void RequestNow()
    {
        m_pending = m_urgent = true;
    }

    /// A segment was the end of a write (ICSK_ACK_PUSHED); \p isShort: it was no full one either.
    void NotePush(bool isShort)
    {
        m_pushedTwice = m_pushedTwice || (isShort && m_pushed);
        m_pushed = true;
    }

    bool IsPending() const
    {
        return m_pending;
    }

    bool IsPushed() const
    {
        return m_pushed;
    }

    /// Duplicate ACKs are being held.
    bool HoldsAcks() const
    {
        return m_held > 0;
    }

    /// @}

    /// The connection begins at \p now.
    void Start(TimeNs now)
    {
        m_lastArrival = now;
    }

    /// In-order data has arrived.
    virtual void OnInOrderData(const AckView& view) = 0;

    /// Data beyond a hole has arrived.
    void OnOutOfOrderData(TimeNs now)
    {
        m_lastArrival = now;
    }

    /// Data came twice, outside of the window or marked: about \p acks ACKs must not wait.
    virtual void OnDisorder(ReceiveState& state, std::uint32_t acks) = 0;

    /// Data of our own is leaving.
    virtual void OnDataSent(TimeNs now) = 0;

    /// The peer has said all: an application that answers will do so soon.
    virtual void OnPeerClosed() = 0;

    /// The pending ACK: \return true if it leaves now; else a deadline is set.
    virtual bool Decide(AckView& view) = 0;

    /// A reader has taken data. \p unacknowledged bytes wait for an ACK; \p isEmpty: no data waits.
    /// \return true if the pending ACK leaves now.
    virtual bool DueAfterRead(const ReceiveState& state,
                              std::uint64_t unacknowledged,
                              bool isEmpty) const = 0;

    /// A segment with an ACK has left.
    void OnAckSent(ReceiveState& state)
    {
        state.SetQuickAcks(state.QuickAcks() - (m_pending && state.QuickAcks() > 0 ? 1 : 0));
        Forget();
    }

    /// The connection is over.
    void StopTimers()
    {
        m_delayedDeadline = m_heldDeadline = kNever;
    }

    /// Nothing is to be acknowledged any more.
    void Forget()
    {
        m_pending = m_urgent = m_pushed = m_pushedTwice = false;
        m_held = 0;
        m_delayedDeadline = m_heldDeadline = kNever;
    }

    /// \name Deadlines, kNever if there is none
    /// @{
    TimeNs DelayedDeadline() const
    {
        return m_delayedDeadline;
    }

    TimeNs HeldDeadline() const
    {
        return m_heldDeadline;
    }

    /// The deadline of a delayed ACK has passed. \return true if it leaves now.
    virtual bool OnDelayedDeadline(TimeNs rto) = 0;

    /// That of held duplicate ACKs has. \return as above
    bool OnHeldDeadline()
    {
        m_heldDeadline = kNever;
        return m_held > 0;
    }

    /// @}

    /// What contradicts what between two calls, or nullptr.
    const char* Inconsistency() const
    {
        return m_pending && m_delayedDeadline == kNever && m_heldDeadline == kNever
                   ? "a pending ACK has no timer"
               : m_held > 0 && m_heldDeadline == kNever ? "held ACKs have no timer"
                                                        : nullptr;
    }

  protected:
    TimeNs m_delayedDeadline{kNever};
    TimeNs m_heldDeadline{kNever};
    TimeNs m_lastArrival{0};
    std::uint32_t m_held{0}; ///< duplicate ACKs not sent since the last ACK
    bool m_pending{false};
    bool m_urgent{false};
    bool m_pushed{false};
    bool m_pushedTwice{false};
};

/// All policies by name; the one place to add a line for a new one.
Registry<AckPolicy, const Config&>& AckPolicies();

} // namespace hoststack::tcp

#endif // HS_ACK_POLICY_H
