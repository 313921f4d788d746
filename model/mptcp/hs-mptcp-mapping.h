// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_MAPPING_H
#define HS_MPTCP_MAPPING_H

#include "ns3/hs-dss-checksum.h"
#include "ns3/hs-ring.h"

#include <algorithm>
#include <cstdint>

namespace hoststack::mptcp
{

/**
 * A run of subflow bytes and where it lies in the data stream (RFC 8684 section 3.3). Offsets, not
 * sequence numbers: subflow offset 1 is the first byte after the SYN (as the DSS option counts),
 * data offset 1 the byte after the initial data sequence number.
 */
struct Mapping
{
    std::uint64_t subflowBegin{0};
    std::uint64_t dataBegin{0};
    /// Received: where the first segment began that carried it. Linux keeps a mapping with its
    /// segment, so bytes before that one have none (get_mapping_status).
    std::uint64_t carried{0};
    std::uint32_t length{0};
    std::uint16_t checksum{0};
    bool hasChecksum{false};
    bool dataFin{false};    ///< a DATA_FIN follows the last byte
    bool sequence64{false}; ///< it came with a data sequence number of 8 bytes
    bool frozen{false};     ///< of a sender: nothing may be added to it any more
    bool pushed{false};     ///< of a sender: its end carries PSH
    bool infinite{
        false}; ///< the rest of the subflow is the rest of the data (length 0 on the wire)
    std::uint8_t pieces{1}; ///< of a sender: where its bytes lie in memory (MAX_SKB_FRAGS)
    DssChecksum sum;        ///< of a sent mapping's bytes, once it has been sent

    std::uint64_t SubflowEnd() const
    {
        return subflowBegin + length;
    }

    std::uint64_t DataEnd() const
    {
        return dataBegin + length;
    }

    /// Where byte \p subflowOffset of the subflow lies in the data stream.
    std::uint64_t ToData(std::uint64_t subflowOffset) const
    {
        return dataBegin + (subflowOffset - subflowBegin);
    }
};

/**
 * The mappings of one direction of a subflow, in subflow order and without overlap. New ones almost
 * always come at the end, old ones leave at the front.
 */
class MappingTable
{
  public:
    enum class Verdict
    {
        Added,
        Known,    ///< identical to one that is there, or its bytes have passed already
        Conflict, ///< overlaps another one with different content
    };

    Verdict Add(const Mapping& mapping);

    /// The mapping that holds \p subflowOffset, or nullptr. A receiver reads from the first one, a
    /// sender is mostly in the last.
    const Mapping* Find(std::uint64_t subflowOffset) const
    {
        if (m_mappings.Empty())
        {
            return nullptr;
        }
        const auto& last = m_mappings.Back();
        if (last.subflowBegin <= subflowOffset)
        {
            return subflowOffset < last.SubflowEnd() ? &last : nullptr;
        }
        const auto& first = m_mappings.Front();
        if (subflowOffset < first.SubflowEnd())
        {
            return first.subflowBegin <= subflowOffset ? &first : nullptr;
        }
        const auto& found = m_mappings[Position(subflowOffset)];
        return found.subflowBegin <= subflowOffset ? &found : nullptr;
    }

    /// True if \p subflowBegin, \p dataBegin and \p length say what the last mapping says.
    bool IsLast(std::uint64_t subflowBegin, std::uint64_t dataBegin, std::uint32_t length) const
    {
        return !m_mappings.Empty() && m_mappings.Back().subflowBegin == subflowBegin &&
               m_mappings.Back().dataBegin == dataBegin && m_mappings.Back().length == length;
    }

    /// The same: each segment of a mapping repeats it, this time the one that begins at \p carrier.
    bool RepeatsLast(std::uint64_t subflowBegin,
                     std::uint64_t dataBegin,
                     std::uint32_t length,
                     std::uint64_t carrier)
    {
        if (!IsLast(subflowBegin, dataBegin, length))
        {
            return false;
        }
        RepeatLast(carrier);
        return true;
    }

    /// The same of one that is known to be the last.
    void RepeatLast(std::uint64_t carrier)
    {
        m_mappings.Back().carried = std::min(m_mappings.Back().carried, carrier);
    }

    Mapping* Find(std::uint64_t subflowOffset)
    {
        return const_cast<Mapping*>(static_cast<const MappingTable*>(this)->Find(subflowOffset));
    }

    /// The one that ends first; nullptr if there is none.
    const Mapping* First() const
    {
        return m_mappings.Empty() ? nullptr : &m_mappings.Front();
    }

    /// The last one, for a sender that extends it; nullptr if there is none.
    Mapping* Last()
    {
        return m_mappings.Empty() ? nullptr : &m_mappings.Back();
    }

    /// Forgets mappings that end at or before \p subflowOffset.
    void Release(std::uint64_t subflowOffset)
    {
        m_released = std::max(m_released, subflowOffset);
        if (!m_mappings.Empty() && m_mappings.Front().SubflowEnd() <= subflowOffset)
        {
            DropFront();
        }
    }

    /// The same, if none ends there.
    void Pass(std::uint64_t subflowOffset)
    {
        m_released = std::max(m_released, subflowOffset);
    }

    /// Forgets mappings that lie in [\p begin, \p end) as a whole.
    void Drop(std::uint64_t begin, std::uint64_t end);

    std::size_t Size() const
    {
        return m_mappings.Size();
    }

    const Mapping& operator[](std::size_t i) const
    {
        return m_mappings[i];
    }

    void Clear()
    {
        m_mappings.Clear();
    }

    /// Gives memory back if it is empty.
    void Shrink()
    {
        m_mappings.Shrink();
    }

  private:
    std::size_t Position(std::uint64_t subflowOffset) const;
    void DropFront();

    Ring<Mapping> m_mappings;
    std::uint64_t m_released{0};
};

} // namespace hoststack::mptcp

#endif // HS_MPTCP_MAPPING_H
