// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_VIRTIO_FRAME_H
#define HS_VIRTIO_FRAME_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hoststack
{

/// `virtio_net_hdr`, which IFF_VNET_HDR puts before each frame, in the machine's byte order
/// (linux/virtio_net.h, which is not C++).
struct VirtioHeader
{
    static constexpr std::uint8_t kNeedsChecksum = 1; ///< of flags
    static constexpr std::uint8_t kDataValid = 2;     ///< of flags: checksums are right

    /// gsoType
    enum Gso : std::uint8_t
    {
        None = 0,
        TcpV4 = 1,
        TcpV6 = 4,
        Ecn = 0x80, ///< beside one of TCP's: CWR is set
    };

    std::uint8_t flags{0};
    std::uint8_t gsoType{None};
    std::uint16_t headerLength{0};   ///< of Ethernet to TCP
    std::uint16_t segmentSize{0};    ///< payload of each segment but the last
    std::uint16_t checksumStart{0};  ///< from the frame's first byte: what is summed up
    std::uint16_t checksumOffset{0}; ///< from there: where it belongs
};

constexpr std::size_t kVirtioHeader = 10;
static_assert(sizeof(VirtioHeader) == kVirtioHeader, "it is copied as bytes");

/**
 * What a kernel hands to a TAP device with that header, as frames of the wire: a TCP super-segment
 * is cut as a NIC does it (SegmentFrame()), a checksum that the kernel left to the device is filled
 * in.
 * \param bytes header and Ethernet frame
 * \param frames receives them, first to last
 * \return false: the header does not fit to its frame, or asks for what TUNSETOFFLOAD was not told
 * of; `frames` is empty then
 */
bool CutVirtioFrame(const std::uint8_t* bytes,
                    std::size_t length,
                    std::vector<std::vector<std::uint8_t>>& frames);

/// One frame for the kernel, behind a header that says that its checksums are right.
std::vector<std::uint8_t> WholeVirtioFrame(const std::vector<std::uint8_t>& frame);

/**
 * TCP packets that a receive offload has merged, as one frame for the kernel.
 * \param frames what they are, first to last; one frame may hold all of them already
 * \param segmentSize payload of each packet but the last; 0: that of the first frame
 * \return empty: they are nothing that this header can tell of
 */
std::vector<std::uint8_t> MergedVirtioFrame(const std::vector<std::vector<std::uint8_t>>& frames,
                                            std::uint16_t segmentSize);

} // namespace hoststack

#endif // HS_VIRTIO_FRAME_H
