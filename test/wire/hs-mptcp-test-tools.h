// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_TEST_TOOLS_H
#define HS_MPTCP_TEST_TOOLS_H

#include "hs-test-bytes.h"
#include "ns3/hs-mptcp-options.h"

#include <string>

namespace hoststack::test
{

/// Options whose `other` is exactly these bytes, well formed or not.
inline TcpOptions
RawOptions(const std::string& hex)
{
    const Bytes bytes = FromHex(hex);
    TcpOptions tcp;
    std::copy(bytes.begin(), bytes.end(), tcp.other.begin());
    tcp.otherLength = static_cast<std::uint8_t>(bytes.size());
    return tcp;
}

/// The bytes that AppendMptcp() writes for one option.
template <class Option>
Bytes
Written(const Option& option)
{
    TcpOptions tcp;
    return AppendMptcp(option, tcp) ? OtherBytes(tcp) : Bytes{};
}

/// The options of a segment all of whose MPTCP options must be good.
inline MptcpOptions
Parsed(const std::string& hex)
{
    MptcpOptions mptcp;
    ParseMptcp(RawOptions(hex), mptcp);
    return mptcp;
}

} // namespace hoststack::test

#endif // HS_MPTCP_TEST_TOOLS_H
