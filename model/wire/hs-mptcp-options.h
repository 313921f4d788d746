// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_OPTIONS_H
#define HS_MPTCP_OPTIONS_H

#include "ns3/hs-byte-order.h"
#include "ns3/hs-ip-address.h"
#include "ns3/hs-sequence.h"
#include "ns3/hs-tcp-segment.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

/**
 * \file
 * Multipath TCP options, version 1 (RFC 8684), between the bytes in TcpOptions::other and values.
 *
 * Nothing here allocates or knows a connection. Reserved bits are ignored when read and written as
 * 0. Lengths are those of the option itself; the TCP codec puts NOPs behind it up to four bytes.
 */

namespace hoststack
{

/// IANA "TCP Option Kind Numbers".
constexpr std::uint8_t kOptionMptcp = 30;

/// RFC 8684 section 8.2, "MPTCP Option Subtypes".
enum class MptcpSubtype : std::uint8_t
{
    Capable = 0,
    Join = 1,
    Dss = 2,
    AddAddress = 3,
    RemoveAddress = 4,
    Priority = 5,
    Fail = 6,
    FastClose = 7,
    Reset = 8,
};

/// Number of subtypes with a value type.
constexpr std::size_t kMptcpSubtypes = 9;

/// MP_CAPABLE flags, RFC 8684 section 3.1. Bits 0x1f say which algorithm the keys are used with.
enum MptcpCapableFlag : std::uint8_t
{
    kMptcpChecksumRequired = 0x80, ///< A
    kMptcpExtensibility = 0x40,    ///< B: 0 in this version
    kMptcpNoJoinToInitial = 0x20,  ///< C: no joins to the address and port of this connection
    kMptcpHmacSha256 = 0x01,       ///< H
    kMptcpAlgorithmMask = 0x1f,    ///< D to H
};

/// DSS flags, RFC 8684 section 3.3.
enum MptcpDssFlag : std::uint8_t
{
    kMptcpDataFin = 0x10,    ///< F
    kMptcpSequence64 = 0x08, ///< m
    kMptcpMapping = 0x04,    ///< M
    kMptcpAck64 = 0x02,      ///< a
    kMptcpDataAck = 0x01,    ///< A
};

/// The lowest bit beside the subtype: B of MP_JOIN and MP_PRIO, E of ADD_ADDR, T of MP_TCPRST.
constexpr std::uint8_t kMptcpLowFlag = 0x01;

/// MP_CAPABLE, RFC 8684 section 3.1. Its length says which of the forms it is.
struct MptcpCapable
{
    enum class Form : std::uint8_t
    {
        Syn,    ///< 4 bytes
        SynAck, ///< 12 bytes, with the sender's key
        Ack,    ///< 20 bytes, with both keys
        Data,   ///< 22 bytes, or 24 with a checksum: both keys and the length of the first data
    };

    Form form{Form::Syn};
    std::uint8_t version{1};
    std::uint8_t flags{kMptcpHmacSha256}; ///< MptcpCapableFlag bits
    bool hasChecksum{false};              ///< Data only
    std::uint16_t length{0};              ///< Data only: bytes of data from the first on
    std::uint16_t checksum{0};            ///< as MptcpDss::checksum
    std::uint64_t senderKey{0};
    std::uint64_t receiverKey{0};

    bool Has(MptcpCapableFlag flag) const
    {
        return (flags & flag) != 0;
    }

    constexpr std::size_t Bytes() const
    {
        constexpr std::size_t bytes[] = {4, 12, 20, 22};
        return bytes[static_cast<std::size_t>(form)] + (HasChecksumField() ? 2 : 0);
    }

    constexpr bool HasChecksumField() const
    {
        return form == Form::Data && hasChecksum;
    }
};

/// MP_JOIN, RFC 8684 section 3.2. Its length says which of the forms it is.
struct MptcpJoin
{
    enum class Form : std::uint8_t
    {
        Syn,    ///< 12 bytes: token of the receiver, nonce
        SynAck, ///< 16 bytes: leftmost 64 bits of the HMAC, nonce
        Ack,    ///< 24 bytes: leftmost 160 bits of the HMAC
    };

    Form form{Form::Syn};
    bool backup{false};        ///< not in Ack
    std::uint8_t addressId{0}; ///< not in Ack
    std::uint32_t token{0};
    std::uint32_t nonce{0};
    std::uint64_t shortHmac{0};
    std::array<std::uint8_t, 20> hmac{};

