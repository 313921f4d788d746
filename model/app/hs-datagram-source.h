// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DATAGRAM_SOURCE_H
#define HS_DATAGRAM_SOURCE_H

#include "ns3/hs-datagram-entry.h"
#include "ns3/hs-datagram-thread.h"
#include "ns3/hs-departures.h"
#include "ns3/hs-machine.h"
#include "ns3/hs-units.h"

#include <ns3/address.h>
#include <ns3/application.h>
#include <ns3/event-id.h>
#include <ns3/socket.h>

#include <cstdint>
#include <functional>
#include <memory>

namespace ns3
{

/// At the beginning of each datagram: its number and when it was sent (ns), 8 bytes each,
/// big-endian.
constexpr std::uint32_t kDatagramHeader = 16;

/**
 * Sends UDP datagrams of one size at the times that a hoststack::Departures says, whatever becomes
 * of them. It uses ns-3's UDP. Each carries its number and the time it was sent for
 * HoststackDatagramSink.
 *
 * They leave at these times and cost nothing; or the program is a thread of its host that a timer
 * wakes for every so many of them: it sends these in a row, each a call that is charged, and sleeps
 * until the time of the next one. If that has passed it is woken at once.
 */
class HoststackDatagramSource : public Application
{
  public:
    struct Config
    {
        Address local; ///< port 0: any
        Address remote;
        std::uint32_t size{1200};                  ///< UDP payload, at least kDatagramHeader
        std::uint64_t count{0};                    ///< datagrams; 0: no end
        std::uint32_t wakesEvery{0};               ///< datagrams for a wake-up; 0: it is no thread
        hoststack::TimeNs stop{hoststack::kNever}; ///< none is sent from then on
        std::function<void()> onOver;              ///< called once, when it will send no more
    };

    static TypeId GetTypeId();
    HoststackDatagramSource();
    ~HoststackDatagramSource() override;

    void Configure(Config config, std::unique_ptr<hoststack::Departures> departures);

    /// Sends no more.
    void Finish();

    std::uint64_t Sent() const
    {
        return m_sent;
    }

    bool IsOver() const
    {
        return m_over;
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
    void ScheduleNext();
    void Send();
    void SendRow(hoststack::host::Context& context);
    bool PlansNext();
    Ptr<Packet> Next(hoststack::TimeNs now);
    hoststack::TimeNs Now();

    Config m_config;
    std::unique_ptr<hoststack::Departures> m_departures;
    Ptr<Socket> m_socket;
    std::unique_ptr<HoststackDatagramEntry> m_entry;
    Ptr<HoststackMachine> m_machine; ///< once its time was asked
    std::unique_ptr<HoststackDatagramThread> m_thread;
    EventId m_next;
    hoststack::TimeNs m_start{0};
    hoststack::TimeNs m_due{0}; ///< when the next one leaves, as planned
    hoststack::TimeNs m_overAt{-1};
    std::uint64_t m_sent{0};
    bool m_over{false};
};

} // namespace ns3

#endif // HS_DATAGRAM_SOURCE_H
