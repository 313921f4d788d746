// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_THREAD_H
#define HS_THREAD_H

#include "ns3/hs-context.h"
#include "ns3/hs-units.h"
#include "ns3/hs-work-frame.h"

#include <cstdint>
#include <string>

namespace hoststack::host
{

class ThreadScheduler;

constexpr std::uint64_t kAllCores = ~std::uint64_t{0};

struct ThreadConfig
{
    std::string name;
    ContextKind kind{ContextKind::User}; ///< or KernelThread
    int nice{0};                         ///< -20 to 19
    std::uint64_t cores{kAllCores};      ///< bit n: may run on core n
    /// It polls: its steps are as soft interrupts to locks and contexts (local_bh_disable), and
    /// counted in its name.
    bool polls{false};
};

enum class ThreadState : std::uint8_t
{
    Sleeping,
    Runnable, ///< waits for a core
    Running,
};

/**
 * A thread: work that is done when it is woken, step by step, in turn with other threads. Its
 * processor makes it and keeps it. A record that processor and scheduler share.
 */
struct Thread
{
    std::uint32_t id{0}; ///< in the order of Spawn
    ThreadConfig config;
    Work* work{nullptr};

    /// \name Of the core
    /// @{
    ThreadState state{ThreadState::Sleeping};
    CoreId core{0};          ///< where it runs, waits or ran last
    bool isWoken{false};     ///< there was a reason to run since its step began
    TimeNs runnableSince{0}; ///< while it waits
    TimeNs ran{0};           ///< sum of what it has had of a core
    Frame frame;             ///< of its step
    /// @}

    /// \name Of the thread scheduler
    /// @{
    std::uint32_t weight{1024};
    TimeNs virtualTime{0}; ///< of its queue: what it ran, by its weight
    TimeNs deadline{0};    ///< in virtual time
    TimeNs lag{0};         ///< of virtual time, when it went to sleep: what its share owed it
    TimeNs sliceUsed{0};   ///< of core time, since it was chosen
    ThreadScheduler* queue{nullptr}; ///< whose virtual time that is
    /// @}
};

} // namespace hoststack::host

#endif // HS_THREAD_H
