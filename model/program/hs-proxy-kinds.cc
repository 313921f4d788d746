// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-proxy-kinds.h"

namespace hoststack
{

namespace
{

// Shadowsocks (AEAD, SIP004 and SIP022): a chunk is a length of 2 bytes and its payload, each with
// a tag of 16. Before the first one goes a salt of 32 bytes. SIP004: the address (IPv4: 7 bytes) is
// a chunk of its own. SIP022: a request header of 11 bytes and one with the address (7) and its
// length of padding (2), each with a tag; the answer begins with a salt and a header of 43 bytes
// with a tag.
constexpr std::uint32_t kChunk = 2 + 16 + 16;
constexpr std::uint32_t kSalt = 32;
constexpr std::uint32_t kTag = 16;
constexpr Sealing kShadowsocks{0x3fff, kChunk, kSalt + 7 + kChunk, kSalt};
constexpr Sealing kShadowsocks2022{0xffff,
                                   kChunk,
                                   kSalt + 11 + kTag + 7 + 2 + kTag,
                                   kSalt + 43 + kTag};
// VMess over TCP: a length of 2 and a tag of 16 for each chunk of a buffer; a request header of 16
// + 41 + 4 and more, which the protocol pads.
constexpr Sealing kVmess{2048 - 2 - kTag, 2 + kTag, 16 + 61, 38};

} // namespace

const std::vector<ProxyKind>&
ProxyKinds()
{
    static const std::vector<ProxyKind> kinds{
        {"plain",
         "copies bytes as they are; buffers of 16 KiB, as shadowsocks-rust has without a cipher "
         "(published: relay/tcprelay/utils.rs)",
         16384,
         {},
         0,
         1},
        {"shadowsocks-rust",
         "2022-blake3-aes-256-gcm; buffers and chunks of 65535 B, waits up to 500 ms for the "
         "client's first bytes, a thread for each core (published: crypto and copy of "
         "tcprelay/utils.rs, local/utils.rs, SIP022)",
         0xffff,
         kShadowsocks2022,
         500 * kMillisecond,
         0},
        {"shadowsocks-libev",
         "chacha20-ietf-poly1305; buffers and chunks of 16383 B, sends its request at once, one "
         "thread (published: netutils.h SOCKET_BUF_SIZE, redir.c, SIP004)",
         16383,
         kShadowsocks,
         0,
         1},
        {"v2ray",
         "VMess; a pipe of 512 KiB on x86 (4 KiB on arm64: set \"buffer\"), chunks of a buffer of "
         "2 KiB, waits up to 100 ms for the client's first bytes, a thread for each core "
         "(published: features/policy/policy.go, common/buf/buffer.go; header: estimate)",
         512 * 1024,
         kVmess,
         100 * kMillisecond,
         0},
        {"xray",
         "as v2ray, with chunks of a buffer of 8 KiB (published: features/policy/policy.go, "
         "common/buf/buffer.go; header: estimate)",
         512 * 1024,
         {8192 - 2 - kTag, kVmess.overhead, kVmess.firstUp, kVmess.firstDown},
         100 * kMillisecond,
         0},
    };
    return kinds;
}

const ProxyKind*
FindProxyKind(const std::string& name)
{
    for (const auto& kind : ProxyKinds())
    {
        if (kind.name == name)
        {
            return &kind;
        }
    }
    return nullptr;
}

} // namespace hoststack
