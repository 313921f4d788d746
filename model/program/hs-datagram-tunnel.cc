// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-datagram-tunnel.h"

#include <utility>

namespace hoststack
{

TunnelSender::TunnelSender(const TunnelSettings& settings,
                           std::unique_ptr<Departures> departures,
                           std::shared_ptr<TunnelLedger> ledger)
    : m_settings(settings),
      m_departures(std::move(departures)),
      m_ledger(std::move(ledger))
{
}

void
TunnelSender::Step(ProgramIo& io, Ready ready)
{
    if (io.IsOver())
    {
        return;
    }
    if (ready.Has(Ready::Connected))
    {
        m_begun = io.Now();
        m_next = m_begun + m_departures->Next();
    }
    m_stopped = m_stopped || ready.Has(Ready::Stop);
    while (m_begun >= 0 && GoesOn() && m_next <= io.Now())
    {
        ++m_came;
        if (m_queue.Size() < m_settings.queueLimit)
        {
            m_queue.PushBack(m_next);
        }
        else
        {
            ++m_ledger->dropped;
        }
        m_next = m_begun + m_departures->Next();
    }
    Push(io);
    Schedule(io);
}

void
TunnelSender::Push(ProgramIo& io)
{
    while (m_unwritten > 0 || !m_queue.Empty())
    {
        if (m_unwritten == 0)
        {
            m_ledger->sent.PushBack(m_queue.Front());
            m_queue.PopFront();
            m_unwritten = std::uint64_t{m_settings.size} + m_settings.overhead;
        }
        m_unwritten -= io.Write(m_unwritten);
        if (m_unwritten > 0)
        {
            return;
        }
    }
}

bool
TunnelSender::GoesOn() const
{
    return !m_stopped && (m_settings.count == 0 || m_came < m_settings.count);
}

void
TunnelSender::Schedule(ProgramIo& io)
{
    if (!GoesOn() && m_unwritten == 0 && m_queue.Empty())
    {
        io.WakeAt(kNever);
        io.Close();
        io.Finish();
    }
    else if (m_begun >= 0)
    {
        io.WakeAt(GoesOn() ? m_next : kNever);
    }
}

TunnelReceiver::TunnelReceiver(const TunnelSettings& settings, std::shared_ptr<TunnelLedger> ledger)
    : m_settings(settings),
      m_ledger(std::move(ledger))
{
}

void
TunnelReceiver::Step(ProgramIo& io, Ready ready)
{
    const std::uint64_t whole = std::uint64_t{m_settings.size} + m_settings.overhead;
    while (io.Available() > 0)
    {
        m_held += io.Read(ProgramIo::kAll);
    }
    for (; m_held >= whole && !m_ledger->sent.Empty(); m_held -= whole)
    {
        m_sent.push_back(m_ledger->sent.Front());
        m_delays.push_back(io.Now() - m_sent.back());
        m_ledger->sent.PopFront();
    }
    if (!io.IsOver() && (ready.Has(Ready::Stop) || io.HasPeerClosed()))
    {
        io.Close();
        io.Finish();
    }
}

} // namespace hoststack
