// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_KERNEL_STREAM_LOOP_H
#define HS_KERNEL_STREAM_LOOP_H

#include "ns3/hs-kernel-stream.h"
#include "ns3/hs-units.h"

#include <vector>

namespace hoststack
{

/// Waits for streams of the kernel, edge-triggered as epoll(7) does, and for their timers.
class KernelStreamLoop
{
  public:
    /// \throws std::runtime_error
    KernelStreamLoop();
    ~KernelStreamLoop();
    KernelStreamLoop(const KernelStreamLoop&) = delete;
    KernelStreamLoop& operator=(const KernelStreamLoop&) = delete;

    /// \p stream has begun. It must outlive the loop.
    void Add(KernelStream& stream);

    /// Becomes readable when a stream has something to be told.
    int Descriptor() const
    {
        return m_epoll;
    }

    /// The next timer; kNever: there is none.
    TimeNs Deadline() const;
    /// Tells all streams what there is to tell; waits for nothing.
    void Run();

  private:
    int m_epoll;
    bool m_isVain{false}; ///< some wait returned with nothing, last
    TimeNs m_vainAt{-1};  ///< when
    std::vector<KernelStream*> m_streams;
};

} // namespace hoststack

#endif // HS_KERNEL_STREAM_LOOP_H
