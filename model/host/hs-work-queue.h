// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_WORK_QUEUE_H
#define HS_WORK_QUEUE_H

#include "ns3/hs-processor.h"

#include <memory>
#include <vector>

namespace hoststack::host
{

/**
 * Work that a kernel thread does, one item in each step, on the core where it was queued, as Linux'
 * system_wq does (kernel/workqueue.c): each core has one thread that takes its items in turn. That
 * another thread takes over while an item sleeps is not modelled; items of network code do not.
 */
class WorkQueue
{
  public:
    /// \p processor lives longer.
    explicit WorkQueue(Processor& processor);
    ~WorkQueue();

    /// \p work that waits already is not entered twice.
    void Queue(Context& context, Work& work);
    /// \p work is gone.
    void Forget(const Work& work);

  private:
    class Worker;

    Processor& m_processor;
    std::vector<std::unique_ptr<Worker>> m_workers; ///< by core, once it has had an item
};

} // namespace hoststack::host

#endif // HS_WORK_QUEUE_H
