// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RELAY_FLOW_H
#define HS_RELAY_FLOW_H

#include "ns3/hs-content-queue.h"
#include "ns3/hs-program-io.h"
#include "ns3/hs-sealed-stream.h"

#include <algorithm>
#include <cstdint>

namespace hoststack
{

/// The work of a relay, in plain counts.
struct RelayTally
{
    std::uint64_t accepted{0};    ///< connections
    std::uint64_t opened{0};      ///< onward ones
    std::uint64_t failed{0};      ///< that ended with an error on one side
    std::uint64_t wakeUps{0};     ///< times it was told that something is ready
    std::uint64_t idleWakeUps{0}; ///< ... and found nothing to do
    std::uint64_t reads{0};       ///< calls that gave bytes
    std::uint64_t writes{0};      ///< calls, also those that took nothing
    std::uint64_t copied{0};      ///< bytes read from a socket and written to one, counted once
    std::uint64_t sealed{0};      ///< bytes of payload that went through the cipher ...
    std::uint64_t seals{0};       ///< ... in so many chunks
    std::uint64_t unsealed{0};
    std::uint64_t unseals{0};
    std::uint64_t heldMost{0}; ///< bytes in the hand of one direction, most

    void Add(const RelayTally& other)
    {
        accepted += other.accepted;
        opened += other.opened;
        failed += other.failed;
        wakeUps += other.wakeUps;
        idleWakeUps += other.idleWakeUps;
        reads += other.reads;
        writes += other.writes;
        copied += other.copied;
        sealed += other.sealed;
        seals += other.seals;
        unsealed += other.unsealed;
        unseals += other.unseals;
        heldMost = std::max(heldMost, other.heldMost);
    }
};

/// One direction of a relay: reads, opens what was sealed, seals what is to be, writes.
class RelayFlow
{
  public:
    /// \p opens and \p seals may be nullptr.
    void SetStreams(SealedStream* opens, SealedStream* seals)
    {
        m_opens = opens;
        m_seals = seals;
    }

    /// Moves what can be moved. \param buffer bytes that it reads before it writes
    /// \return whether something was moved
    bool Move(ProgramIo& from, ProgramIo& to, std::uint64_t buffer, RelayTally& tally);

    /// Seals what goes before all chunks, to be sent with the next Move().
    void BeginSealed();

    /// Takes in what has arrived, without writing. \return whether a first chunk has been opened
    bool HasBegun(ProgramIo& from, std::uint64_t buffer, RelayTally& tally);

    /// What has arrived can never be opened.
    bool IsBroken() const
    {
        return m_opens && m_opens->IsBroken();
    }

    /// The end of the one side has been told to the other.
    bool HasEnded() const
    {
        return m_ended;
    }

  private:
    bool Fetch(ProgramIo& from, std::uint64_t buffer, RelayTally& tally);
    void Unseal(ProgramIo& io, RelayTally& tally);
    void Seal(ProgramIo& io, RelayTally& tally);

    SealedStream* m_opens{nullptr};
    SealedStream* m_seals{nullptr};
    ContentQueue m_sealed; ///< as it was read, not yet a whole chunk
    ContentQueue m_plain;  ///< to be sealed or written
    ContentQueue m_out;    ///< sealed, to be written
    bool m_begun{false};   ///< a chunk has been opened
    bool m_ended{false};
};

} // namespace hoststack

#endif // HS_RELAY_FLOW_H
