// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_NAPI_THREAD_H
#define HS_NAPI_THREAD_H

#include "ns3/hs-processor.h"

#include <cstdint>
#include <string>

namespace ns3
{

/// The thread that polls a device, and the interrupt that wakes it (napi_threaded_poll() of Linux
/// 6.12).
class HoststackNapiThread final : public hoststack::host::Work
{
  public:
    /// \param core of the device's interrupt
    HoststackNapiThread(hoststack::host::Processor& processor,
                        hoststack::host::CoreId core,
                        std::uint32_t device,
                        hoststack::host::Work& poll)
        : m_processor(processor),
          m_core(core)
    {
        hoststack::host::ThreadConfig config;
        config.name = "napi/" + std::to_string(device);
        config.kind = hoststack::host::ContextKind::KernelThread;
        config.polls = true;
        m_thread = &m_processor.Spawn(config, poll);
    }

    void Ask(hoststack::TimeNs now)
    {
        m_processor.Interrupt(now, m_core, *this);
    }

    void Run(hoststack::host::Context& context) override
    {
        m_processor.Wake(context.ClockTime(), *m_thread);
    }

  private:
    hoststack::host::Processor& m_processor;
    const hoststack::host::CoreId m_core;
    hoststack::host::Thread* m_thread;
};

} // namespace ns3

#endif // HS_NAPI_THREAD_H
