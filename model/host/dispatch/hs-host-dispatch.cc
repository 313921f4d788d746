// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-host-dispatch.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace hoststack::host
{

/// A socket, and what the poll under way has of it.
struct HostDispatch::Own
{
    SocketEntry entry;
    std::uint32_t interface {
        0
    }; ///< by which it sent last
    bool isOpen{false};
    bool isIn{false};      ///< in the table
    std::uint64_t poll{0}; ///< the last that it sent in
    std::uint64_t sent{0}; ///< then
};

/// What an interface's poll has brought until it ends.
class HostDispatch::Poll final : public Work
{
  public:
    Poll(HostDispatch& dispatch, std::uint32_t interface)
        : m_dispatch(dispatch),
          target{interface}
    {
    }

    void Run(Context& context) override
    {
        m_dispatch.EndPoll(context, *this);
    }

  private:
    HostDispatch& m_dispatch;

  public:
    LockTarget target;
    std::array<PollRecord, 2> records; ///< by protocol
    std::array<bool, 2> has{};         ///< which of them the poll under way has
    bool isOpen{false};
    std::uint64_t number{0};
};

namespace
{

bool
IsListener(const SocketEntry& socket)
{
    return socket.role == SocketRole::Unconnected && socket.key.protocol == SocketProtocol::Tcp;
}

} // namespace

HostDispatch::HostDispatch(Processor& processor, const HostDispatchSettings& settings)
    : m_processor(processor),
      m_system(DispatchStageByName(settings.system)),
      m_factor(settings.costFactor),
      m_table(settings.table ? DispatchTables().Create(*settings.table, {})
                             : DispatchTables().Create(m_system.table, m_system.size)),
      m_notification(Notifications().Create(settings.notification.value_or(m_system.notification))),
      m_scheme(LockSchemes().Create(settings.lock.value_or(m_system.lock))),
      m_isSocketsLock(m_scheme->IsSockets())
{
}

HostDispatch::~HostDispatch()
{
    for (const auto& poll : m_polls)
    {
        m_processor.Forget(*poll);
    }
}

/// \return what was charged; nothing outside of work
TimeNs
HostDispatch::Charge(Context& context, const TableTally& tally)
{
    m_account.visits += tally.Visits();
    const auto measured =
        TablePrices::Measured().Cost(tally, std::max<std::uint64_t>(1, m_account.sockets));
    const auto cost = static_cast<TimeNs>(std::llround(static_cast<double>(measured) * m_factor));
    if (context.GetFrame() == nullptr)
    {
        return 0;
    }
    context.Spend(cost);
    return cost;
}

HostDispatch::Own*
HostDispatch::Find(Handle socket)
{
    return socket == 0 ? nullptr : &m_sockets[socket - 1];
}

HostDispatch::Handle
HostDispatch::Open(const PacketKey& key, SocketRole role)
{
    if (m_free.empty())
    {
        m_sockets.emplace_back();
        m_free.push_back(static_cast<Handle>(m_sockets.size()));
    }
    const auto handle = m_free.back();
    m_free.pop_back();
    auto& own = m_sockets[handle - 1];
    own = {};
    own.isOpen = true;
    own.entry.key = key;
    own.entry.role = role;
    own.entry.reusePort = true; // whether it may be there has been decided
    own.entry.number = ++m_nextNumber;
    if (IsWildcard(key.local) && !m_table->HasWildcards())
    {
        m_unbound.push_back(&own);
    }
    else
    {
        Enter(own);
    }
    return handle;
}

void
HostDispatch::Enter(Own& own)
{
    TableTally tally;
    own.isIn = m_table->Add(own.entry, tally);
    m_listeners += own.isIn && IsListener(own.entry);
    m_account.sockets += own.isIn;
    m_account.most = std::max(m_account.most, m_account.sockets);
    m_account.changes += Charge(m_processor.Current(), tally);
}

/// A system that knows no wildcards gives a socket the address of its interface.
void
HostDispatch::Bind(const PacketKey& packet)
{
    const auto waits = std::find_if(m_unbound.begin(), m_unbound.end(), [&](const auto* own) {
        return own->entry.key.localPort == packet.localPort &&
               own->entry.key.protocol == packet.protocol;
    });
    if (waits != m_unbound.end())
    {
        auto& own = **waits;
        m_unbound.erase(waits);
        own.entry.key.local = packet.local;
        Enter(own);
    }
}

void
HostDispatch::Close(Handle socket)
{
    if (socket == 0 || !m_sockets[socket - 1].isOpen)
    {
        return;
    }
    auto& own = m_sockets[socket - 1];
    TableTally tally;
    own.entry.pollAt = kNever;
    m_notification->Rearm(own.entry, tally);
    if (own.isIn)
    {
        m_table->Remove(own.entry, tally);
        m_listeners -= IsListener(own.entry);
        --m_account.sockets;
    }
    m_account.changes += Charge(m_processor.Current(), tally);
    m_unbound.erase(std::remove(m_unbound.begin(), m_unbound.end(), &own), m_unbound.end());
    own.isOpen = own.isIn = false;
    m_free.push_back(socket);
}

HostDispatch::Poll&
HostDispatch::PollOf(std::uint32_t interface)
{
    while (m_polls.size() <= interface)
    {
        m_polls.push_back(
            std::make_unique<Poll>(*this, static_cast<std::uint32_t>(m_polls.size())));
    }
    return *m_polls[interface];
}

void
HostDispatch::Lock(Context& context, const LockTarget& target)
{
    if (!m_isSocketsLock)
    {
        const auto number = m_scheme->Of(target);
        while (m_locks.size() <= number)
        {
            m_locks.emplace_back();
        }
        m_locks[number].Spin(context, kHandOver, m_system.disablesInterrupts);
    }
}

/// Something has happened that the end of a poll of \p interface has to look after.
PollRecord&
HostDispatch::NoteEvent(Context& context, std::uint32_t interface, SocketProtocol protocol)
{
    auto& poll = PollOf(interface);
    const auto which = static_cast<std::size_t>(protocol);
    poll.has[which] = true;
    if (!poll.isOpen)
    {
        poll.isOpen = true;
        poll.number = ++m_account.polls;
        m_processor.RaiseSoftIrq(context.Now(), context.Core(), SoftIrq::Receive, poll);
    }
    return poll.records[which];
}

void
HostDispatch::OnPacket(Context& context, std::uint32_t interface, const PacketKey& packet)
{
    if (context.GetFrame() == nullptr)
    {
        return;
    }
    if (!m_unbound.empty())
    {
        Bind(packet);
    }
    LockTarget target{interface, HashTuple(packet), 0, packet.protocol == SocketProtocol::Udp};
    Lock(context, target);
    TableTally tally;
    auto* entry = m_table->Find(packet, tally);
    ++m_account.packets;
    m_account.misses += entry == nullptr;
    m_account.lookup += Charge(context, tally);
    NoteEvent(context, interface, packet.protocol).events += entry != nullptr;
}

void
HostDispatch::OnSent(Context& context,
                     Handle socket,
                     std::uint32_t interface,
                     std::uint32_t packets)
{
    auto* own = Find(socket);
    if (context.GetFrame() == nullptr || own == nullptr)
    {
        return;
    }
    own->interface = interface;
    auto& record = NoteEvent(context, interface, own->entry.key.protocol);
    const auto number = m_polls[interface]->number;
    if (own->poll != number)
    {
        own->poll = number;
        own->sent = 0;
    }
    own->sent += packets;
    record.sent += packets;
    record.mostSent = std::max(record.mostSent, own->sent);
    m_account.sent += packets;
    // It is due now; once it is gone its timer counts again.
    TableTally tally;
    own->entry.pollAt = 0;
    m_notification->Rearm(own->entry, tally);
    own->entry.pollAt = ++m_deadline;
    m_notification->Rearm(own->entry, tally);
    m_account.notification += Charge(context, tally);
}

void
HostDispatch::OnCall(Context& context, Handle socket)
{
    if (context.GetFrame() == nullptr || context.Kind() < ContextKind::KernelThread)
    {
        return;
    }
    LockTarget target;
    if (const auto* own = Find(socket))
    {
        target.interface = own->interface;
        target.hash = HashTuple(own->entry.key);
        target.isDatagram = own->entry.key.protocol == SocketProtocol::Udp;
    }
    Lock(context, target);
}

void
HostDispatch::FinishPoll(Context& context, std::uint32_t interface)
{
    if (context.GetFrame() != nullptr && interface < m_polls.size())
    {
        EndPoll(context, *m_polls[interface]);
    }
}

void
HostDispatch::EndPoll(Context& context, Poll& poll)
{
    if (!std::exchange(poll.isOpen, false))
    {
        return; // it ended with the device's turn
    }
    Lock(context, poll.target);
    TableTally tally;
    for (const auto protocol : {SocketProtocol::Tcp, SocketProtocol::Udp})
    {
        const auto which = static_cast<std::size_t>(protocol);
        if (std::exchange(poll.has[which], false))
        {
            auto record = std::exchange(poll.records[which], {});
            record.protocol = protocol;
            record.listeners = m_listeners;
            m_notification->EndPoll(*m_table, record, tally);
        }
    }
    m_account.notification += Charge(context, tally);
}

HostDispatchAccount
HostDispatch::Account() const
{
    auto account = m_account;
    for (const auto& lock : m_locks)
    {
        account.locks.takes += lock.Account().takes;
        account.locks.contended += lock.Account().contended;
        account.locks.waited += lock.Account().waited;
        account.locks.held += lock.Account().held;
    }
    return account;
}

} // namespace hoststack::host
