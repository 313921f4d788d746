// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LASTING_CHANGES_H
#define HS_LASTING_CHANGES_H

#include <algorithm>
#include <utility>
#include <vector>

namespace hoststack
{

/**
 * One property that is changed for good and for a time. What counts is the latest change that still
 * lasts; when one is taken back, the latest of those that are left counts, at last the value from
 * before them all. A change for good never ends, so it covers all that came before it.
 */
template <class T>
class LastingChanges
{
  public:
    explicit LastingChanges(T before = T())
        : m_changes{{nullptr, std::move(before)}}
    {
    }

    /// \param owner who will take it back, or nullptr: nobody
    void Begin(const void* owner, T value)
    {
        if (!owner)
        {
            m_changes.clear();
        }
        m_changes.emplace_back(owner, std::move(value));
    }

    /// \return whether another value counts from now on
    bool End(const void* owner)
    {
        const auto found = std::find_if(m_changes.begin(),
                                        m_changes.end(),
                                        [&](const auto& change) { return change.first == owner; });
        if (!owner || found == m_changes.end())
        {
            return false;
        }
        const bool counted = found == m_changes.end() - 1;
        m_changes.erase(found);
        return counted;
    }

    const T& Value() const
    {
        return m_changes.back().second;
    }

  private:
    std::vector<std::pair<const void*, T>> m_changes; ///< in order of their beginnings
};

} // namespace hoststack

#endif // HS_LASTING_CHANGES_H
