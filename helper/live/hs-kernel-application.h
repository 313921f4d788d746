// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_KERNEL_APPLICATION_H
#define HS_KERNEL_APPLICATION_H

#include "ns3/hs-live-messages.h"
#include "ns3/hs-session-application.h"
#include "ns3/hs-session.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace ns3
{

class KernelHost;

/// Stands for a connection that the kernel has: knows what the kernel's side tells of it.
class KernelSession : public HoststackSession
{
  public:
    KernelSession()
        : HoststackSession(nullptr)
    {
    }

    /// Times of \p record are simulated ones.
    void Learn(const Record& record, const hoststack::KernelPicture& picture);

    void LearnAnswer(hoststack::TimeNs took)
    {
        m_answers.push_back(took);
    }

    const std::vector<hoststack::TimeNs>* FindResponseTimes() const override
    {
        return &m_answers;
    }

    void LearnResumption(hoststack::TimeNs took)
    {
        m_resumptions.push_back(took);
    }

    const std::vector<hoststack::TimeNs>* FindResumeDelays() const override
    {
        return m_tellsWindow ? &m_resumptions : nullptr;
    }

    const HoststackSessionPicture* FindPicture() const override
    {
        return m_picture ? &*m_picture : nullptr;
    }

  private:
    std::vector<hoststack::TimeNs> m_answers;
    std::vector<hoststack::TimeNs> m_resumptions;
    std::optional<HoststackSessionPicture> m_picture;
    bool m_tellsWindow{false};
};

/// Stands for the kernel's end of a leg; what it is told to do, it has the kernel's side do.
class KernelApplication : public HoststackSessionApplication
{
  public:
    KernelApplication(KernelHost& host, std::size_t leg, bool opens);

    std::size_t StopSessions() override;
    std::size_t AbortSessions() override;

    /// Number \p index, made if it is new.
    KernelSession& Session(std::size_t index);

  private:
    /// Of those that it has been told of.
    std::size_t Unended() const;

    void StartApplication() override;
    void StopApplication() override;

    KernelHost& m_host;
    std::size_t m_leg;
    bool m_opens;
    std::vector<KernelSession*> m_known;
};

} // namespace ns3

#endif // HS_KERNEL_APPLICATION_H
