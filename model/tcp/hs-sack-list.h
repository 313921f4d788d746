// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SACK_LIST_H
#define HS_SACK_LIST_H

#include "ns3/hs-tcp-segment.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace hoststack::tcp
{

/**
 * What a receiver reports in SACK options: runs of data beyond the first hole, the one with the
 * newest segment first (RFC 2018 section 4), and one range that came twice (RFC 2883). Offsets are
 * stream offsets. Invariant: no run is empty, and no two touch.
 */
class SackList
{
  public:
    using Run = std::pair<std::uint64_t, std::uint64_t>; ///< begin, end

    /// Nothing is to be reported.
    bool Empty() const
    {
        return m_count == 0 && !HasDuplicate();
    }

    std::uint8_t RunCount() const
    {
        return m_count;
    }

    const Run& RunAt(std::uint8_t i) const
    {
        return m_runs[i];
    }

    /// Blocks that an option could carry.
    std::uint32_t BlockCount() const
    {
        return m_count + (HasDuplicate() ? 1u : 0u);
    }

    bool HasDuplicate() const
    {
        return m_duplicate.second > m_duplicate.first;
    }

    const Run& Duplicate() const
    {
        return m_duplicate;
    }

    /// End of the highest run, 0 if there is none.
    std::uint64_t HighestEnd() const
    {
        std::uint64_t highest = 0;
        for (std::uint8_t i = 0; i < m_count; ++i)
        {
            highest = std::max(highest, m_runs[i].second);
        }
        return highest;
    }

    /// The place of the run that [\p begin, \p end) touches; RunCount() if it is a new one.
    std::uint8_t Find(std::uint64_t begin, std::uint64_t end) const
    {
        std::uint8_t match = 0;
        while (match < m_count && IsApart(m_runs[match], begin, end))
        {
            ++match;
        }
        return match;
    }

    /// [\p begin, \p end) is the run with the newest segment; it swallows what it touches.
    void Put(std::uint64_t begin, std::uint64_t end)
    {
        std::array<Run, TcpOptions::kMaxSackBlocks> runs{};
        runs[0] = {begin, end};
        std::uint8_t count = 1;
        for (std::uint8_t i = 0; i < m_count && count < runs.size(); ++i)
        {
            if (IsApart(m_runs[i], begin, end))
            {
                runs[count++] = m_runs[i];
            }
        }
        m_runs = runs;
        m_count = count;
    }

    /// Runs that do not reach beyond \p next have become part of the stream.
    void DropBefore(std::uint64_t next)
    {
        std::uint8_t kept = 0;
        for (std::uint8_t i = 0; i < m_count; ++i)
        {
            if (m_runs[i].second > next)
            {
                m_runs[kept++] = m_runs[i];
            }
        }
        m_count = kept;
    }

    /// All runs are forgotten (tcp_sack_reset).
    void Clear()
    {
        m_count = 0;
    }

    /// [\p begin, \p end) came again.
    void NoteDuplicate(std::uint64_t begin, std::uint64_t end)
    {
        m_duplicate = {begin, end};
    }

    /// It has been reported once, and will not be again.
    void ForgetDuplicate()
    {
        m_duplicate = {0, 0};
    }

    bool IsConsistent() const
    {
        for (std::uint8_t i = 0; i < m_count; ++i)
        {
            if (m_runs[i].first >= m_runs[i].second)
            {
                return false;
            }
            for (std::uint8_t k = 0; k < i; ++k)
            {
                if (!IsApart(m_runs[k], m_runs[i].first, m_runs[i].second))
                {
                    return false;
                }
            }
        }
        return true;
    }

  private:
    static bool IsApart(const Run& run, std::uint64_t begin, std::uint64_t end)
    {
        return run.second < begin || run.first > end;
    }

    std::array<Run, TcpOptions::kMaxSackBlocks> m_runs{};
    Run m_duplicate{0, 0};
    std::uint8_t m_count{0};
};

} // namespace hoststack::tcp

#endif // HS_SACK_LIST_H
