// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_WINDOW_POLICY_H
#define HS_WINDOW_POLICY_H

#include "ns3/hs-pooled.h"
#include "ns3/hs-registry.h"
#include "ns3/hs-units.h"

#include <algorithm>
#include <cstdint>

namespace hoststack::tcp
{

struct Config;

/// The stream that a subflow receives for, as a policy that counts bytes asks for it.
class SharedStream
{
  public:
    virtual ~SharedStream() = default;
    /// Bytes in order that the application has not read.
    virtual std::uint32_t Unread() const = 0;
    /// There is one right edge for all subflows (RFC 8684 section 3.3.1); not after a fallback.
    virtual bool HasEdge() const = 0;
    /// Bytes from the next one in order to that edge.
    virtual std::uint32_t Announced() const = 0;
};

/// What a receiver tells its policies; bytes unless said otherwise.
struct ReceiveFacts
{
    TimeNs now{0};
    TimeNs receiverRtt{0};               ///< smoothed; 0: unknown
    std::uint64_t next{0};               ///< rcv_nxt
    std::uint64_t read{0};               ///< offset of the first unread byte (copied_seq)
    std::uint64_t windowUpdated{0};      ///< rcv_nxt when it was announced (rcv_wup)
    std::uint64_t takenBackFrom{0};      ///< right edge that want of memory took back; 0: never
    const SharedStream* stream{nullptr}; ///< of a subflow; else none
    std::uint32_t advMss{1460};          ///< MSS announced, less timestamp space
    std::uint32_t mss{536};              ///< estimate of incoming segment size (rcv_mss)
    std::uint32_t bufferMax{6291456};    ///< tcp_rmem[2]
    std::uint32_t memory{0};             ///< sk_rmem_alloc; of a subflow: of the shared buffer
    /// Of a connection with several subflows, which announce one window (mptcp_space); 0: ours. A
    /// subflow's clamp and threshold go by its own buffer, which a late one does not get enlarged.
    std::uint32_t sharedRatio{0};
    std::uint32_t sharedBuffer{0};
    bool bufferLocked{false};
    bool underPressure{false}; ///< host memory pressure
    bool shrink{false};        ///< tcp_shrink_window
};

/**
 * A receiver as its window and ACK policies see it: facts to read, which are the receiver's alone
 * (ReceiveLedger), and what the policies decide about; bytes unless said otherwise.
 *
 * Invariants: a policy lets the buffer grow, never beyond its largest size and never if the
 * application has set it; the shift count is one that RFC 7323 allows; a buffer is worth something.
 */
class ReceiveState
{
  public:
    static constexpr std::uint8_t kLargestShift = 14;     ///< RFC 7323 section 2.3
    static constexpr std::uint32_t kLargestRatio = 65535; ///< of its type; 256: no overhead

    const ReceiveFacts& Facts() const
    {
        return m_facts;
    }

    /// Last announced (rcv_wnd).
    std::uint32_t Window() const
    {
        return m_window;
    }

    /// What the SYN announces, before anything was promised.
    void SetFirstWindow(std::uint32_t bytes)
    {
        m_window = bytes;
    }

    std::uint32_t WindowClamp() const
    {
        return m_windowClamp;
    }

    void SetWindowClamp(std::uint32_t bytes)
    {
        m_windowClamp = bytes;
    }

    /// rcv_ssthresh
    std::uint32_t Ssthresh() const
    {
        return m_ssthresh;
    }

    void SetSsthresh(std::uint32_t bytes)
    {
        m_ssthresh = bytes;
    }

    /// sk_rcvbuf
    std::uint32_t Buffer() const
    {
        return m_buffer;
    }

    /// \return true if it has grown
    bool GrowBuffer(std::uint64_t bytes)
    {
        const auto wanted = std::min<std::uint64_t>(bytes, m_facts.bufferMax);
        if (m_facts.bufferLocked || wanted <= m_buffer)
        {
            return false;
        }
        m_buffer = static_cast<std::uint32_t>(wanted);
        return true;
    }

    /// Payload per 256 bytes of buffer (scaling_ratio).
    std::uint32_t ScalingRatio() const
    {
        return m_scalingRatio;
    }

    void SetScalingRatio(std::uint32_t ratio)
    {
        m_scalingRatio = static_cast<std::uint16_t>(std::clamp(ratio, 1u, kLargestRatio));
    }

    /// Remaining immediate ACKs.
    std::uint32_t QuickAcks() const
    {
        return m_quickAcks;
    }

    void SetQuickAcks(std::uint32_t count)
    {
        m_quickAcks = count;
    }

    /// Shift count of our announcements.
    std::uint8_t WindowShift() const
    {
        return m_windowShift;
    }

    void SetWindowShift(std::uint8_t bits)
    {
        m_windowShift = std::min(bits, kLargestShift);
    }

    /// Window that \p bytes of buffer memory are worth (tcp_win_from_space).
    std::uint32_t FromSpace(std::int64_t bytes) const
    {
        return bytes <= 0 ? 0
                          : static_cast<std::uint32_t>(static_cast<std::uint64_t>(bytes) *
                                                       m_scalingRatio / 256);
    }

