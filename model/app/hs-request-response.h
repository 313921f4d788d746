// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_REQUEST_RESPONSE_H
#define HS_REQUEST_RESPONSE_H

#include "ns3/hs-message-session.h"

#include <vector>

namespace ns3
{

/// Asks, waits for the whole answer, thinks, asks again. Finished with the last answer; then
/// closes.
class HoststackRequester : public HoststackMessageSession
{
  public:
    /// \param count questions; 0: until Stop
    /// \param writes how a question is cut into writes
    HoststackRequester(std::uint64_t requestSize,
                       std::uint64_t responseSize,
                       hoststack::TimeNs thinkTime,
                       std::uint64_t count,
                       HoststackWritePattern writes = {});

    /// From question to complete answer, in their order.
    const std::vector<hoststack::TimeNs>& GetResponseTimes() const
    {
        return m_times;
    }

    const std::vector<hoststack::TimeNs>* FindAskTimes() const override
    {
        return &m_askTimes;
    }

    const std::vector<hoststack::TimeNs>* FindResponseTimes() const override
    {
        return &m_times;
    }

    /// The answer under way is still awaited.
    void Stop() override;

  protected:
    void OnConnected() override;
    void OnReadable() override;
    void OnWritable() override;
    void OnWake() override;

  private:
    void Ask();
    void End();

    std::uint64_t m_responseSize;
    hoststack::TimeNs m_thinkTime;
    std::uint64_t m_count;
    std::uint64_t m_awaited{0}; ///< bytes of the answer still to come
    hoststack::TimeNs m_askedAt{0};
    bool m_stopping{false};
    std::vector<hoststack::TimeNs> m_askTimes;
    std::vector<hoststack::TimeNs> m_times;
};

/// Answers each complete question at once. Finished when the peer has closed; then closes too.
class HoststackResponder : public HoststackMessageSession
{
  public:
    /// \param writes how an answer is cut into writes
    HoststackResponder(std::uint64_t requestSize,
                       std::uint64_t responseSize,
                       HoststackWritePattern writes = {});

  protected:
    void OnReadable() override;
    void OnWritable() override;
    void OnPeerClosed() override;
    void OnWake() override;

  private:
    void Push();

    std::uint64_t m_requestSize;
    std::uint64_t m_unanswered{0}; ///< bytes of questions not yet complete
};

} // namespace ns3

#endif // HS_REQUEST_RESPONSE_H
