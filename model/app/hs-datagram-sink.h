// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DATAGRAM_SINK_H
#define HS_DATAGRAM_SINK_H

#include "ns3/hs-datagram-entry.h"
#include "ns3/hs-machine.h"
#include "ns3/hs-time-histogram.h"
#include "ns3/hs-units.h"

#include <ns3/address.h>
#include <ns3/application.h>
#include <ns3/socket.h>

#include <cstdint>
#include <memory>

namespace ns3
{

/**
 * Receives what a HoststackDatagramSource sends, and measures it: one-way delays (clocks agree in a
 * simulation), and how much the delay of a datagram differs from that of the one before it (RFC
 * 3393, absolute value).
 */
class HoststackDatagramSink : public Application
{
  public:
    static TypeId GetTypeId();
    HoststackDatagramSink();
    ~HoststackDatagramSink() override;

    void SetLocal(const Address& local)
    {
        m_local = local;
    }

    std::uint64_t Received() const
    {
        return m_delays.Count();
    }

    /// UDP payload.
    std::uint64_t Bytes() const
    {
        return m_bytes;
    }

    /// When the last one came, or -1.
    hoststack::TimeNs LastArrival() const
    {
        return m_lastArrival;
    }

    /// Datagrams that came after one with a higher number.
    std::uint64_t Reordered() const
    {
        return m_reordered;
    }

    const hoststack::TimeHistogram& Delays() const
    {
        return m_delays;
    }

    /// Differences between the delays of two datagrams that arrived one after the other.
    const hoststack::TimeHistogram& Variations() const
    {
        return m_variations;
    }

  protected:
    void DoDispose() override;

  private:
    void StartApplication() override;
    void StopApplication() override;
    void Read(Ptr<Socket> socket);

    Address m_local;
    Ptr<Socket> m_socket;
    Ptr<HoststackMachine> m_machine; ///< once it has started
    std::unique_ptr<HoststackDatagramEntry> m_entry;
    hoststack::TimeHistogram m_delays;
    hoststack::TimeHistogram m_variations;
    hoststack::TimeNs m_lastDelay{-1};
    hoststack::TimeNs m_lastArrival{-1};
    std::uint64_t m_bytes{0};
    std::uint64_t m_highest{0};
    std::uint64_t m_reordered{0};
};

} // namespace ns3

#endif // HS_DATAGRAM_SINK_H
