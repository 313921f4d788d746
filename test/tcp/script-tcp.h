// SPDX-License-Identifier: GPL-2.0-only

#ifndef SCRIPT_TCP_H
#define SCRIPT_TCP_H

#include "ns3/hs-network-error.h"
#include "ns3/hs-tcp-config.h"
#include "ns3/hs-tcp-segment.h"
#include "ns3/hs-tcp-types.h"

#include <cstdint>
#include <functional>
#include <istream>
#include <string>
#include <vector>

// What scripts about plain TCP and scripts about MPTCP have in common: settings, numbers to ask
// for, segments as text. What cannot be read is a std::invalid_argument.

namespace hoststack::test
{

/// Exact timers, round segments and no clock in the options keep scripts short.
tcp::Config ScriptTcpConfig();

/// \return false if \p key is no setting
bool SetTcp(tcp::Config& config, const std::string& key, const std::string& value);

/// The number that scripts call \p name; \return false if nothing is called so
bool MeasureTcp(const tcp::Info& info, const std::string& name, double& value);

/// The tcp::Event bit called \p name, 0 if there is none.
std::uint32_t TcpEventBit(const std::string& name);

/// A fault's name, the number of the segment it is about counted from \p iss, and "reverts" or
/// "ends".
tcp::NetworkError ParseNetworkError(std::istream& in, Seq32 iss);

/// Initial sequence numbers, as a segment's text counts from them.
struct SegmentBase
{
    Seq32 sender;
    Seq32 other;
};

/// Takes an option that is not TCP's own; false if it is unknown.
using OtherOption = std::function<bool(const std::string& option, TcpSegment& segment)>;

/// The payload is virtual.
TcpSegment ParseSegment(const std::string& text,
                        const SegmentBase& base,
                        const OtherOption& other = nullptr);

std::string ShowSegment(const TcpSegment& segment, const SegmentBase& base);

/// True if everything but options is as \p text, which was read as \p expected, asks for.
bool SameApartFromOptions(const TcpSegment& expected,
                          const TcpSegment& got,
                          const std::string& text);

/// Each as text, without NOPs.
std::vector<std::string> OptionList(const TcpOptions& options);

} // namespace hoststack::test

#endif // SCRIPT_TCP_H
