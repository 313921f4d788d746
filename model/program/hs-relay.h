// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RELAY_H
#define HS_RELAY_H

#include "ns3/hs-program.h"
#include "ns3/hs-relay-flow.h"
#include "ns3/hs-relay-settings.h"
#include "ns3/hs-sealed-stream.h"

#include <cstdint>
#include <functional>
#include <memory>

namespace hoststack
{

/**
 * What a TCP proxy does with one connection: takes it, opens one of its own (the onward one),
 * copies both ways, and ends with it.
 *
 * Each direction has one buffer: it is read into when it is empty and written out before the next
 * read, so what the slower side does not take stays in the kernel of the faster one, and its window
 * closes. The end of one side ends the writing to the other (shutdown(2)); when both have ended,
 * both are closed. A side that fails closes the other one, as close(2) does: with a reset if
 * something has not been read.
 *
 * Either side may be an authenticated tunnel (SealedStream). A relay that is called over one opens
 * its onward connection when the request has arrived; one that opens one sends the request with the
 * client's first bytes, or alone after a wait.
 *
 * Work is told as a tally; a cipher's is also told to the stream (ProgramIo::Compute), whose
 * machine may have a price for it. Not modelled: name resolution, time-outs of silent
 * connections, splice(2).
 */
class Relay
{
  public:
    /// Opens the onward connection and runs the given program on it.
    using Opener = std::function<void(std::unique_ptr<Program>)>;

    Relay(const RelaySettings& settings, RelayTally& tally, Opener opener);

    /// \name Before anything happens; nullptr: that side is no tunnel
    /// @{
    void SetNearTunnel(std::shared_ptr<SealedTunnel> tunnel);
    void SetFarTunnel(std::shared_ptr<SealedTunnel> tunnel);
    /// @}

    /// The program for the connection that was accepted. \p relay lives as long as its programs.
    static std::unique_ptr<Program> MakeNear(std::shared_ptr<Relay> relay);

  private:
    class End;

    void StepNear(ProgramIo& io, Ready ready);
    void StepFar(ProgramIo& io, Ready ready);
    void Fail(bool isNear);
    void Work();
    bool MoveAll();
    void OpenOnward();
    void SendRequest(bool waits);
    void FinishIfDone();

    RelaySettings m_settings;
    RelayTally& m_tally;
    Opener m_opener;
    std::weak_ptr<Relay> m_self;
    ProgramIo* m_near{nullptr};
    ProgramIo* m_far{nullptr};
    std::shared_ptr<SealedTunnel> m_nearTunnel;
    std::shared_ptr<SealedTunnel> m_farTunnel;
    RelayFlow m_up;   ///< from the accepted connection to the onward one
    RelayFlow m_down; ///< back
    bool m_isFarUp{false};
    bool m_isWorking{false};
    bool m_hasNews{false};
    bool m_isOver{false};
};

} // namespace hoststack

#endif // HS_RELAY_H
