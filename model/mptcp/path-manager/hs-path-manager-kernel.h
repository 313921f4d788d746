// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PATH_MANAGER_KERNEL_H
#define HS_PATH_MANAGER_KERNEL_H

#include "ns3/hs-path-manager.h"

#include <bitset>
#include <cstdint>

namespace hoststack::mptcp
{

/**
 * `kernel`: Linux' in-kernel path manager (net/mptcp/pm_kernel.c and pm.c of 6.18; facts sheet
 * linux.md 4.1), with its account per connection.
 *
 * - Announces `signal` endpoints, one per event. Opens a subflow from each `subflow` endpoint to
 *   the initial address of the peer, from `fullmesh` ones to each address that a subflow goes to.
 *   Both ends do; who accepted the connection is refused, as nobody listens at the peer's port.
 * - Each endpoint is used once per connection, announced or joined from; that of the first
 *   subflow counts as used. It comes back when it is removed and added again.
 * - An announcement is answered from every `fullmesh` endpoint; else from one free `laminar`
 *   endpoint; else, if the peer forbids its initial address and add_addr_accepted is 0, from the
 *   `subflow` endpoints; else from what routing chooses. It counts once a subflow came of it. The
 *   subflow limit is looked at before announcements are accepted, not for each.
 * - A peer that takes back its initial address takes all joins to it along. Nothing joins again:
 * the connection is without any subflow until its close timeout.
 */
class KernelPathManager : public PathManager
{
  public:
    KernelPathManager();
    void Decide(PathManagerView& view) override;
    void RemoveEndpoint(PathManagerView& view, const LocalEndpoint& endpoint) override;
    bool IgnoresAnnouncement(const PathManagerView& view) const override;

  private:
    using Filter = bool LocalEndpoint::*;

    void Begin(const PathManagerView& view);
    void AccountInitial(PathManagerView& view);
    void CreateOrSignal(PathManagerView& view);
    void OpenTo(PathManagerView& view, const LocalEndpoint& local, bool fullmesh);
    bool OpenOne(PathManagerView& view,
                 const LocalEndpoint& local,
                 const Endpoint& remote,
                 std::uint8_t remoteId);
    void Answer(PathManagerView& view);
    std::vector<LocalEndpoint> AnswerFrom(PathManagerView& view);
    std::vector<LocalEndpoint> FullmeshLocals(PathManagerView& view, bool forbidden);
    std::vector<LocalEndpoint> LaminarLocals(PathManagerView& view);
    std::vector<LocalEndpoint> ForbiddenLocals(PathManagerView& view);
    void OnRemoved(PathManagerView& view);
    const LocalEndpoint* Free(const PathManagerView& view, Filter flag) const;
    bool IsForbiddenCase(const PathManagerView& view, std::uint32_t extra) const;
    bool IsWorkLeft(const PathManagerView& view);
    void MarkUsed(const LocalEndpoint& endpoint);
    std::uint8_t WireId(const LocalEndpoint& endpoint) const;

    std::bitset<256> m_free;     ///< ids not used yet (id_avail_bitmap)
    std::uint8_t m_initialId{0}; ///< the first subflow's endpoint (mpc_endpoint_id); 0: none
    bool m_begun{false};
    bool m_initialAccounted{false};
    bool m_workPending{false};
    bool m_acceptsAddress{false};
    std::uint32_t m_extra{0};    ///< subflows beside the first, joins in progress included
    std::uint32_t m_used{0};     ///< `subflow` endpoints used (local_addr_used)
    std::uint32_t m_signaled{0}; ///< addresses announced
    std::uint32_t m_accepted{0}; ///< announcements that a subflow came of
};

} // namespace hoststack::mptcp

#endif // HS_PATH_MANAGER_KERNEL_H
