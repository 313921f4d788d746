// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HPTS_HOST_H
#define HS_HPTS_HOST_H

#include "ns3/hs-clock.h"
#include "ns3/hs-hpts.h"
#include "ns3/hs-pacer.h"
#include "ns3/hs-processor.h"
#include "ns3/hs-random.h"
#include "ns3/hs-time-histogram.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace hoststack
{

/// How a host's HPTS is to be.
struct HptsHostSettings
{
    HptsHostSettings();
    explicit HptsHostSettings(const HptsVersion& which);

    HptsVersion version;
    HptsSettings sysctls;
    HptsTopology topology;
    std::uint64_t seed{0};
};

/**
 * HPTS on a host: its timers are the host's alarms, its threads timer work of the host's processor,
 * on the core of the wheel's number. On a host that costs nothing everything is punctual.
 *
 * Where work takes time a run does what it lets connections do, in its own context: it ends as much
 * later, finds out who has become due meanwhile, and gives up at `loopmax`. It keeps the sockets
 * that it has served until it is over.
 *
 * The soft-timer hook is run by whoever calls SoftTimer().
 */
class HptsHost final : public PacingHost,
                       private HptsPlatform,
                       public std::enable_shared_from_this<HptsHost>
{
  public:
    /// \p clock and \p processor live until Stop().
    static std::shared_ptr<HptsHost> Make(Clock& clock,
                                          host::Processor& processor,
                                          const HptsHostSettings& settings);
    ~HptsHost() override;

    /// The host is gone; connections may live longer.
    void Stop();

    /// The time of what is being done.
    TimeNs Present()
    {
        return Now();
    }

    /// Of the run that is under way, on a host whose work takes time; else nullptr.
    host::Context* RunContext() const
    {
        return m_context != nullptr && m_context->GetFrame() != nullptr ? m_context : nullptr;
    }

    /// A connection of the host.
    void Init(HptsEntry& entry);
    /// \p entry is to be served \p us after \p now.
    HptsInsertion Insert(TimeNs now, HptsEntry& entry, std::uint64_t us);
    void Remove(HptsEntry& entry);
    void Forget(HptsEntry& entry);

    /// Chooses its wheel if that has not been done (tcp_set_hpts), before it is on one.
    void SetCpu(HptsEntry& entry);

    /// LRO of device \p device has declared that its packets come on \p core.
    void LearnLroCpu(std::uint32_t device, std::uint16_t core);
    /// What it has; HptsEntry::kNoCpu: nothing yet.
    std::uint16_t LroCpu(std::uint32_t device) const;

    /// A trigger state in \p context: a return to user mode, the end of a batch of packets.
    void SoftTimer(host::Context& context);

    const Hpts& Timers() const
    {
        return *m_hpts;
    }

    /// What only a host knows of its wheels.
    struct Figures
    {
        std::uint64_t callouts{0}; ///< times that a wheel's timer was armed
        std::uint64_t runs{0};     ///< of all kinds
        std::uint64_t calls{0};    ///< of connections
        std::uint64_t slotsWalked{0};
        std::uint64_t inputs{0}; ///< calls that found packets that LRO had queued
        std::uint64_t bursts{0}; ///< of paced connections
        TimeHistogram gaps;      ///< between two of them, of one connection
        TimeHistogram lateness;  ///< of the wheel, against what was asked for; early is 0
        TimeHistogram triggers;  ///< from one trigger state of the soft timers to the next
    };

    /// A connection has sent a burst, \p gap after its last; negative: it was not paced.
    void NoteBurst(TimeNs gap);
    /// A connection was served so much later than it had asked for.
    void NoteService(TimeNs lateness);

    /// A connection was called and had packets that LRO had queued.
    void NoteInput()
    {
        ++m_figures.inputs;
    }

    const Figures& GetFigures() const
    {
        return m_figures;
    }

  private:
    class WheelWork;

    HptsHost(Clock& clock, host::Processor& processor, const HptsHostSettings& settings);

    host::CoreId CoreOf(std::uint16_t wheel) const;

    TimeNs Now() override;
    void WakeThread(std::uint16_t wheel) override;
    void ArmCallout(std::uint16_t wheel, std::uint32_t us, bool wasPending) override;
    void StopCallout(std::uint16_t wheel, bool wasPending) override;
    std::uint32_t Random() override;
    void OnSlotsWalked(std::uint16_t wheel, std::uint32_t slots) override;
    void OnRunEnd(const HptsRun& run) override;

    Clock* m_clock;
    host::Processor* m_processor;
    host::Context* m_context{nullptr}; ///< of the work that is being done
    TimeNs m_now{0};                   ///< as somebody has said outside of a run
    TimeNs m_floor{0};                 ///< the wheel in question has been run until then
    RandomStream m_random;
    std::vector<TimeNs> m_ranUntil; ///< by wheel
    Figures m_figures;
    TimeNs m_triggeredAt{-1};
    std::vector<std::uint16_t> m_lroCpus; ///< by device
    std::vector<std::unique_ptr<WheelWork>> m_works;
    std::unique_ptr<Hpts> m_hpts;
};

} // namespace hoststack

#endif // HS_HPTS_HOST_H
