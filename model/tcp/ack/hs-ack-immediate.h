// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_ACK_IMMEDIATE_H
#define HS_ACK_IMMEDIATE_H

#include "ns3/hs-ack-policy.h"

namespace hoststack::tcp
{

/**
 * Every data segment is acknowledged at once: RFC 9293 section 3.8.6.3 allows to delay an ACK but
 * asks nobody to. For comparison; Linux does so only while it counts quick ACKs (TCP_QUICKACK).
 */
class ImmediateAcks : public AckPolicy
{
  public:
    void OnInOrderData(const AckView& /*view*/) override
    {
    }

    void OnDisorder(ReceiveState& /*state*/, std::uint32_t /*acks*/) override
    {
    }

    void OnDataSent(TimeNs /*now*/) override
    {
    }

    void OnPeerClosed() override
    {
    }

    bool Decide(AckView& /*view*/) override
    {
        return true;
    }

    bool DueAfterRead(const ReceiveState& /*state*/,
                      std::uint64_t /*unacknowledged*/,
                      bool /*isEmpty*/) const override
    {
        return m_pending;
    }

    bool OnDelayedDeadline(TimeNs /*rto*/) override
    {
        m_delayedDeadline = kNever;
        return m_pending;
    }
};

} // namespace hoststack::tcp

#endif // HS_ACK_IMMEDIATE_H
