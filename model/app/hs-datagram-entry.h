// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DATAGRAM_ENTRY_H
#define HS_DATAGRAM_ENTRY_H

#include "ns3/hs-machine.h"
#include "ns3/hs-socket-key.h"

#include <ns3/packet.h>
#include <ns3/ptr.h>
#include <ns3/socket.h>

namespace ns3
{

/**
 * A UDP socket of ns-3's in the socket layer of its host, as long as this lives; nothing on a host
 * that is not charged for one. What it sends is not charged: ns-3's sockets know no machine.
 */
class HoststackDatagramEntry
{
  public:
    /// \p socket is bound.
    HoststackDatagramEntry(Ptr<HoststackMachine> machine, const Ptr<Socket>& socket);
    ~HoststackDatagramEntry();
    HoststackDatagramEntry(const HoststackDatagramEntry&) = delete;
    HoststackDatagramEntry& operator=(const HoststackDatagramEntry&) = delete;

    /// \p packet has come from \p from, in the machine's present context.
    void OnReceived(const Packet& packet, const Address& from);

  private:
    Ptr<HoststackMachine> m_machine;
    hoststack::host::PacketKey m_key;
    hoststack::host::HostDispatch::Handle m_handle{0};
};

} // namespace ns3

#endif // HS_DATAGRAM_ENTRY_H
