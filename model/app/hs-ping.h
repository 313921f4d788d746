// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PING_H
#define HS_PING_H

#include "ns3/hs-machine.h"
#include "ns3/hs-time-histogram.h"
#include "ns3/hs-units.h"

#include <ns3/application.h>
#include <ns3/event-id.h>
#include <ns3/ipv4-address.h>
#include <ns3/socket.h>

#include <cstdint>
#include <functional>
#include <map>

namespace ns3
{

/**
 * ping(8): ICMP echo requests at a steady pace, which the kernel of the other host answers (here
 * ns-3's ICMP). IPv4 only. An answer counts whenever it comes.
 */
class HoststackPing : public Application
{
  public:
    struct Config
    {
        Ipv4Address local;
        Ipv4Address remote;
        std::uint16_t identifier{0};                     ///< tells several of a host apart
        std::uint32_t size{56};                          ///< bytes behind the ICMP header
        hoststack::TimeNs every{hoststack::kSecond};     ///< 0: only when it is asked to
        std::uint64_t count{0};                          ///< requests; 0: no end
        hoststack::TimeNs stop{hoststack::kNever};       ///< none is sent from then on
        std::function<void()> onOver;                    ///< called once, when it will send no more
        std::function<void(hoststack::TimeNs)> onAnswer; ///< with each round-trip time
    };

    static TypeId GetTypeId();
    HoststackPing();
    ~HoststackPing() override;

    void Configure(Config config);
    /// Sends one request now.
    void Ask();
    /// Sends no more.
    void Finish();

    std::uint64_t Sent() const
    {
        return m_sent;
    }

    std::uint64_t Received() const
    {
        return m_times.Count();
    }

    std::uint64_t Bytes() const
    {
        return m_times.Count() * m_config.size;
    }

    /// When the last answer came, or -1.
    hoststack::TimeNs LastArrival() const
    {
        return m_lastArrival;
    }

    /// Answers that came after one to a later request.
    std::uint64_t Reordered() const
    {
        return m_reordered;
    }

    /// Round-trip times.
    const hoststack::TimeHistogram& Delays() const
    {
        return m_times;
    }

    /// How much each differs from the one before it.
    const hoststack::TimeHistogram& Variations() const
    {
        return m_variations;
    }

    bool IsOver() const
    {
        return m_overAt >= 0;
    }

    /// When it was over, or -1.
    hoststack::TimeNs OverAt() const
    {
        return m_overAt;
    }

  protected:
    void DoDispose() override;

  private:
    void StartApplication() override;
    void StopApplication() override;
    void Send();
    hoststack::TimeNs Now();
    void Receive(Ptr<Socket> socket);

    Config m_config;
    Ptr<Socket> m_socket;
    Ptr<HoststackMachine> m_machine; ///< once its time was asked
    EventId m_next;
    std::uint64_t m_sent{0};
    std::uint64_t m_highest{0};
    std::uint64_t m_reordered{0};
    hoststack::TimeNs m_lastTime{-1};
    hoststack::TimeNs m_lastArrival{-1};
    hoststack::TimeNs m_overAt{-1};
    hoststack::TimeHistogram m_times;
    hoststack::TimeHistogram m_variations;
    std::map<std::uint16_t, hoststack::TimeNs> m_open; ///< when each request without an answer left
};

} // namespace ns3

#endif // HS_PING_H
