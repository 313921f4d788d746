// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SOFTNET_H
#define HS_SOFTNET_H

#include "ns3/hs-frame.h"
#include "ns3/hs-packet-steering.h"
#include "ns3/hs-processor.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace ns3
{

class HoststackNetDevice;
class HoststackPacketInput;

/**
 * The backlogs of a machine's cores and who steers received units to them (softnet_data of Linux,
 * net/core/dev.c of 6.12): enqueue_to_backlog(), process_backlog(),
 * net_rps_action_and_irq_enable().
 *
 * A backlog whose core does not work on it is told once the poll has had its turn, with an
 * interrupt to that core, or, if it is the poll's own, as work that follows. A backlog takes units
 * until more than the limit wait; those that its core has begun to work on do not count.
 *
 * The units of one poll reach the backlogs when the poll has been paid for them, piece by piece.
 */
class HoststackSoftnet final : private hoststack::host::Effect
{
  public:
    struct Counters
    {
        std::uint64_t units{0};   ///< put into the backlog
        std::uint64_t dropped{0}; ///< units that found it full (second column of softnet_stat)
        std::uint64_t signals{0}; ///< interrupts from other cores (received_rps)
    };

    /// All of them live longer. \throws hoststack::UnknownName
    HoststackSoftnet(hoststack::host::Processor& processor,
                     const HoststackPacketInput& input,
                     const hoststack::host::SteeringSettings& settings,
                     std::size_t cores);
    ~HoststackSoftnet();

    /// Of the machine's devices.
    hoststack::host::PacketSteering& Steering() const
    {
        return *m_steering;
    }

    /**
     * A unit of a poll, of which IP is to see \p frames.
     * \return false: the poll goes on with it; else the caller gives its frames to Keep()
     */
    bool Steer(hoststack::host::Context& context,
               HoststackNetDevice& device,
               std::uint32_t hash,
               std::size_t frames);

    void Keep(const HoststackFrame& frame)
    {
        m_frames.push_back(frame);
    }

    /// A piece of a poll is over: what it has steered goes once it has been paid.
    void EndPiece(hoststack::host::Context& context);
    /// A poll has had its turn: other cores are told.
    void EndTurn(hoststack::host::Context& context);

    std::size_t Cores() const
    {
        return m_backlogs.size();
    }

    Counters GetCounters(std::size_t core) const;

  private:
    class Backlog;

    /// What was steered, until it has been paid.
    struct Steered
    {
        HoststackNetDevice* device;
        std::uint32_t hash;
        std::uint32_t frames;
        hoststack::host::CoreId core;
    };

    void Happen(hoststack::TimeNs at) override;
    void Put(hoststack::TimeNs at, const Steered& unit);

    hoststack::host::Processor& m_processor;
    const HoststackPacketInput& m_input;
    const hoststack::host::SteeringSettings m_settings;
    std::unique_ptr<hoststack::host::PacketSteering> m_steering;
    std::vector<std::unique_ptr<Backlog>> m_backlogs; ///< by core
    std::vector<std::uint64_t> m_heads;               ///< by core: units taken from its backlog
    std::deque<Steered> m_steered;
    std::deque<HoststackFrame> m_frames; ///< of these units
    std::deque<std::size_t> m_pieces;    ///< units in m_steered of each piece that is being paid
    std::size_t m_open{0};               ///< units in m_steered of the piece under way
    std::vector<hoststack::host::CoreId> m_toTell; ///< when the turn is over
};

} // namespace ns3

#endif // HS_SOFTNET_H
