// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_WINDOW_LINUX_H
#define HS_WINDOW_LINUX_H

#include "ns3/hs-window-policy.h"

namespace hoststack::tcp
{

/**
 * The window of Linux 6.x (net/ipv4/tcp_output.c __tcp_select_window and tcp_select_window,
 * tcp_input.c tcp_grow_window and tcp_rcv_space_adjust, tcp.c __tcp_cleanup_rbuf).
 *
 * Announces the free buffer, but not more than a threshold that grows by about two segments for
 * each one received; closes early below half a full buffer (less than a sixteenth or one segment
 * left); rounds up to the window scale; never withdraws what it announced. After a read it sends an
 * update when the window has at least doubled. Dynamic right-sizing enlarges an unlocked buffer
 * once per receiver RTT to twice what was read in it and does not wait any more; from 6.17 on also
 * by what waits beyond holes. Facts sheet linux.md 1.3 to 1.6, 1.11.
 */
class LinuxWindow : public WindowPolicy
{
  public:
    explicit LinuxWindow(const Config& config);

    void Init(ReceiveState& state, bool scaling) override;
    void Established(ReceiveState& state) override;
    std::uint32_t Select(ReceiveState& state) override;
    std::uint32_t Candidate(ReceiveState& state) override;
    void OnData(ReceiveState& state, std::uint32_t length, std::uint32_t truesize) override;
    void OnLargerSegment(ReceiveState& state,
                         std::uint32_t length,
                         std::uint32_t truesize) override;
    void OnBeyondHole(ReceiveState& state, std::uint64_t highest) override;
    void OnRead(ReceiveState& state) override;
    bool UpdateDue(ReceiveState& state) override;

  private:
    static void SetClamp(ReceiveState& state, std::uint32_t clamp);
    void Enlarge(ReceiveState& state, std::uint64_t copied, std::uint64_t beyond);

    std::uint32_t m_bufferMax;      ///< tcp_rmem[2]
    bool m_withoutMargin;           ///< as from 6.17 on
    bool m_clampLifts;              ///< as from 6.14 on
    std::uint32_t m_measured{0};    ///< bytes read per receiver RTT, at the last enlargement
    std::uint64_t m_measureFrom{0}; ///< offset read when the measurement began
    TimeNs m_measureSince{0};
};

} // namespace hoststack::tcp

#endif // HS_WINDOW_LINUX_H
