// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SESSION_APPLICATION_H
#define HS_SESSION_APPLICATION_H

#include "ns3/hs-public.h"
#include "ns3/hs-session.h"

#include <ns3/application.h>
#include <ns3/nstime.h>

#include <functional>
#include <memory>
#include <vector>

namespace ns3
{

/**
 * Opens connections, or accepts them, and runs a program on each.
 *
 * \code
 *   auto app = CreateObject<HoststackSessionApplication>();
 *   app->SetAttribute("Address", AddressValue(InetSocketAddress(server, 5001)));
 *   app->SetProgram([] { return std::make_unique<hoststack::BulkSender>(1000000, 65536); });
 *   node->AddApplication(app);
 * \endcode
 *
 * A program that is slow to accept has AcceptInterval or AcceptDelay set: then connections wait in
 * the listener's queue (hoststack's own sockets only).
 *
 * At its stop time all sessions are stopped and the listener is closed.
 */
class HS_PUBLIC HoststackSessionApplication : public Application
{
  public:
    using ProgramFactory = std::function<std::unique_ptr<hoststack::Program>()>;
    using SessionHook = HoststackSession::Hook;
    using SocketSetup = std::function<void(Socket&)>;

    static TypeId GetTypeId();
    HoststackSessionApplication();
    ~HoststackSessionApplication() override;

    /// What runs on each connection.
    void SetProgram(ProgramFactory factory);
    /// Called for each socket before it is bound, and for the listener.
    void SetSocketSetup(SocketSetup setup);

    /// Called for each session once its socket is there, before it connects.
    void SetSessionHook(SessionHook hook);

    /// Opens one more connection, with a program of its own; its attribute Connections may be 0.
    HoststackSession& Open(std::unique_ptr<hoststack::Program> program);

    /// In the order in which they were opened or accepted.
    const std::vector<std::unique_ptr<HoststackSession>>& GetSessions() const
    {
        return m_sessions;
    }

    /// \return how many there were that had not ended
    virtual std::size_t StopSessions();
    virtual std::size_t AbortSessions();

  protected:
    void DoDispose() override;

    /// Makes a session that did not come from a socket one of this application's; the hook sees it.
    HoststackSession& Keep(std::unique_ptr<HoststackSession> session);

  private:
    void StartApplication() override;
    void StopApplication() override;
    void Listen();
    void Connect();
    HoststackSession& Begin(Ptr<Socket> socket,
                            std::unique_ptr<hoststack::Program> program,
                            bool accepted);
    void HandleAccept(Ptr<Socket> socket, const Address& from);
    void HandleReady(Ptr<HoststackTcpSocket> listener);
    void AcceptNext();

    TypeId m_protocol;
    Address m_address;
    bool m_listen{false};
    std::uint32_t m_connections{1};
    ProgramFactory m_factory;
    SocketSetup m_setup;
    SessionHook m_hook;
    Ptr<Socket> m_listener;
    Time m_acceptDelay;
    Time m_acceptInterval;
    Time m_acceptAt; ///< not before
    EventId m_acceptEvent;
    std::vector<std::unique_ptr<HoststackSession>> m_sessions;
};

} // namespace ns3

#endif // HS_SESSION_APPLICATION_H
