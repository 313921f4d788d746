// SPDX-License-Identifier: GPL-2.0-only

// Receiver: what it puts into segments that leave (tcp_select_window, tcp_established_options).

#include "ns3/hs-tcp-codec.h"
#include "ns3/hs-tcp-receiver.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr std::uint32_t kOptionRoom = 40;
constexpr std::uint32_t kSackHead = 4; // with its NOPs
constexpr std::uint32_t kSackBlock = 8;

} // namespace

std::uint32_t
Receiver::SackRoom() const
{
    if (!HasSackBlocks())
    {
        return 0;
    }
    // tcp_established_options: the extension's options come first, 40 bytes hold all.
    const std::uint32_t before = (m_common.agreed.timestamps ? 12 : 0) +
                                 (m_common.extension ? m_common.extension->DataOptionBytes() : 0);
    const std::uint32_t room = kOptionRoom - std::min(kOptionRoom, before + kSackHead);
    const std::uint32_t blocks = std::min(m_sacks->BlockCount(), room / kSackBlock);
    return blocks > 0 ? kSackHead + kSackBlock * blocks : 0;
}

std::uint16_t
Receiver::ChooseWindow()
{
    auto& r = m_state;
    auto* extension = m_common.extension;
    if (m_noMemory)
    {
        m_noMemory = false;
        r.Tell().takenBackFrom =
            std::max(r.Facts().takenBackFrom, r.Facts().windowUpdated + r.Window());
        // A subflow still announces what its siblings have promised.
        r.SetWindow(extension ? extension->ShareReceiveWindow(0, r.WindowShift()) : 0);
        r.Tell().windowUpdated = r.Facts().next;
        ++m_common.troubles.Own().zeroWindowsSent;
        return static_cast<std::uint16_t>(r.Window() >> r.WindowShift());
    }
    const bool wasOpen = r.Window() > 0;
    if (extension && extension->OwnWindowMayShrink())
    {
        r.SetWindow(static_cast<std::uint32_t>(r.Facts().next - r.Facts().windowUpdated));
    }
    r.SetWindow(m_window->Select(r));
    if (extension)
    {
        r.SetWindow(extension->ShareReceiveWindow(r.Window(), r.WindowShift()));
    }
    r.Tell().windowUpdated = r.Facts().next;
    m_predicts = m_predicts && r.Window() > 0;
    if (r.Window() == 0 && wasOpen)
    {
        ++m_common.troubles.Own().zeroWindowsSent;
    }
    return static_cast<std::uint16_t>(
        std::min<std::uint32_t>(r.Window() >> r.WindowShift(), 65535));
}

void
Receiver::AddSackOption(TcpSegment& segment) const
{
    if (!m_common.agreed.sack)
    {
        return;
    }
    auto& options = segment.options;
    std::size_t room = SackBlocksThatFit(options);
    if (segment.payload.Length() > 0)
    {
        room = std::min<std::size_t>(room, SackRoom() / kSackBlock); // what the MSS left free
    }
    if (room == 0)
    {
        return;
    }
    const auto block = [this](const SackList::Run& run) {
        return SackBlock{m_common.ReceiveSeq(run.first), m_common.ReceiveSeq(run.second)};
    };
    std::uint8_t n = 0;
    if (m_sacks->HasDuplicate())
    {
        options.sack[n++] = block(m_sacks->Duplicate());
    }
    for (std::uint8_t i = 0; i < m_sacks->RunCount() && n < room; ++i)
    {
        options.sack[n++] = block(m_sacks->RunAt(i));
    }
    options.sackCount = n;
}

void
Receiver::NoteWindow(TimeNs now)
{
    if ((m_state.Window() == 0) != m_windowShut)
    {
        m_windowShut = !m_windowShut;
        m_common.source->Note(now,
                              m_windowShut ? Happening::WindowClosed : Happening::WindowOpened);
    }
}

void
Receiver::Stamp(TimeNs now, TimeNs departs, TcpSegment& segment, std::uint64_t begin)
{
    Sync(now);
    if (m_common.agreed.timestamps)
    {
        segment.options.hasTimestamps = true;
        segment.options.timestampValue = m_common.TimestampNow(departs);
        segment.options.timestampEcho = m_clock.Recent();
    }
    if (m_common.extension)
    {
        m_common.extension->OnTransmit(now, segment, begin);
    }
    segment.window = ChooseWindow();
    NoteWindow(now);
    if (!m_sacks->Empty())
    {
        AddSackOption(segment);
        m_sacks.Own().ForgetDuplicate();
    }
    if (m_common.agreed.ecn && m_ecnEcho)
    {
        segment.flags |= kEce;
    }
    m_queue.Acknowledge();
    m_acks->OnAckSent(m_state);
}

void
Receiver::StampSyn(TcpSegment& segment)
{
    m_queue.Acknowledge();
    segment.options.windowScale = m_state.WindowShift();
    if (m_common.agreed.timestamps)
    {
        segment.options.timestampEcho = m_clock.Recent();
    }
    segment.window = static_cast<std::uint16_t>(std::min<std::uint32_t>(m_state.Window(), 65535));
    m_state.Tell().windowUpdated = m_state.Facts().next;
}

void
Receiver::StampWaiting(TimeNs now, TcpSegment& segment) const
{
    segment.window = static_cast<std::uint16_t>(
        std::min<std::uint32_t>(m_state.Window() >> m_state.WindowShift(), 65535));
    if (m_common.agreed.timestamps)
    {
        segment.options.hasTimestamps = true;
        segment.options.timestampValue = m_common.TimestampNow(now);
        segment.options.timestampEcho = m_clock.Recent();
    }
}

} // namespace hoststack::tcp
