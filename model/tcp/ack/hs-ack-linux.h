// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_ACK_LINUX_H
#define HS_ACK_LINUX_H

#include "ns3/hs-ack-policy.h"

namespace hoststack::tcp
{

/**
 * Delayed, quick and compressed ACKs of Linux 6.x (net/ipv4/tcp_input.c __tcp_ack_snd_check,
 * tcp_event_data_recv, tcp_enter_quickack_mode; tcp_output.c tcp_send_delayed_ack; tcp_timer.c
 * tcp_delack_timer_handler). An ACK leaves at once if it is urgent, while quick ACKs are left, or
 * for more than one segment unless the window would shrink. Beyond a hole the first duplicates
 * leave, the others are held for a part of the RTT. Else it waits 40 to 200 ms, as data comes
 * faster or slower; an interactive end (ping-pong) lets it ride on its answer. Facts sheet
 * linux.md 6.9.
 */
class LinuxAcks : public AckPolicy
{
  public:
    /// \p config outlives it.
    explicit LinuxAcks(const Config& config)
        : m_config(config)
    {
    }

    void OnInOrderData(const AckView& view) override;
    void OnDisorder(ReceiveState& state, std::uint32_t acks) override;
    void OnDataSent(TimeNs now) override;
    bool Decide(AckView& view) override;
    bool DueAfterRead(const ReceiveState& state,
                      std::uint64_t unacknowledged,
                      bool isEmpty) const override;
    bool OnDelayedDeadline(TimeNs rto) override;

    void OnPeerClosed() override
    {
        m_pingPong = 1;
    }

  private:
    static void AddQuickAcks(ReceiveState& state, std::uint32_t count);
    bool HoldsDuplicate(AckView& view);
    bool IsSoon(TimeNs now, TimeNs margin) const;
    bool Delay(const AckView& view);

    const Config& m_config;
    TimeNs m_ato{0}; ///< how long an ACK may wait (icsk_ack.ato)
    std::uint32_t m_pingPong{0};
    std::uint32_t m_duplicatesSent{0}; ///< for the hole at m_hole
    std::uint64_t m_hole{0};           ///< next byte expected when duplicates were counted
};

} // namespace hoststack::tcp

#endif // HS_ACK_LINUX_H
