// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LINK_BEHAVIOUR_H
#define HS_LINK_BEHAVIOUR_H

#include "ns3/hs-link-packet.h"
#include "ns3/hs-link-parameters.h"
#include "ns3/hs-random.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace hoststack
{

/// What a behaviour may know about the queue it stands at.
struct LinkQueueState
{
    std::uint64_t packets{0}; ///< waiting, without the one in service
    std::uint64_t bytes{0};   ///< IP bytes waiting
    TimeNs freeAt{0};         ///< when the packet in service has left (in the past: idle); kNever
    TimeNs delay{0};          ///< QueueingDelay at this moment
    BitsPerSecond rate{0};    ///< configured rate now
};

/// What is to happen with a packet at the tail or at the head of the queue.
enum class LinkVerdict
{
    Accept,
    Mark, ///< accept with CE; becomes Drop for packets that are not ECN-capable
    Drop,
    Police, ///< at the tail only: drop because the packet is beyond an allowed rate
};

/// A stretch of capacity: from the end of the stretch before it until \p until.
struct LinkCapacity
{
    TimeNs until{kNever};
    double factor{1};       ///< of the link's rate
    std::uint64_t burst{0}; ///< bytes that may leave at once when it begins; unused ones are lost
};

/// What the way does to one packet. Behaviours add to it in their configured order.
struct LinkJourney
{
    TimeNs extraDelay{0};  ///< beyond the link's delay, not negative
    bool overtakes{false}; ///< true: this packet may be overtaken by later ones
    LinkDrop dropped{LinkDrop::None};
};

/**
 * A way in which real links differ from a rate, a delay and a queue. A variant overrides the
 * hooks it needs; those that it does not override are never called and cost nothing (HooksOf). One
 * small file per variant and one line in LinkBehaviours(): see docs/extending/link-behaviour.md.
 *
 * All hooks are called with times that never go back within one hook.
 */
class LinkBehaviour
{
  public:
    /// \name Bits of HooksOf()
    /// @{
    static constexpr unsigned kAdmit = 1;
    static constexpr unsigned kReplaces = 2;
    static constexpr unsigned kGate = 4;
    static constexpr unsigned kCapacity = 8;
    static constexpr unsigned kHead = 16;
    static constexpr unsigned kTravel = 32;
    static constexpr unsigned kTick = 64;
    static constexpr unsigned kQueue = 128; ///< it is a LinkFlowQueue
    /// @}

    virtual ~LinkBehaviour() = default;

    /// At the tail, before the queue limit is looked at.
    virtual LinkVerdict Admit(TimeNs now, const LinkPacket& packet, const LinkQueueState& queue);

    /// No packet: what Replaces returns for "none".
    static constexpr std::uint64_t kNoPosition = ~std::uint64_t{0};

    /**
     * The position of an earlier packet that \p packet, accepted at \p position, makes
     * superfluous. Positions count accepted packets from 0; one that already left the queue is
     * ignored, a waiting one is removed.
     */
    virtual std::uint64_t Replaces(const LinkPacket& packet, std::uint64_t position);

    /// When a packet accepted at \p now may begin to be served, at or after \p earliest (what the
    /// gates before this one said). The queue state is that before the packet.
    virtual TimeNs Gate(TimeNs now,
                        TimeNs earliest,
                        const LinkPacket& packet,
                        const LinkQueueState& queue);

    /// The next stretch of capacity; the first begins at time 0. Called as far ahead as needed.
    virtual LinkCapacity NextCapacity();

    /// As \p packet, accepted at \p arrived, is about to be served.
    virtual LinkVerdict AtHead(TimeNs now,
                               TimeNs arrived,
                               const LinkPacket& packet,
                               const LinkQueueState& queue);

    /// For each packet served; \p departs is when its last bit leaves. A rate change or an outage
    /// during its service moves the departure but does not ask again.
    virtual void Travel(TimeNs departs, const LinkPacket& packet, LinkJourney& journey);

    /// Called first at time 0, then at each time that it returned.
    virtual TimeNs Tick(TimeNs now, const LinkQueueState& queue);

    /// Mean rate of a behaviour whose bursts are the link's whole capacity, in place of
    /// LinkConfig::rate; 0 for all others.
    virtual BitsPerSecond OwnRate() const;
};

class LinkFlowQueue;

/// The hooks that \p Variant overrides, as the compiler sees them: no variant can forget one.
template <class Variant>
constexpr unsigned
HooksOf()
{
    using B = LinkBehaviour;
    const auto bit = [](bool overridden, unsigned hook) { return overridden ? hook : 0; };
    return bit(!std::is_same_v<decltype(&Variant::Admit), decltype(&B::Admit)>, B::kAdmit) |
           bit(!std::is_same_v<decltype(&Variant::Replaces), decltype(&B::Replaces)>,
               B::kReplaces) |
           bit(!std::is_same_v<decltype(&Variant::Gate), decltype(&B::Gate)>, B::kGate) |
           bit(!std::is_same_v<decltype(&Variant::NextCapacity), decltype(&B::NextCapacity)>,
               B::kCapacity) |
           bit(!std::is_same_v<decltype(&Variant::AtHead), decltype(&B::AtHead)>, B::kHead) |
           bit(!std::is_same_v<decltype(&Variant::Travel), decltype(&B::Travel)>, B::kTravel) |
           bit(!std::is_same_v<decltype(&Variant::Tick), decltype(&B::Tick)>, B::kTick) |
           bit(std::is_base_of_v<LinkFlowQueue, Variant>, B::kQueue);
}

/// A new behaviour and its hooks, made of a pointer to the variant itself.
struct MadeLinkBehaviour
{
    MadeLinkBehaviour() = default;

    template <class Variant>
    MadeLinkBehaviour(std::unique_ptr<Variant> made)
        : behaviour(std::move(made)),
          hooks(HooksOf<Variant>())
    {
        static_assert(!std::is_abstract_v<Variant> && !std::is_same_v<Variant, LinkBehaviour>,
                      "the hooks are those of the variant's own class");
    }

    std::unique_ptr<LinkBehaviour> behaviour;
    unsigned hooks{0};
};

/// What a variant is built from besides its parameters.
struct LinkBehaviourContext
{
    std::uint64_t seed{0};
    std::string stream; ///< name for its random stream: the direction's name and the kind
    BitsPerSecond rate{0};
    TimeNs delay{0};

    RandomStream Stream() const
    {
        return RandomStream(seed, stream);
    }
};

/// One line of the registry.
struct LinkBehaviourEntry
{
    std::string name;
    std::string about; ///< one line for `hoststack list`
    std::vector<LinkParameterInfo> parameters;
    /// Gets parameters that CheckLinkParameters has completed.
    /// \throws LinkConfigError for what a single parameter's range cannot say
    std::function<MadeLinkBehaviour(const LinkParameters&, const LinkBehaviourContext&)> create;
    bool setsRate{false}; ///< LinkConfig::rate is not used (LinkBehaviour::OwnRate)
    /// It decides which waiting packets leave or are dropped; a direction can have one of these.
    bool managesQueue{false};
};

/// The named link behaviours.
class LinkBehaviourRegistry
{
  public:
    explicit LinkBehaviourRegistry(std::vector<LinkBehaviourEntry> entries);

    const std::vector<LinkBehaviourEntry>& Entries() const
    {
        return m_entries;
    }

    std::vector<std::string> Names() const;

    /// \throws LinkConfigError with the nearest name
    const LinkBehaviourEntry& Get(const std::string& name) const;

    /// Adds a variant at run time; a known name is replaced.
    void Add(LinkBehaviourEntry entry);

  private:
    std::vector<LinkBehaviourEntry> m_entries;
};

LinkBehaviourRegistry& LinkBehaviours();

/// A uniform number of nanoseconds in [low, high).
TimeNs UniformTime(RandomStream& stream, TimeNs low, TimeNs high);

} // namespace hoststack

#endif // HS_LINK_BEHAVIOUR_H