    /// Buffer memory needed for a window of \p bytes (tcp_space_from_win).
    std::uint64_t ToSpace(std::uint64_t bytes) const
    {
        return bytes * 256 / m_scalingRatio;
    }

    /// Free part of the buffer as a window (tcp_space).
    std::uint32_t Space() const
    {
        return FromSpace(static_cast<std::int64_t>(m_buffer) - m_facts.memory);
    }

    std::uint32_t FullSpace() const
    {
        return FromSpace(m_buffer);
    }

    /// What \p bytes of buffer memory allow to be announced.
    std::uint32_t AnnouncedFrom(std::int64_t bytes) const
    {
        const std::uint64_t ratio = m_facts.sharedRatio > 0 ? m_facts.sharedRatio : m_scalingRatio;
        return bytes <= 0
                   ? 0
                   : static_cast<std::uint32_t>(static_cast<std::uint64_t>(bytes) * ratio / 256);
    }

    /// The buffer whose free part is announced.
    std::uint32_t AnnouncedBuffer() const
    {
        return m_facts.sharedBuffer > 0 ? m_facts.sharedBuffer : m_buffer;
    }

    /// What the peer may still send under the last announcement (tcp_receive_window).
    std::uint32_t Remaining() const
    {
        const std::uint64_t edge = m_facts.windowUpdated + m_window;
        return edge > m_facts.next ? static_cast<std::uint32_t>(edge - m_facts.next) : 0;
    }

  protected:
    ReceiveState() = default;
    ReceiveState(const ReceiveState&) = default;
    ReceiveState& operator=(const ReceiveState&) = default;
    ~ReceiveState() = default;

    ReceiveFacts m_facts;
    std::uint32_t m_window{0};
    std::uint32_t m_buffer{131072};

  private:
    std::uint32_t m_windowClamp{0};
    std::uint32_t m_ssthresh{0};
    std::uint32_t m_quickAcks{0};
    std::uint16_t m_scalingRatio{128};
    std::uint8_t m_windowShift{0};
};

/// The same in the hands of its receiver, which alone tells the facts, announces windows and sets
/// the buffer.
class ReceiveLedger : public ReceiveState
{
  public:
    ReceiveFacts& Tell()
    {
        return m_facts;
    }

    void SetWindow(std::uint32_t bytes)
    {
        m_window = bytes;
    }

    void SetBuffer(std::uint32_t bytes)
    {
        m_buffer = bytes;
    }
};

/// What a receiver has announced, and what it would announce now; bytes.
struct WindowStatus
{
    std::uint32_t announced{0}; ///< from the next byte in order to the right edge
    std::uint32_t unused{0};    ///< the part of it beyond everything that has arrived
    std::uint32_t possible{0};  ///< what the next announcement would allow
    std::uint32_t mss{1};       ///< estimate of incoming segment size

    /// The peer cannot send a whole new segment.
    bool IsClosed() const
    {
        return unused < mss;
    }

    /// An announcement would change that.
    bool CouldOpen() const
    {
        return possible >= mss;
    }
};

/**
 * Decides which receive window is announced, when reading must announce one at once, and how the
 * receive buffer grows.
 */
class WindowPolicy : public Pooled
{
  public:
    virtual ~WindowPolicy() = default;

    /// Sets the first window, the clamp and the slow-start threshold; chooses windowShift.
    virtual void Init(ReceiveState& state, bool scaling) = 0;

    /// The connection is established.
    virtual void Established(ReceiveState& /*state*/)
    {
    }

    /**
     * The window to announce now, bytes, representable with windowShift. The connection stores it
     * in `window`. Must never move the right edge left unless `shrink` is set.
     */
    virtual std::uint32_t Select(ReceiveState& state) = 0;

    /// The window that would be announced, before the right edge is protected (for decisions only).
    virtual std::uint32_t Candidate(ReceiveState& state) = 0;

    /// A segment of \p length payload bytes and \p truesize memory was queued.
    virtual void OnData(ReceiveState& /*state*/,
                        std::uint32_t /*length*/,
                        std::uint32_t /*truesize*/)
    {
    }

    /// A segment was queued beyond a hole; what waits there ends at \p highest.
    virtual void OnBeyondHole(ReceiveState& /*state*/, std::uint64_t /*highest*/)
    {
    }

    /// A segment larger than any before came: \p length payload bytes cost \p truesize memory.
    virtual void OnLargerSegment(ReceiveState& /*state*/,
                                 std::uint32_t /*length*/,
                                 std::uint32_t /*truesize*/)
    {
    }

    /// True if a queued segment costs its memory (truesize), false if only its payload counts.
    virtual bool CountsOverhead() const
    {
        return true;
    }

    /// The application has read a first buffer, up to state.read; the read may go on.
    virtual void OnRead(ReceiveState& /*state*/)
    {
    }

    /// True if, after a read with no ACK pending, the window must be announced at once.
    virtual bool UpdateDue(ReceiveState& state) = 0;
};

/// All policies by name; the one place to add a line for a new one.
Registry<WindowPolicy, const Config&>& WindowPolicies();

} // namespace hoststack::tcp

#endif // HS_WINDOW_POLICY_H
