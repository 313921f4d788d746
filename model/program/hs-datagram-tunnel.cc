// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-datagram-tunnel.h"

#include "ns3/hs-byte-order.h"

#include <array>
#include <utility>

namespace hoststack
{

namespace
{

/// When a datagram came, before its bytes.
using Stamp = std::array<std::uint8_t, 8>;

std::uint64_t
WholeOf(const TunnelSettings& settings)
{
    return std::uint64_t{settings.size} + settings.overhead;
}

} // namespace

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
    while (m_unwritten.Length() > 0 || !m_queue.Empty())
    {
        if (m_unwritten.Length() == 0)
        {
            Begin(m_queue.Front());
            m_queue.PopFront();
        }
        if (m_settings.isInBand)
        {
            io.WriteFrom(m_unwritten);
        }
        else
        {
            m_unwritten.Drop(io.Write(m_unwritten.Length()));
        }
        if (m_unwritten.Length() > 0)
        {
            return;
        }
    }
}

void
TunnelSender::Begin(TimeNs came)
{
    auto left = WholeOf(m_settings);
    if (m_settings.isInBand)
    {
        Stamp stamp;
        StoreBig64(stamp.data(), static_cast<std::uint64_t>(came));
        m_unwritten.Append(Payload::Copy(stamp.data(), stamp.size()));
        left -= stamp.size();
    }
    else
    {
        m_ledger->sent.PushBack(came);
    }
    m_unwritten.AppendVirtual(left);
}

bool
TunnelSender::GoesOn() const
{
    return !m_stopped && (m_settings.count == 0 || m_came < m_settings.count);
}

void
TunnelSender::Schedule(ProgramIo& io)
{
    if (!GoesOn() && m_unwritten.Length() == 0 && m_queue.Empty())
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
    const auto whole = WholeOf(m_settings);
    while (io.Available() > 0)
    {
        if (m_settings.isInBand)
        {
            io.ReadInto(m_held, ProgramIo::kAll);
        }
        else
        {
            m_held.AppendVirtual(io.Read(ProgramIo::kAll));
        }
    }
    while (m_held.Length() >= whole && (m_settings.isInBand || !m_ledger->sent.Empty()))
    {
        if (m_settings.isInBand)
        {
            Stamp stamp;
            m_held.CopyFront(stamp.data(), stamp.size());
            Take(static_cast<TimeNs>(LoadBig64(stamp.data())), io.Now());
        }
        else
        {
            Take(m_ledger->sent.Front(), io.Now());
            m_ledger->sent.PopFront();
        }
        m_held.Drop(whole);
    }
    if (!io.IsOver() && (ready.Has(Ready::Stop) || io.HasPeerClosed()))
    {
        io.Close();
        io.Finish();
    }
}

void
TunnelReceiver::Take(TimeNs came, TimeNs now)
{
    m_sent.push_back(came);
    m_delays.push_back(now - came);
}

} // namespace hoststack
