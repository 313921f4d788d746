// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_TEXT_H
#define HS_MPTCP_TEXT_H

#include "ns3/hs-mptcp-options.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace hoststack
{

/// " 0x" and the bytes in hexadecimal digits; nothing for no bytes.
std::string HexItem(const std::uint8_t* bytes, std::size_t length);

/**
 * One option of kind 30 in the manner of tcpdump (4.99):
 *
 *     mptcp capable v1                            SYN; further: csum, ext, no-join, algo 0x..
 *     mptcp capable v1 {0x..,0x..} len 5 csum 0x.. ACK with data
 *     mptcp join backup id 1 token 0x.. nonce 0x..
 *     mptcp join id 1 hmac 0x.. nonce 0x..
 *     mptcp join hmac 0x..
 *     mptcp dss fin ack 5 seq 7 subseq 1 len 100 csum 0x..
 *     mptcp add-addr v1 id 1 192.0.2.1:80 hmac 0x..
 *     mptcp add-addr v1-echo id 1 2001:db8::1.80
 *     mptcp rem-addr id 1 2
 *     mptcp prio backup                           or non-backup
 *     mptcp fail seq 7
 *     mptcp fast-close key 0x..
 *     mptcp reset transient reason 2              other flags as U, V, W
 *     mptcp dss[bad opt] 0x..                     length or flags wrong
 *     mptcp unknown-9 0x..                        and `mptcp[bad opt]` without a subtype
 *
 * DSS marks numbers of 32 bits as ack32 and seq32, since tcpdump shows them alike.
 *
 * \param length of the option, at least 2; its length byte says the same
 */
std::string MptcpOptionToString(const std::uint8_t* option, std::size_t length);

/// All that are present, with commas, in the order AppendMptcp() writes them.
std::string ToString(const MptcpOptions& mptcp);

} // namespace hoststack

#endif // HS_MPTCP_TEXT_H
