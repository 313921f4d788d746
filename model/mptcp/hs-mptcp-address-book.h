// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_ADDRESS_BOOK_H
#define HS_MPTCP_ADDRESS_BOOK_H

#include "ns3/hs-mptcp-host-services.h"
#include "ns3/hs-mptcp-option-plan.h"
#include "ns3/hs-mptcp-types.h"

#include <optional>
#include <vector>

namespace hoststack::mptcp
{

/// An address that is told to the peer until it is echoed.
struct Announcement
{
    LocalEndpoint endpoint; ///< under the id that was told
    TimeNs deadline{kNever};
    std::uint32_t tries{0};
    bool echoed{false};
};

/**
 * The addresses a connection knows: its host's endpoints with their ids, those announced to the
 * peer, and those the peer has announced, of which eight are remembered. It decides nothing and
 * sends nothing.
 */
class AddressBook
{
  public:
    /// What an echo of the peer means for our announcements.
    struct EchoResult
    {
        bool isOurs{false}; ///< address and port are: the next announcement may go
        bool ends{false};   ///< the id, too, and for the first time
    };

    /// \name Endpoints of this host
    /// @{
    /// One with a port comes before the others, as in Linux; it takes the place of an implicit one.
    void Add(const LocalEndpoint& endpoint);
    /// \p id 0: the endpoint that has the address \p initial. \return what was taken out
    std::optional<LocalEndpoint> Remove(std::uint8_t id, const IpAddress* initial);
    /// The id of \p local on a connection whose first subflow has the address \p initial; an
    /// address without an endpoint gets one. \return -1: \p host has too many
    int IdOf(const Endpoint& local, const IpAddress& initial, HostServices& host);
    bool IsBackup(const Endpoint& local) const;

    const std::vector<LocalEndpoint>& Endpoints() const
    {
        return m_endpoints;
    }

    /// @}

    /// \name What the peer is told
    /// @{
    bool IsAnnounced(const Endpoint& local) const;
    bool IsAnnounced(std::uint8_t id) const;
    Announcement& Announce(const LocalEndpoint& endpoint);
    /// \return false: there was none of that address and port
    bool ForgetAnnouncement(const LocalEndpoint& endpoint);
    EchoResult OnEcho(const MptcpAddAddress& add);
    /// No repetition falls due any more.
    void StopRepeating();

    TimeNs NextRepetition() const
    {
        return m_announcements.empty() ? kNever : FirstRepetition();
    }

    std::vector<Announcement>& Announcements()
    {
        return m_announcements;
    }

    /// What waits for a segment with room.
    AddressSignals& EditSignals()
    {
        return m_signals.Own();
    }

    const AddressSignals& Signals() const
    {
        return *m_signals;
    }

    /// An echo that waits already is enough: the peer repeats the other one.
    void Echo(const MptcpAddAddress& add);

    /// @}

    /// \name What the peer has told
    /// @{
    void Learn(const RemoteAddress& address);
    void Forget(std::uint8_t id);
    void OnRemoval(const MptcpRemoveAddress& remove);

    const std::vector<RemoteAddress>& Remotes() const
    {
        return m_remotes;
    }

    /// Announced last, remembered or not.
    const RemoteAddress& LastAnnounced() const
    {
        return m_lastAnnounced;
    }

    const MptcpRemoveAddress& LastRemoved() const
    {
        return *m_lastRemoved;
    }

    /// @}

  private:
    TimeNs FirstRepetition() const;

    std::vector<LocalEndpoint> m_endpoints;
    std::vector<RemoteAddress> m_remotes;
    std::vector<Announcement> m_announcements;
    OnDemand<AddressSignals> m_signals;
    RemoteAddress m_lastAnnounced;
    OnDemand<MptcpRemoveAddress> m_lastRemoved;
};

} // namespace hoststack::mptcp

#endif // HS_MPTCP_ADDRESS_BOOK_H