    constexpr std::size_t Bytes() const
    {
        return form == Form::Syn ? 12 : form == Form::SynAck ? 16 : 24;
    }
};

/**
 * DSS, RFC 8684 section 3.3. A number of 32 bits keeps its low half here; DataAckNear() and
 * DataSequenceNear() find the rest. `length` counts a DATA_FIN; 0 is the infinite mapping.
 */
struct MptcpDss
{
    bool hasAck{false};
    bool ack64{false};
    bool hasMapping{false};
    bool sequence64{false};
    bool hasChecksum{false}; ///< only with a mapping
    bool dataFin{false};
    std::uint16_t length{0};
    std::uint16_t checksum{0}; ///< DssChecksum::Value()
    /// First byte of the mapping in the subflow, relative to its initial sequence number (the first
    /// data byte is 1); 0 for a DATA_FIN without data.
    std::uint32_t subflowSequence{0};
    std::uint64_t dataAck{0};
    std::uint64_t dataSequence{0};

    constexpr std::size_t Bytes() const
    {
        return 4 +
               (!hasAck ? 0
                : ack64 ? 8
                        : 4) +
               (!hasMapping  ? 0
                : sequence64 ? 14
                             : 10) +
               (hasMapping && hasChecksum ? 2 : 0);
    }
};

/// The DATA_ACK as the number nearest to \p near, which is one known to be close.
constexpr Dsn64
DataAckNear(const MptcpDss& dss, Dsn64 near)
{
    return dss.ack64 ? Dsn64(dss.dataAck)
                     : ExpandDsn(static_cast<std::uint32_t>(dss.dataAck), near);
}

/// The data sequence number as the number nearest to \p near.
constexpr Dsn64
DataSequenceNear(const MptcpDss& dss, Dsn64 near)
{
    return dss.sequence64 ? Dsn64(dss.dataSequence)
                          : ExpandDsn(static_cast<std::uint32_t>(dss.dataSequence), near);
}

/// ADD_ADDR, RFC 8684 section 3.4.1.
struct MptcpAddAddress
{
    bool echo{false}; ///< a repetition that acknowledges; carries no HMAC
    std::uint8_t addressId{0};
    std::uint16_t port{0}; ///< 0: the option has no port (or, when read, one of 0)
    IpAddress address;
    std::uint64_t hmac{0}; ///< MptcpAddAddressHmac()

    constexpr std::size_t Bytes() const
    {
        return 4 + (address.family == IpFamily::V4 ? 4 : 16) + (port != 0 ? 2 : 0) + (echo ? 0 : 8);
    }
};

/// REMOVE_ADDR, RFC 8684 section 3.4.2.
struct MptcpRemoveAddress
{
    /// As many as fit in 40 bytes of options.
    static constexpr std::size_t kMaxIds = 37;

    std::uint8_t count{0}; ///< ids used, at least 1 on the wire
    std::array<std::uint8_t, kMaxIds> ids{};

    constexpr std::size_t Bytes() const
    {
        return std::size_t{3} + count;
    }
};

/// MP_PRIO, RFC 8684 section 3.3.8.
struct MptcpPriority
{
    bool backup{false};

    constexpr std::size_t Bytes() const
    {
        return 3;
    }
};

/// MP_FAIL, RFC 8684 section 3.7.
struct MptcpFail
{
    std::uint64_t dataSequence{0}; ///< first byte of the mapping whose checksum was wrong

    constexpr std::size_t Bytes() const
    {
        return 12;
    }
};

/// MP_FASTCLOSE, RFC 8684 section 3.5.
struct MptcpFastClose
{
    std::uint64_t receiverKey{0}; ///< key of the host that receives the option

    constexpr std::size_t Bytes() const
    {
        return 12;
    }
};

/// RFC 8684 section 3.6; numbers not named here may arrive.
enum class MptcpResetReason : std::uint8_t
{
    Unspecified = 0,
    MptcpError = 1,
    LackOfResources = 2,
    Prohibited = 3,
    TooMuchOutstandingData = 4,
    BadPerformance = 5,
    Middlebox = 6,
};

/// MP_TCPRST, RFC 8684 section 3.6.
struct MptcpReset
{
    bool flagU{false}; ///< no meaning yet, as V and W
    bool flagV{false};
    bool flagW{false};
    bool transient{false}; ///< T: the cause may go away, a later join may succeed
    MptcpResetReason reason{MptcpResetReason::Unspecified};

    constexpr std::size_t Bytes() const
    {
        return 4;
    }
};

/// The MPTCP options of one segment. A value counts only where `present` says so.
struct MptcpOptions
{
    std::uint16_t present{0}; ///< one bit per subtype
    std::uint16_t unknown{0}; ///< one bit per subtype that came and has no value type
    MptcpDss dss;
    MptcpCapable capable;
    MptcpJoin join;
    MptcpAddAddress addAddress;
    MptcpRemoveAddress removeAddress;
    MptcpPriority priority;
    MptcpFail fail;
    MptcpFastClose fastClose;
    MptcpReset reset;

    static constexpr std::uint16_t Bit(MptcpSubtype subtype)
    {
        return static_cast<std::uint16_t>(1U << static_cast<unsigned>(subtype));
    }

    bool Has(MptcpSubtype subtype) const
    {
        return (present & Bit(subtype)) != 0;
    }

    void Set(MptcpSubtype subtype)
    {
        present |= Bit(subtype);
    }

