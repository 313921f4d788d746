// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_REGISTRY_H
#define HS_REGISTRY_H

#include "ns3/hs-nearest.h"

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace hoststack
{

/// A name that no registry line has; what() says what was asked, what is nearest and what exists.
class UnknownName : public std::invalid_argument
{
  public:
    UnknownName(const std::string& kind,
                const std::string& name,
                const std::vector<std::string>& known)
        : std::invalid_argument(Describe(kind, name, known)),
          m_nearest(NearestName(name, known))
    {
    }

    /// The closest registered name, or empty.
    const std::string& Nearest() const
    {
        return m_nearest;
    }

  private:
    static std::string Describe(const std::string& kind,
                                const std::string& name,
                                const std::vector<std::string>& known)
    {
        std::string text = "unknown " + kind + " \"" + name + "\"";
        const auto nearest = NearestName(name, known);
        if (!nearest.empty())
        {
            text += "; did you mean \"" + nearest + "\"?";
        }
        text += " Known:";
        for (const auto& k : known)
        {
            text += " " + k;
        }
        return text;
    }

    std::string m_nearest;
};

/**
 * The named variants of one abstract class, in the order of their lines.
 *
 * A room has one function that returns its registry, filled from a table with one line per
 * variant; so the set is the same in every program that links the room, and static
 * initialisation order does not matter.
 */
template <class Base, class... Args>
class Registry
{
  public:
    using Factory = std::function<std::unique_ptr<Base>(Args...)>;

    struct Entry
    {
        std::string name;  ///< what a scenario, an attribute or Python says
        std::string about; ///< one line for `hoststack list`
        Factory create;
    };

    Registry(std::string kind, std::vector<Entry> entries)
        : m_kind(std::move(kind)),
          m_entries(std::move(entries))
    {
    }

    const std::string& Kind() const
    {
        return m_kind;
    }

    const std::vector<Entry>& Entries() const
    {
        return m_entries;
    }

    std::vector<std::string> Names() const
    {
        std::vector<std::string> names;
        for (const auto& e : m_entries)
        {
            names.push_back(e.name);
        }
        return names;
    }

    bool Has(const std::string& name) const
    {
        for (const auto& e : m_entries)
        {
            if (e.name == name)
            {
                return true;
            }
        }
        return false;
    }

    /// \throws UnknownName
    std::unique_ptr<Base> Create(const std::string& name, Args... args) const
    {
        for (const auto& e : m_entries)
        {
            if (e.name == name)
            {
                return e.create(args...);
            }
        }
        throw UnknownName(m_kind, name, Names());
    }

    /// Adds a variant at run time (a test's or a user's own); a known name is replaced.
    void Add(Entry entry)
    {
        for (auto& e : m_entries)
        {
            if (e.name == entry.name)
            {
                e = std::move(entry);
                return;
            }
        }
        m_entries.push_back(std::move(entry));
    }

  private:
    std::string m_kind;
    std::vector<Entry> m_entries;
};

} // namespace hoststack

#endif // HS_REGISTRY_H
