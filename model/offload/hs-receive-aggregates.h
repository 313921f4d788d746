// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RECEIVE_AGGREGATES_H
#define HS_RECEIVE_AGGREGATES_H

#include "ns3/hs-ring.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <optional>

namespace hoststack
{

/// How a modem hands over packets (QMAP), and what its driver keeps ready for them.
struct AggregateSettings
{
    std::uint32_t bytes{0};   ///< of one aggregate at most, its headers included; 0: there are none
    std::uint32_t packets{0}; ///< in one at most; 0: as many as fit
    TimeNs period{0};         ///< one ends at each multiple of it
    std::uint32_t bufferBytes{0}; ///< of a transfer (rx_urb_size of usbnet)
    std::uint32_t buffers{1};     ///< transfers that the driver keeps waiting (rx_qlen of usbnet)
    std::uint32_t refillAt{0};    ///< it makes more when no more than these are left
    TimeNs retry{kMillisecond};   ///< when it tries again if it has none and got none
};

/// The memory of a host as a driver has it.
class PageSource
{
  public:
    /// \return whether there are so many pages; they are the driver's then
    virtual bool Take(std::int64_t pages) = 0;
    virtual void GiveBack(std::int64_t pages) = 0;
    virtual std::int64_t Free() const = 0;

  protected:
    ~PageSource() = default;
};

/**
 * The aggregates of a modem (QMAP) and the buffers of its driver (usbnet.c and qmi_wwan.c of Linux
 * 6.12: rx_submit, rx_complete, qmimux_rx_fixup; mhi_net.c: mhi_net_rx_refill_work). Without clock
 * and without ns-3.
 *
 * Packets are put into one aggregate until another one of full size has no room, or until the
 * period ends. An aggregate waits in the modem until the driver has a buffer. One that is longer
 * than the buffer is an error of the transfer (-EOVERFLOW), and all of it is lost. The driver
 * copies each packet out of the buffer; where there is no memory for a copy, the rest is lost. For
 * a buffer that has been filled it takes another one from the host's memory; when it gets none it
 * has fewer, and with none at all nothing comes until it tries again.
 */
class ReceiveAggregates
{
  public:
    struct Counters
    {
        std::uint64_t transfers{0}; ///< aggregates that came into a buffer
        std::uint64_t tooLong{0};   ///< of them, longer than it
        std::uint64_t lost{0};      ///< packets in those, or without memory for their copy
        std::uint64_t failures{0};  ///< buffers that there was no memory for
        TimeNs starved{0};          ///< time without any buffer
    };

    /// An aggregate that is in a buffer.
    struct Transfer
    {
        std::uint32_t packets; ///< of the modem's, the next ones
        std::uint32_t whole;   ///< of them, the first ones: what the driver can use
    };

    /// \param largest packet of the device, bytes of IP
    ReceiveAggregates(const AggregateSettings& settings, std::uint32_t largest, PageSource& memory);
    ~ReceiveAggregates();

    /// A packet of \p bytes of IP has come to the modem. \return when End() is due
    TimeNs Add(TimeNs now, std::uint32_t bytes);

    /// The aggregate is complete.
    void End();

    /// The next one that comes into a buffer; nothing: none waits, or there is no buffer.
    std::optional<Transfer> Next(TimeNs now);

    /// The driver has taken so many packets out of its buffers, in their order.
    void Take(std::uint32_t packets);

    /// \return when to call it again; kNever: that is not needed
    TimeNs Refill(TimeNs now);

    /// Packets that are not in a buffer yet.
    std::uint32_t InModem() const
    {
        return m_inModem;
    }

    /// Buffers that wait to be filled.
    std::uint32_t Ready() const
    {
        return m_ready;
    }

    /// Pages that one buffer takes.
    std::int64_t PagesOfBuffer() const
    {
        return m_pages;
    }

    Counters GetCounters(TimeNs now) const;

  private:
    struct Aggregate
    {
        std::uint32_t packets{0};
        std::uint32_t bytes{0};
    };

    const AggregateSettings m_settings;
    const std::uint32_t m_largest; ///< with its header
    const std::int64_t m_pages;
    PageSource& m_memory;
    Aggregate m_open;
    Ring<Aggregate> m_complete;
    Ring<std::uint32_t> m_filled; ///< packets that lie in each buffer
    std::uint32_t m_inModem{0};
    std::uint32_t m_ready{0};
    bool m_isStarved{false};
    TimeNs m_starvedSince{0};
    Counters m_counters;
};

} // namespace hoststack

#endif // HS_RECEIVE_AGGREGATES_H
