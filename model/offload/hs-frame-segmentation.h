// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_FRAME_SEGMENTATION_H
#define HS_FRAME_SEGMENTATION_H

#include "ns3/hs-offload-frame.h"

#include <cstdint>
#include <vector>

namespace hoststack
{

/**
 * A merged unit as one frame: header bytes as Linux leaves them (tcp_gro_complete,
 * udp_gro_complete, inet_gro_complete: lengths, FIN and PSH of all, the pseudo header's sum as
 * checksum) and all payload. \param first the first frame, and \p header what was read of it \param
 * payloads of all packets, first to last
 */
std::vector<std::uint8_t> MergedFrame(const OffloadUnit& unit,
                                      const std::vector<std::uint8_t>& first,
                                      const OffloadFrame& header,
                                      const std::vector<std::uint8_t>& payloads);

/**
 * Cuts such a frame again as software does on the way out (tcp_gso_segment, inet_gso_segment,
 * __udp_gso_segment): sequence numbers and identifications count up, CWR stays on the first, FIN
 * and PSH on the last, checksums are made anew.
 */
std::vector<std::vector<std::uint8_t>> SegmentFrame(const std::vector<std::uint8_t>& merged,
                                                    const OffloadFrame& header,
                                                    std::uint16_t segmentSize,
                                                    bool isFixedId);

} // namespace hoststack

#endif // HS_FRAME_SEGMENTATION_H
