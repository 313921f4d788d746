// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SESSION_H
#define HS_SESSION_H

#include "ns3/hs-payload.h"
#include "ns3/hs-stream-pattern.h"
#include "ns3/hs-units.h"

#include <ns3/address.h>
#include <ns3/event-id.h>
#include <ns3/node.h>
#include <ns3/socket.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace ns3
{

class HoststackTcpSocket;

/**
 * What a program does with one TCP connection: when it writes, when it reads. Works on any stream
 * socket of ns-3; on hoststack's own it reads and writes without making packets.
 *
 * Content is not carried: writes are of virtual bytes, what is read is counted; unless
 * CarryContent() asks for bytes that the other end can check.
 */
class HoststackSession
{
  public:
    /// When what happened, and how much; times are simulated ns, -1: not yet.
    struct Record
    {
        hoststack::TimeNs opened{-1};    ///< connect call; at the listening end the acceptance
        hoststack::TimeNs connected{-1}; ///< the handshake is over
        hoststack::TimeNs firstRead{-1};
        hoststack::TimeNs lastRead{-1};
        hoststack::TimeNs finished{-1}; ///< all that was to be done is done
        std::uint64_t bytesWritten{0};  ///< taken by the socket
        std::uint64_t bytesRead{0};
        std::uint64_t reads{0};          ///< that gave data
        hoststack::TimeNs longestGap{0}; ///< between two of them
        bool failed{false};              ///< refused, reset or timed out
        std::int64_t wrongAt{-1}; ///< offset of the first byte read that was not the pattern's
    };

    HoststackSession() = default;
    virtual ~HoststackSession();
    HoststackSession(const HoststackSession&) = delete;
    HoststackSession& operator=(const HoststackSession&) = delete;

    /// Called with the session once it has its socket, before anything happens on it.
    using Hook = std::function<void(HoststackSession&)>;

    /// \p socket is about to be connected.
    void Open(Ptr<Socket> socket, const Hook& hook = {});
    /// A listener has accepted the connection.
    void Accept(Ptr<Socket> socket, const Hook& hook = {});

    /**
     * Writes the bytes of a StreamPattern and compares what is read with another's; the socket must
     * carry real bytes (its attribute VirtualPayload). Before Open or Accept; on hoststack's own
     * sockets only.
     */
    void CarryContent(hoststack::StreamPattern written, hoststack::StreamPattern read);

    /// Writes no more and closes: it has finished.
    virtual void Stop();
    /// Resets the connection; on a foreign socket, which cannot do that, closes it.
    void Abort();

    const Record& GetRecord() const
    {
        return m_record;
    }

    bool IsFinished() const
    {
        return m_record.finished >= 0;
    }

    /// Finished or failed.
    bool IsOver() const
    {
        return m_over;
    }

    /// Of a session that asks: from question to complete answer, in their order; else nullptr.
    virtual const std::vector<hoststack::TimeNs>* FindResponseTimes() const
    {
        return nullptr;
    }

    /// Of the same: when it asked, the last question also without an answer.
    virtual const std::vector<hoststack::TimeNs>* FindAskTimes() const
    {
        return nullptr;
    }

    /// nullptr before Open or Accept.
    Ptr<Socket> GetSocket() const
    {
        return m_socket;
    }

    /// The socket if it is hoststack's, else nullptr.
    HoststackTcpSocket* GetOwnSocket() const
    {
        return m_own;
    }

    /// Called once, when the session has finished or failed.
    void SetOverCallback(std::function<void()> callback)
    {
        m_onOver = std::move(callback);
    }

  protected:
    /// \name What a session does; all are called with the connection there
    /// @{
    virtual void OnConnected()
    {
    }

    virtual void OnReadable()
    {
    }

    virtual void OnWritable()
    {
    }

    /// The peer writes no more; what has arrived can still be read.
    virtual void OnPeerClosed()
    {
    }

    /// A timer set with WakeAt.
    virtual void OnWake()
    {
    }

    /// @}

    static constexpr std::uint32_t kAll = std::numeric_limits<std::uint32_t>::max();

    /// \return bytes the socket took; if fewer than \p bytes, OnWritable follows
    /// \param more another write follows (MSG_MORE); a foreign socket does not hear of it
    std::uint32_t Write(std::uint64_t bytes, bool more = false);
    /// TCP_CORK; nothing on a foreign socket.
    void SetCork(bool on);
    /// \return bytes read, at most \p most
    std::uint32_t Read(std::uint64_t most);
    /// A read that takes time is any number of parts ...
    std::uint32_t ReadPart(std::uint64_t most);
    /// ... and its end, with their sum: then it counts as one read.
    void EndRead(std::uint64_t copied);
    std::uint32_t Available() const;
    void Close();
    /// Writes no more, but still reads.
    void CloseSend();
    /// All is done. Does not close.
    void Finish();
    /// One timer; a new time replaces the old one.
    void WakeAt(hoststack::TimeNs at);
    void CancelWake();
    static hoststack::TimeNs Now();

    /// For a session that stands for one elsewhere: all that is known of that one.
    void TakeRecord(const Record& record);

    bool HasPeerClosed() const
    {
        return m_peerClosed;
    }

  private:
    struct Content
    {
        hoststack::StreamPattern written;
        hoststack::StreamPattern read;
        std::vector<std::uint8_t> block;        ///< being written
        std::vector<hoststack::Payload> pieces; ///< being read
    };

    std::uint32_t WriteContent(std::uint64_t bytes, bool more);
    std::uint32_t ReadContent(std::uint32_t most, bool isPart);
    void Use(Ptr<Socket> socket, const Hook& hook);
    void HandleConnected(Ptr<Socket> socket);
    void HandleFailed(Ptr<Socket> socket);
    void HandleReadable(Ptr<Socket> socket);
    void HandleWritable(Ptr<Socket> socket, std::uint32_t room);
    void HandlePeerClosed(Ptr<Socket> socket);
    void HandleError(Ptr<Socket> socket);
    void Wake();
    void Fail();
    void BeOver();
    void CountRead(hoststack::TimeNs now);

    Ptr<Socket> m_socket;
    HoststackTcpSocket* m_own{nullptr};
    EventId m_wake;
    Record m_record;
    std::optional<Content> m_content;
    std::function<void()> m_onOver;
    bool m_over{false};
    bool m_peerClosed{false};
    bool m_closed{false};
};

} // namespace ns3

#endif // HS_SESSION_H
