// SPDX-License-Identifier: GPL-2.0-only

#ifndef TRANSCRIPT_OPTIONS_H
#define TRANSCRIPT_OPTIONS_H

#include "ns3/hs-mptcp-crypto.h"
#include "ns3/hs-mptcp-options.h"
#include "ns3/hs-payload.h"

#include <cstdint>
#include <string>

// MPTCP options as transcripts write them: those of hs-mptcp-text.h, with names instead of numbers
// that follow from keys and nonces.

namespace hoststack::test
{

/// The two ends on one subflow: \e own is the connection under test.
struct ScriptEnds
{
    MptcpJoinParty own;
    MptcpJoinParty peer;
    bool fromPeer{false}; ///< the option that is read or shown comes from the peer
};

/// Byte \p offset of the data stream, in both directions (the first byte has offset 1).
std::uint8_t ScriptByte(std::uint64_t offset);
Payload ScriptBytes(std::uint64_t offset, std::uint32_t length);

/// Reads "mptcp ..." or "raw 0x..." into \p tcp. \throws std::invalid_argument
bool ReadMptcpOption(const std::string& text, const ScriptEnds& ends, TcpOptions& tcp);

/// With data numbers that count from the initial ones, as scripts write them.
TcpOptions WithRelativeNumbers(const TcpOptions& tcp, const ScriptEnds& ends);

} // namespace hoststack::test

#endif // TRANSCRIPT_OPTIONS_H
