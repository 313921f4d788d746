// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-interrupt-moderation.h"

#include "ns3/hs-moderation-adaptive.h"

namespace hoststack
{

namespace
{

/// Behind \p waiting ones, before \p packets wait.
std::uint32_t
FramesBefore(std::uint32_t packets, std::uint32_t waiting)
{
    if (packets == 0)
    {
        return InterruptModeration::kAnyNumber;
    }
    return packets > waiting + 1 ? packets - waiting - 1 : 0;
}

/// Each frame asks at once.
class NoModeration : public InterruptModeration
{
  public:
    TimeNs OnFrame(TimeNs now, std::uint32_t /*waiting*/) override
    {
        return now;
    }
};

/// A fixed time after the first frame that waits, or when so many wait.
class FixedModeration : public InterruptModeration
{
  public:
    FixedModeration(TimeNs delay, std::uint32_t packets)
        : m_delay(delay),
          m_packets(packets)
    {
    }

    TimeNs OnFrame(TimeNs now, std::uint32_t waiting) override
    {
        if (waiting <= 1)
        {
            m_due = now + m_delay;
        }
        return m_packets > 0 && waiting >= m_packets ? now : m_due;
    }

    std::uint32_t FramesUnseen(std::uint32_t waiting) const override
    {
        return FramesBefore(m_packets, waiting);
    }

  private:
    const TimeNs m_delay;
    const std::uint32_t m_packets;
    TimeNs m_due{0};
};

/// At the multiples of a time, as a timer of the device that runs on, or when so many wait.
class GridModeration : public InterruptModeration
{
  public:
    GridModeration(TimeNs period, std::uint32_t packets)
        : m_period(period),
          m_packets(packets)
    {
    }

    TimeNs OnFrame(TimeNs now, std::uint32_t waiting) override
    {
        const bool isNow = m_period == 0 || (m_packets > 0 && waiting >= m_packets);
        return isNow ? now : (now + m_period - 1) / m_period * m_period;
    }

    std::uint32_t FramesUnseen(std::uint32_t waiting) const override
    {
        return m_period == 0 ? 0 : FramesBefore(m_packets, waiting);
    }

  private:
    const TimeNs m_period;
    const std::uint32_t m_packets;
};

} // namespace

Registry<InterruptModeration, const ModerationSettings&>&
InterruptModerations()
{
    using Settings = ModerationSettings;
    static Registry<InterruptModeration, const Settings&> registry(
        "interrupt moderation",
        {
            {"none",
             "an interrupt as soon as a frame arrives",
             [](const Settings&) { return std::make_unique<NoModeration>(); }},
            {"fixed",
             "a fixed time after the first frame that waits (rx-usecs)",
             [](const Settings& s) { return std::make_unique<FixedModeration>(s.delay, 0); }},
            {"packets-or-time",
             "the same, or as soon as so many frames wait (rx-frames)",
             [](const Settings& s) {
                 return std::make_unique<FixedModeration>(s.delay, s.packets);
             }},
            {"grid",
             "at the multiples of a time",
             [](const Settings& s) { return std::make_unique<GridModeration>(s.delay, 0); }},
            {"packets-or-grid",
             "the same, or as soon as so many frames wait: batches of a modem (QMAP)",
             [](const Settings& s) {
                 return std::make_unique<GridModeration>(s.delay, s.packets);
             }},
            {"adaptive",
             "Linux' dynamic moderation: 1 to 256 us by the rates of bytes, packets and interrupts",
             [](const Settings&) { return std::make_unique<AdaptiveModeration>(); }},
        });
    return registry;
}

} // namespace hoststack
