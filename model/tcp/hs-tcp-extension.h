// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_EXTENSION_H
#define HS_TCP_EXTENSION_H

#include "ns3/hs-pooled.h"
#include "ns3/hs-tcp-segment.h"
#include "ns3/hs-units.h"
#include "ns3/hs-window-policy.h"

#include <cstdint>

namespace hoststack::tcp
{

/// What a segment must not pass.
struct Boundary
{
    std::uint64_t offset{0};
    bool isPushed{false}; ///< the segment that reaches it carries PSH (tcp_mark_push)
};

/**
 * What a multipath layer adds to a connection that is one of its subflows: options on every
 * segment, boundaries that a segment must not straddle, and a receive window that belongs to all
 * subflows together. A plain connection has none and pays one test per call.
 *
 * Offsets are stream offsets of the subflow (0 is the SYN).
 */
class Extension : public Pooled
{
  public:
    virtual ~Extension() = default;

    /// Option bytes that data segments keep free, a multiple of four; lowers the MSS.
    virtual std::uint32_t DataOptionBytes() const = 0;

    /**
     * \p segment is about to leave: add options to it (TcpOptions::AppendOther). SACK blocks get
     * the room that is left. Not in TIME-WAIT. \p begin is the offset of its first sequence number.
     */
    virtual void OnTransmit(TimeNs now, TcpSegment& segment, std::uint64_t begin) = 0;

    /**
     * The SYN/ACK that answers our SYN, of which nothing but the data is left to be used, or the
     * segment that completes a passive open, before anything of it is used.
     * \return false to ignore the rest of it (the connection may have been aborted meanwhile).
     */
    virtual bool OnHandshake(TimeNs now, const TcpSegment& segment) = 0;

    /// What becomes of the data of a segment that was accepted.
    enum class Verdict : std::uint8_t
    {
        Take,   ///< it goes its way
        NoRoom, ///< it is refused for want of memory, and that is answered
        Stop,   ///< the rest of the segment is ignored; the connection may have been aborted
    };

    /**
     * A segment has been accepted: its timestamp and ACK have been used, its data has not
     * (Linux mptcp_incoming_options, which comes after tcp_ack). Not in TIME-WAIT.
     */
    virtual Verdict OnReceive(TimeNs now, const TcpSegment& segment, std::uint64_t begin) = 0;

    /// A RST has been accepted and is about to end the connection (tcp_reset).
    virtual void OnReset(TimeNs now, const TcpSegment& segment) = 0;

    /// What a segment beginning at \p offset must not pass.
    virtual Boundary BoundaryAfter(std::uint64_t offset) const = 0;

    /// Puts the shared buffer's size, memory and scaling ratio into \p state.
    virtual void ShareReceiveState(ReceiveLedger& state) = 0;

    /// What its data is a part of.
    virtual const SharedStream& Stream() const = 0;

    /**
     * \p window bytes were selected for the segment that OnTransmit has just seen; \return what to
     * announce, at least as far as ever announced.
     */
    virtual std::uint32_t ShareReceiveWindow(std::uint32_t window, std::uint8_t shift) = 0;

    /**
     * True if the shared right edge alone keeps the window from moving left, so that what this
     * subflow announced before does not bind its next announcement.
     */
    virtual bool OwnWindowMayShrink() const = 0;

    /// There is data to send, so the options' size was computed, though perhaps nothing leaves.
    virtual void OnOptionsSized()
    {
    }

    /// Nothing is kept any more of what came in [\p begin, \p end): refused, or pruned.
    virtual void OnForgotten(std::uint64_t begin, std::uint64_t end) = 0;

    /// In-order data waits: take it with Connection::Take.
    virtual void OnInOrderData(TimeNs now) = 0;

    /**
     * \p bytes at \p begin have arrived in order, and nothing waits before them.
     * \return true: they are taken, all of them; false: they go the way of OnInOrderData.
     */
    virtual bool TakeInOrder(TimeNs now, std::uint64_t begin, const Payload& bytes) = 0;
};

} // namespace hoststack::tcp

#endif // HS_TCP_EXTENSION_H
