// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PACER_H
#define HS_PACER_H

#include "ns3/hs-clock.h"
#include "ns3/hs-output-path.h"
#include "ns3/hs-pooled.h"
#include "ns3/hs-registry.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <functional>
#include <optional>

namespace hoststack
{

/// What the paced connections of one host share (wheels of timers); a pacer knows which it wants.
class PacingHost
{
  public:
    virtual ~PacingHost() = default;
};

/// A machine makes its own when the first connection wants it.
class PacingSource
{
  public:
    virtual PacingHost& Pacing() = 0;

    /// The flow hash that the NIC gives the connection's packets; no value: none.
    virtual std::optional<std::uint32_t> FlowId() const
    {
        return {};
    }

    /// Index of the device that its packets come by.
    virtual std::uint32_t Device() const
    {
        return 0;
    }

  protected:
    ~PacingSource() = default;
};

/// What a sender asks of its pacer, once per connection.
struct PacingWish
{
    bool isAsked{false};          ///< the congestion control sets a rate, or a largest one is set
    std::uint32_t mss{1448};      ///< payload of a full segment
    std::uint32_t optionBytes{0}; ///< of the TCP header of each
    std::uint32_t slowStart{0};   ///< percent of what is measured to send at in slow start; 0: own
    std::uint32_t avoidance{0};   ///< the same in congestion avoidance
    std::uint32_t burst{0};       ///< the largest burst, segments; 0: the pacer's own
    BytesPerSecond fixedRate{0};  ///< the largest rate, which is a static one's rate; 0: none
    bool deviceHolds{false};      ///< the host's device holds bursts until their departure
    PacingHost* host{nullptr};    ///< nullptr: there is none, and nothing is shared
    bool hasFlowId{false};        ///< the NIC gives its packets a hash
    std::uint32_t flowId{0};      ///< this one
    std::uint32_t device{0};      ///< index of the NIC
    /// The sender may go on; for pacers of a host, at a time that WakesAt() did not name.
    std::function<void(TimeNs)> ready;
};

/// What of a batch that a receive offload has queued does not go to the stack at once.
enum class InputWait : std::uint8_t
{
    None,
    Plain, ///< all, unless one has options that are no timestamps (TF2_MBUF_QUEUE_READY)
    All,   ///< and TF2_DONT_SACK_QUEUE
};

/**
 * Spaces the bursts of one sender: it says when the next may leave. Times are nanoseconds, rates
 * bytes per second. The sender asks before each burst and tells what has left.
 */
class Pacer : public Pooled
{
  public:
    virtual ~Pacer() = default;

    /// False: it holds nothing, ever; a sender then need not ask.
    virtual bool HoldsOutput() const = 0;

    /// The next burst may leave then; in the past: now.
    virtual TimeNs EarliestDeparture() const = 0;

    /// The sender is not held back: what it sends says when it may leave, and the device sees to
    /// it.
    virtual bool LeavesToDevice() const
    {
        return false;
    }

    /// When a sender that is held back is to look again; kNever: it is told (PacingWish::ready).
    virtual TimeNs WakesAt() const
    {
        return EarliestDeparture();
    }

    /// How many segments a burst has at \p rate; 0: the sender's own choice.
    virtual std::uint32_t BurstSegments(BytesPerSecond /*rate*/) const
    {
        return 0;
    }

    /// \name Ways out (RACK's fast output); asked for only if WatchesOutput() says so
    /// @{
    virtual bool WatchesOutput() const
    {
        return false;
    }

    /// A burst is leaving; OnSent() follows. \return the way that it takes
    virtual OutputPath ChoosePath(const OutputView& /*view*/)
    {
        return OutputPath::Full;
    }

    /// Offset from where the next ACK of new data begins a measurement; the largest: none waits.
    virtual std::uint64_t MeasuresFrom() const
    {
        return ~std::uint64_t{0};
    }

    /// An ACK moves on; OnAcked() follows.
    virtual void OnAcking(const AckedSends& /*sends*/)
    {
    }

    /// \return true if that ends the gap
    virtual bool OnAcked(const AckProgress& /*view*/)
    {
        return false;
    }

    /// A recovery, a reduction or a time-out begins, or the timer of reordering has gone off.
    virtual void OnDisturbance()
    {
    }

    /// What ChoosePath() has answered; nothing of a sender that does not watch.
    virtual OutputCounts Outputs() const
    {
        return {};
    }

    /// @}

    /// Segments that are sent again at once, of those that BurstSegments() lets go.
    virtual std::uint32_t RepairSegments(std::uint32_t burst) const
    {
        return burst;
    }

    /// The sender was let go on and sent nothing; \p unsent bytes wait for a window.
    virtual void OnNothingSent(std::uint64_t /*unsent*/)
    {
    }

    /// A timer of the sender has gone off before the end of a gap. \return true if that ends it
    virtual bool OnTimer()
    {
        return false;
    }

    /// While it holds the next burst nothing leaves, an ACK of what has come neither.
    virtual bool HoldsAcks() const
    {
        return false;
    }

    /// Received segments come to its stack as the batch that a receive offload has queued, and are
    /// answered once.
    virtual bool TakesBatches() const
    {
        return false;
    }

    /// A batch begins: what of it waits for the end of the gap. \p isReordering: the timer of
    /// reordering runs
    virtual InputWait KeepsInput(bool /*isReordering*/, bool /*isRecovering*/)
    {
        return InputWait::None;
    }

    /// What has waited is being processed.
    virtual void OnInputTaken()
    {
    }

    /// An alarm for the connection's timers, if its stack has them where it paces; else nullptr.
    virtual AlarmPointer NewAlarm(Alarm::Owner& /*owner*/, Clock& /*clock*/)
    {
        return {};
    }

    /// It takes the place of \p before, which goes.
    virtual void Follow(Pacer& /*before*/)
    {
    }

    /// It is to be made again with PacingWish::host.
    virtual bool WantsHost() const
    {
        return false;
    }

    /// The connection sends nothing more; its last timers are not the stack's.
    virtual void OnOver()
    {
    }

    /// The one it was made with.
    virtual PacingHost* Host() const
    {
        return nullptr;
    }

    /**
     * \p bytes of payload have left at \p now, while the sender's rate was \p rate (0: none known).
     * \p fresh: segments of them that were never sent before.
     */
    virtual void OnSent(TimeNs now,
                        std::uint32_t bytes,
                        std::uint32_t fresh,
                        BytesPerSecond rate) = 0;
};

/// All pacers by name; the one place to add a line for a new one is in the room pacing.
Registry<Pacer, const PacingWish&>& Pacers();

} // namespace hoststack

#endif // HS_PACER_H
