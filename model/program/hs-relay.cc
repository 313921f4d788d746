// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-relay.h"

#include <utility>

namespace hoststack
{

/// One of the two programs of a relay.
class Relay::End : public Program
{
  public:
    End(std::shared_ptr<Relay> relay, bool isNear)
        : m_relay(std::move(relay)),
          m_isNear(isNear)
    {
    }

    void Step(ProgramIo& io, Ready ready) override
    {
        m_isNear ? m_relay->StepNear(io, ready) : m_relay->StepFar(io, ready);
    }

    void HandleFailure(ProgramIo& /* io */) override
    {
        m_relay->Fail(m_isNear);
    }

  private:
    std::shared_ptr<Relay> m_relay;
    bool m_isNear;
};

Relay::Relay(const RelaySettings& settings, RelayTally& tally, Opener opener)
    : m_settings(settings),
      m_tally(tally),
      m_opener(std::move(opener))
{
}

void
Relay::SetNearTunnel(std::shared_ptr<SealedTunnel> tunnel)
{
    m_nearTunnel = std::move(tunnel);
}

void
Relay::SetFarTunnel(std::shared_ptr<SealedTunnel> tunnel)
{
    m_farTunnel = std::move(tunnel);
}

std::unique_ptr<Program>
Relay::MakeNear(std::shared_ptr<Relay> relay)
{
    relay->m_self = relay;
    return std::make_unique<End>(std::move(relay), true);
}

void
Relay::StepNear(ProgramIo& io, Ready ready)
{
    if (ready.Has(Ready::Connected))
    {
        m_near = &io;
        ++m_tally.accepted;
        m_up.SetStreams(m_nearTunnel ? &m_nearTunnel->up : nullptr,
                        m_farTunnel ? &m_farTunnel->up : nullptr);
        m_down.SetStreams(m_farTunnel ? &m_farTunnel->down : nullptr,
                          m_nearTunnel ? &m_nearTunnel->down : nullptr);
        if (!m_nearTunnel)
        {
            OpenOnward();
            return;
        }
    }
    if (ready.Has(Ready::Stop))
    {
        return; // its ends are those of the connections
    }
    if (ready.Has(Ready::Timer))
    {
        m_up.BeginSealed();
    }
    Work();
}

void
Relay::StepFar(ProgramIo& io, Ready ready)
{
    if (m_isOver)
    {
        io.Close();
        io.Fail();
        return;
    }
    m_far = &io;
    if (ready.Has(Ready::Connected))
    {
        m_isFarUp = true;
        ++m_tally.opened;
        if (m_farTunnel && m_near->Available() == 0)
        {
            m_settings.requestWait > 0 ? m_near->WakeAt(io.Now() + m_settings.requestWait)
                                       : m_up.BeginSealed();
        }
    }
    Work();
}

void
Relay::OpenOnward()
{
    if (auto self = m_self.lock(); self && m_opener)
    {
        const auto open = std::exchange(m_opener, nullptr);
        open(std::make_unique<End>(std::move(self), false));
    }
}

/// What is told while it works has been seen by then, or makes another round.
void
Relay::Work()
{
    if (m_isWorking || m_isOver || (!m_isFarUp && !m_nearTunnel))
    {
        m_hasNews = true;
        return;
    }
    m_isWorking = true;
    ++m_tally.wakeUps;
    bool moved = false;
    do
    {
        m_hasNews = false;
        moved = MoveAll() || moved;
    } while (m_hasNews && !m_isOver);
    m_isWorking = false;
    m_tally.idleWakeUps += moved ? 0 : 1;
    FinishIfDone();
}

bool
Relay::MoveAll()
{
    if (!m_isFarUp)
    {
        // The request says where to go; all else waits for the onward connection.
        if (m_opener && m_up.HasBegun(*m_near, m_settings.buffer, m_tally))
        {
            m_nearTunnel->Answer();
            OpenOnward();
            return true;
        }
        if (m_opener && (m_up.IsBroken() || (m_near->HasPeerClosed() && m_near->Available() == 0)))
        {
            m_isOver = true;
            ++m_tally.failed;
            m_near->Close();
            m_near->Fail();
        }
        return false;
    }
    const bool up = m_up.Move(*m_near, *m_far, m_settings.buffer, m_tally);
    const bool down = !m_isOver && m_down.Move(*m_far, *m_near, m_settings.buffer, m_tally);
    if (!m_isOver && (m_up.IsBroken() || m_down.IsBroken()))
    {
        m_near->Close();
        m_near->Fail();
        Fail(true);
    }
    return up || down;
}

void
Relay::FinishIfDone()
{
    if (!m_isOver && m_up.HasEnded() && m_down.HasEnded())
    {
        m_isOver = true;
        for (auto* io : {m_near, m_far})
        {
            io->Close();
            io->Finish();
        }
    }
}

void
Relay::Fail(bool isNear)
{
    if (m_isOver)
    {
        return;
    }
    m_isOver = true;
    ++m_tally.failed;
    if (auto* other = isNear ? m_far : m_near)
    {
        other->Close();
        other->Fail();
    }
}

} // namespace hoststack
