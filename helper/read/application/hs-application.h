// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_APPLICATION_H
#define HS_APPLICATION_H

#include "ns3/hs-program.h"
#include "ns3/hs-scenario.h"

#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hoststack
{

class TrafficBlock;

/**
 * What runs on the connections of one traffic: a kind (`traffic.NAME.kind`) with its settings.
 *
 * A kind is one file in this folder and one line in Applications(): it reads its keys from the
 * block of the traffic, makes the programs of both ends, and says what they have to do with each
 * other. Everything else of a traffic (hosts, times, protocol, connections) is the same for all.
 */
class Application
{
  public:
    /// Who runs a program.
    enum class Machine
    {
        Simulated,
        Real, ///< waking up and copying take the time that they take there; a process of its own
    };

    virtual ~Application() = default;

    /// What runs on each connection at its end `from`, or `to`.
    virtual std::unique_ptr<Program> MakeProgram(bool atFrom, Machine machine) const = 0;

    /// The bytes that count come from `from`, else from `to`: it is the \e source, the other end
    /// the \e sink.
    virtual bool IsFedByFrom() const = 0;

    /// It will be over by itself, not only when it is stopped.
    virtual bool HasEnd() const = 0;

    /// It measures times from question to answer.
    virtual bool Asks() const
    {
        return false;
    }

    /// Simulated, its two programs know of each other what the stream does not carry; on real
    /// machines the stream does. So one of each kind do not understand each other.
    virtual bool SharesMemory() const
    {
        return false;
    }

    /// The sink wants to be woken only for so many bytes, or the end (SO_RCVLOWAT).
    virtual std::uint64_t LowWaterMark() const
    {
        return 1;
    }

    /// The bytes of the other direction count, too: both ends must be over.
    virtual bool IsBothWays() const
    {
        return false;
    }
};

/// A line of the registry.
struct ApplicationKind
{
    std::string name; ///< what `kind` gives
    std::string about;
    /// Reads its keys of a block; may set in the traffic what the block says in words of this kind.
    std::unique_ptr<Application> (*read)(TrafficBlock&, TrafficSpec&);
    /// Schema of the keys that no other kind has, as properties; nullptr: they stand in the schema.
    nlohmann::ordered_json (*keys)(){nullptr};
};

/// In the order in which they are documented.
const std::vector<ApplicationKind>& Applications();

/// \throws UnknownName
std::unique_ptr<Application> ReadApplication(const std::string& kind,
                                             TrafficBlock& block,
                                             TrafficSpec& traffic);

/// \name Hosts of a traffic by what they do with the bytes that count
/// @{
inline std::size_t
SourceHost(const TrafficSpec& traffic)
{
    return traffic.application->IsFedByFrom() ? traffic.from : traffic.to;
}

inline std::size_t
SinkHost(const TrafficSpec& traffic)
{
    return traffic.application->IsFedByFrom() ? traffic.to : traffic.from;
}

/// @}

} // namespace hoststack

#endif // HS_APPLICATION_H
