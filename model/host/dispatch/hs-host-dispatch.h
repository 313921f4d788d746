// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HOST_DISPATCH_H
#define HS_HOST_DISPATCH_H

#include "ns3/hs-dispatch-stage.h"
#include "ns3/hs-lock-scheme.h"
#include "ns3/hs-notification.h"
#include "ns3/hs-processor.h"
#include "ns3/hs-socket-lock.h"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hoststack::host
{

/// Whose socket layer a host has. What is named beside the system takes the place of its own.
struct HostDispatchSettings
{
    std::string system{"linux"};             ///< of DispatchStages()
    std::optional<std::string> table;        ///< of DispatchTables(), in its own size
    std::optional<std::string> notification; ///< of Notifications()
    std::optional<std::string> lock;         ///< of LockSchemes()
    double costFactor{1};                    ///< times the prices of TablePrices::Measured()
};

/// What it has done, and what that has cost in core time.
struct HostDispatchAccount
{
    std::uint64_t packets{0};
    std::uint64_t misses{0}; ///< of them, for nobody
    std::uint64_t sent{0};
    std::uint64_t polls{0};
    std::uint64_t visits{0};  ///< sockets touched, for whatever reason
    TimeNs lookup{0};         ///< finding sockets
    TimeNs notification{0};   ///< walks, ordered sets
    TimeNs changes{0};        ///< sockets that came and went
    std::uint64_t sockets{0}; ///< there now
    std::uint64_t most{0};    ///< there at once
    LockAccount locks;        ///< sum over all
};

/**
 * The socket layer of a host whose work takes time: a table of a system's structure in which its
 * real sockets are, and what that system would do for its real packets, charged to the core that
 * does it. Who gets a packet is decided elsewhere; every table finds the same.
 *
 * A packet is looked up and takes the lock of the system's scheme until its piece of work has been
 * paid. What ends a poll (walks, the ordered set) is work of its own, done when the device's turn
 * is over, so packets that come together share it; with a lock that covers a poll it is the end of
 * that poll's own work. A segment that leaves wants such an end, too. A
 * program's call has the lock to the end of its piece of work, and so while it copies; soft
 * interrupts of its core wait until then, and all interrupts where the system's locks disable them.
 *
 * Limits: prices are those of the measuring machine, times a factor; a lock that each socket has
 * for itself is the host's own (SocketLock, with a backlog), so a system that copies without it
 * (FreeBSD) is like one that does not.
 *
 * Source: docs/models/dispatch.md.
 */
class HostDispatch
{
  public:
    /// Between two cores of the measured machine, a ticket lock: 90 to 135 ns.
    static constexpr TimeNs kHandOver = 110;

    /// \p processor outlives it. \throws UnknownName
    HostDispatch(Processor& processor, const HostDispatchSettings& settings);
    ~HostDispatch();

    /// A socket of it; 0: none.
    using Handle = std::uint32_t;

    /// There is a socket of these addresses from now on.
    Handle Open(const PacketKey& key, SocketRole role);
    /// It is gone. Nothing for 0.
    void Close(Handle socket);

    /// A packet, or the unit that an offload has made of several, has come by \p interface and is
    /// looked up.
    void OnPacket(Context& context, std::uint32_t interface, const PacketKey& packet);
    /// \p packets of \p socket leave by \p interface.
    void OnSent(Context& context, Handle socket, std::uint32_t interface, std::uint32_t packets);
    /// A call of a program, or another piece of work, is about to work on \p socket.
    void OnCall(Context& context, Handle socket);

    /// A poll keeps its lock from its first packet to its end, so it is one piece of work, which
    /// ends with FinishPoll().
    bool CoversPoll() const
    {
        return !m_isSocketsLock && m_scheme->CoversPoll();
    }

    /// The device has taken the last packet of its turn: what ends a poll is done in the same piece
    /// of work.
    void FinishPoll(Context& context, std::uint32_t interface);

    HostDispatchAccount Account() const;

  private:
    struct Own;
    class Poll;

    TimeNs Charge(Context& context, const TableTally& tally);
    Poll& PollOf(std::uint32_t interface);
    void Lock(Context& context, const LockTarget& target);
    Own* Find(Handle socket);
    void Enter(Own& own);
    void Bind(const PacketKey& packet);
    PollRecord& NoteEvent(Context& context, std::uint32_t interface, SocketProtocol protocol);
    void EndPoll(Context& context, Poll& poll);

    Processor& m_processor;
    DispatchStage m_system;
    double m_factor;
    std::unique_ptr<DispatchTable> m_table;
    std::unique_ptr<Notification> m_notification;
    std::unique_ptr<LockScheme> m_scheme;
    bool m_isSocketsLock;
    std::deque<Own> m_sockets; ///< by handle, less one; they do not move
    std::vector<Handle> m_free;
    std::vector<Own*> m_unbound;                ///< not in a table that knows no wildcards
    std::vector<std::unique_ptr<Poll>> m_polls; ///< by interface
    std::deque<SocketLock> m_locks;             ///< by number
    HostDispatchAccount m_account;
    std::uint64_t m_listeners{0};
    std::uint32_t m_nextNumber{0};
    TimeNs m_deadline{1}; ///< of the last timer that was set
};

} // namespace hoststack::host

#endif // HS_HOST_DISPATCH_H
