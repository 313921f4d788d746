// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DISPATCH_WORKERS_H
#define HS_DISPATCH_WORKERS_H

#include "ns3/hs-dispatch-study.h"

namespace hoststack::host
{

/**
 * Which of a server's workers get the connections: all wait at one listener, or each has its own in
 * a group of SO_REUSEPORT and the table chooses by hash.
 *
 * At one listener a connection wakes one of the waiting workers. With epoll each worker's entry
 * stands in the listener's queue for good, so it is the first in that order that waits at all
 * (ep_insert(), ep_poll_callback(), EPOLLEXCLUSIVE); in accept() who waits anew goes to the tail
 * (prepare_to_wait_exclusive()). A connection that finds nobody waiting is taken by who is free
 * first.
 */
class DispatchWorkers final : public DispatchStudy
{
  public:
    std::vector<DispatchFigures> Plan(const DispatchStudySettings& settings) const override;
    std::vector<DispatchFigures> Run(const DispatchStudySettings& settings,
                                     std::uint64_t seed) const override;
};

} // namespace hoststack::host

#endif // HS_DISPATCH_WORKERS_H