    /// Equal in what is present and in what that says on the wire.
    friend bool operator==(const MptcpOptions& a, const MptcpOptions& b);
};

/// Why an option of kind 30 does not count.
enum class MptcpFault : std::uint8_t
{
    None,
    Malformed,      ///< a length below 2 or beyond the bytes: reading ends
    NoSubtype,      ///< 2 bytes
    UnknownSubtype, ///< `unknown` has its bit
    WrongLength,    ///< no form of the subtype is this long, or its flags say otherwise
    NotForSegment,  ///< well formed, but means nothing on such a segment or in this version
};

/// A sentence for people.
std::string_view Describe(MptcpFault fault);

/// The first option that does not count, if there is one; the others do.
struct MptcpParseResult
{
    MptcpFault fault{MptcpFault::None};
    std::uint8_t subtype{0}; ///< of the faulty option, where it has one

    explicit operator bool() const
    {
        return fault == MptcpFault::None;
    }
};

/**
 * Reads every option of kind 30 by its own bytes alone. Of two good options of one subtype the
 * later one counts. What does not count stays in \p tcp as bytes.
 */
MptcpParseResult ParseMptcp(const TcpOptions& tcp, MptcpOptions& mptcp);

/**
 * Reads what Linux would take from this segment (mptcp_parse_option(), 6.12): in addition to the
 * above, MP_CAPABLE must have the form that SYN, ACK and payload ask for, version 1 (a SYN: 1 or
 * more), algorithm H alone and no B flag; MP_TCPRST counts only beside RST; REMOVE_ADDR holds at
 * most 8 ids.
 */
MptcpParseResult ParseMptcp(const TcpSegment& segment, MptcpOptions& mptcp);

/// True if a DSS is all that \p tcp has besides TCP's own options, as on nearly every segment; it
/// is then what ParseMptcp would find.
bool ParseLoneDss(const TcpOptions& tcp, MptcpDss& dss);

/// \name A DATA_ACK of 64 bits alone, as nearly every segment without data has it
/// @{
constexpr std::size_t kMptcpDataAckBytes = 12;
constexpr std::array<std::uint8_t, 4> kMptcpDataAckBegin = {
    kOptionMptcp,
    kMptcpDataAckBytes,
    static_cast<std::uint8_t>(MptcpSubtype::Dss) << 4,
    kMptcpDataAck | kMptcpAck64,
};

/// True if it is all that \p tcp has besides TCP's own options; \p ack is its number then.
inline bool
ParseLoneDataAck(const TcpOptions& tcp, std::uint64_t& ack)
{
    const auto* const bytes = tcp.other.data();
    if (tcp.otherLength != kMptcpDataAckBytes ||
        std::memcmp(bytes, kMptcpDataAckBegin.data(), kMptcpDataAckBegin.size()) != 0)
    {
        return false;
    }
    ack = LoadBig64(bytes + kMptcpDataAckBegin.size());
    return true;
}

/// As AppendMptcp() of such a DSS.
inline bool
AppendDataAck(std::uint64_t ack, TcpOptions& tcp)
{
    if (tcp.otherLength + kMptcpDataAckBytes > TcpOptions::kMaxBytes)
    {
        return false;
    }
    auto* const bytes = tcp.other.data() + tcp.otherLength;
    std::memcpy(bytes, kMptcpDataAckBegin.data(), kMptcpDataAckBegin.size());
    StoreBig64(bytes + kMptcpDataAckBegin.size(), ack);
    tcp.otherLength = static_cast<std::uint8_t>(tcp.otherLength + kMptcpDataAckBytes);
    return true;
}

/// @}

/**
 * Writes one option behind those in `tcp.other`.
 * \return false, and nothing is changed, if `other` has no room (see also TcpOptionRoom())
 */
bool AppendMptcp(const MptcpDss& dss, TcpOptions& tcp);
bool AppendMptcp(const MptcpCapable& capable, TcpOptions& tcp);
bool AppendMptcp(const MptcpJoin& join, TcpOptions& tcp);
bool AppendMptcp(const MptcpAddAddress& addAddress, TcpOptions& tcp);
bool AppendMptcp(const MptcpRemoveAddress& removeAddress, TcpOptions& tcp);
bool AppendMptcp(const MptcpPriority& priority, TcpOptions& tcp);
bool AppendMptcp(const MptcpFail& fail, TcpOptions& tcp);
bool AppendMptcp(const MptcpFastClose& fastClose, TcpOptions& tcp);
bool AppendMptcp(const MptcpReset& reset, TcpOptions& tcp);

/// Writes all that are present, in the order of Linux' mptcp_write_options() (6.12).
bool AppendMptcp(const MptcpOptions& mptcp, TcpOptions& tcp);

/// Takes out every option of kind 30, as some middleboxes do; \return how many there were.
std::size_t StripMptcp(TcpOptions& tcp);

} // namespace hoststack

#endif // HS_MPTCP_OPTIONS_H
