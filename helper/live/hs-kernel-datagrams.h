// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_KERNEL_DATAGRAMS_H
#define HS_KERNEL_DATAGRAMS_H

#include "ns3/hs-departures.h"
#include "ns3/hs-live-messages.h"
#include "ns3/hs-scenario.h"
#include "ns3/hs-units.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace hoststack
{

/**
 * One end of a traffic of datagrams on a socket of this machine's kernel: what
 * ns3::HoststackDatagramSource, ns3::HoststackDatagramSink and ns3::HoststackPing are in a
 * simulation. All ends share one clock, so one-way delays are exact.
 */
class KernelDatagrams
{
  public:
    /// A sink listens from now on. \param sends this end does \throws MachineCannot
    /// \throws std::runtime_error
    KernelDatagrams(const Scenario& scenario, std::size_t index, bool sends);
    ~KernelDatagrams();
    KernelDatagrams(const KernelDatagrams&) = delete;
    KernelDatagrams& operator=(const KernelDatagrams&) = delete;

    void Start();
    /// Sends no more.
    void Stop();

    /// Readable when something has arrived.
    int Descriptor() const
    {
        return m_socket;
    }

    /// When it sends the next one; kNever: not again.
    TimeNs Deadline() const
    {
        return m_due;
    }

    /// Sends what is due and takes what has arrived. Waits for nothing.
    void Run();

    /// What is new since the last call; \return false: nothing
    bool TakeNews(DatagramNews& news);

  private:
    struct Open
    {
        std::uint64_t number{0};
        TimeNs at{0};
    };

    void Connect(const Scenario& scenario);
    void PlanNext();
    void Send();
    void Receive();
    void TakeEcho(const std::uint8_t* bytes, std::size_t size);
    void Arrived(std::uint64_t number, TimeNs delay, std::uint64_t bytes);

    const DatagramSpec& m_spec;
    std::uint16_t m_identifier;
    int m_socket{-1};
    std::unique_ptr<Departures> m_departures; ///< nullptr: not of a ping, nor of a sink
    std::vector<std::uint8_t> m_packet;
    TimeNs m_start{0};
    TimeNs m_due{kNever};
    TimeNs m_overAt{-1};
    std::uint64_t m_sent{0};
    std::deque<Open> m_open; ///< requests without an answer
    std::uint64_t m_highest{0};
    std::deque<DatagramNews> m_arrivals;
    DatagramNews m_told;
};

} // namespace hoststack

#endif // HS_KERNEL_DATAGRAMS_H
