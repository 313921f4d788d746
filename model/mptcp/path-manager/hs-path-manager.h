// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PATH_MANAGER_H
#define HS_PATH_MANAGER_H

#include "ns3/hs-mptcp-config.h"
#include "ns3/hs-mptcp-types.h"
#include "ns3/hs-pooled.h"
#include "ns3/hs-registry.h"

#include <cstdint>
#include <vector>

namespace hoststack::mptcp
{

/// Why a path manager is asked.
enum class PathEvent : std::uint8_t
{
    Established,      ///< the connection is fully established
    SubflowJoined,    ///< a join is complete, ours or the peer's
    SubflowGone,      ///< a subflow has gone, or was refused
    AnnouncementOver, ///< the peer has echoed an announcement, or the last repetition is out
    AddressAnnounced, ///< by the peer: PathManagerView::announced
    AddressRemoved,   ///< by the peer: PathManagerView::removed; its subflows are gone
    EndpointAdded,    ///< to this host: PathManagerView::endpoint
};

/// A subflow as a path manager sees it. Joins of the peer appear once they are complete.
struct PathView
{
    std::uint32_t id{0};
    Endpoint local;
    Endpoint remote;
    std::uint8_t localId{0};
    std::uint8_t remoteId{0};
    bool initial{false};
    bool active{false}; ///< this end opened it
    bool established{false};
    bool closed{false};
    bool useful{false}; ///< it has carried data
};

/// What a path manager may do at once; what it only wishes for goes into the view.
class PathActions
{
  public:
    virtual ~PathActions() = default;
    /// Opens a subflow. \p local.address may be any: routing chooses; with an id it is announced
    /// under that. \return false if there is no way, no port or no leave
    virtual bool Open(const LocalEndpoint& local,
                      const Endpoint& remote,
                      std::uint8_t remoteId) = 0;
    /// Announces an address under the id that it carries.
    virtual void Announce(const LocalEndpoint& endpoint) = 0;
    /// Forgets an announcement of the same address and port. \return false: there was none
    virtual bool ForgetAnnouncement(const LocalEndpoint& endpoint) = 0;
    /// Sends REMOVE_ADDR.
    virtual void SendRemoval(std::uint8_t id) = 0;
    /// Closes the subflows whose local address has that id.
    virtual void CloseSubflows(std::uint8_t id) = 0;
    /// Tells the peer with MP_PRIO on the first subflow.
    virtual void SetInitialBackup() = 0;
};

/// The connection as a path manager sees it, and what it wants done.
struct PathManagerView
{
    const Config& config;
    PathActions& actions;
    PathEvent event{PathEvent::Established};
    bool isServer{false};          ///< the connection was accepted, not opened
    bool joinInitialAllowed{true}; ///< the peer's MP_CAPABLE had no C flag
    bool announcing{false};        ///< an announcement waits for a segment with room
    std::vector<PathView> subflows{};
    std::vector<LocalEndpoint> endpoints{}; ///< of this host
    std::vector<RemoteAddress> remotes{};   ///< announced by the peer, without the initial one
    RemoteAddress announced{};
    std::uint8_t removed{0};   ///< id
    bool removedJoined{false}; ///< ... of an address that this end had joined
    LocalEndpoint endpoint{};

    struct Open
    {
        LocalEndpoint local;
        Endpoint remote;
        std::uint8_t remoteId{0};
    };

    std::vector<Open> open{};              ///< output: subflows to open
    std::vector<LocalEndpoint> announce{}; ///< output: addresses to announce, each once
};

/**
 * Decides which addresses are announced and which subflows are opened (RFC 8684 section 3.4;
 * Linux: net/mptcp/pm_kernel.c). One object per connection, so it may keep an account. It is asked
 * when the segment that brought the event has been dealt with, never inside a walk over subflows.
 */
class PathManager : public Pooled
{
  public:
    virtual ~PathManager() = default;
    virtual void Decide(PathManagerView& view) = 0;

    /// An endpoint was taken from the host, \p endpoint; not in view.endpoints any more. Unless
    /// overridden: REMOVE_ADDR if the peer knows the address, and its subflows are closed.
    virtual void RemoveEndpoint(PathManagerView& view, const LocalEndpoint& endpoint);

    /// True if an announcement is only echoed: the path manager would not use it.
    virtual bool IgnoresAnnouncement(const PathManagerView& /*view*/) const
    {
        return false;
    }
};

/// The path managers by name; the one place to add a line for a new one.
Registry<PathManager>& PathManagers();

} // namespace hoststack::mptcp

#endif // HS_PATH_MANAGER_H
