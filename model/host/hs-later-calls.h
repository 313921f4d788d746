// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LATER_CALLS_H
#define HS_LATER_CALLS_H

#include "ns3/hs-context.h"
#include "ns3/hs-units.h"

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace hoststack::host
{

/// Effects that are calls: what a machine does once its work has been paid. They end with it.
/// Memory grows to the largest number that were ever waiting at once.
class LaterCalls
{
  public:
    LaterCalls() = default;
    LaterCalls(const LaterCalls&) = delete;
    LaterCalls& operator=(const LaterCalls&) = delete;

    /// \p call, which takes a TimeNs, is made once all that \p context has charged until now has
    /// been paid.
    template <class Call>
    void Release(Context& context, Call&& call)
    {
        if (m_free.empty())
        {
            m_all.push_back(std::make_unique<Entry>(*this));
            m_free.push_back(m_all.back().get());
        }
        auto& entry = *m_free.back();
        m_free.pop_back();
        entry.Set(std::forward<Call>(call));
        context.Release(entry);
    }

  private:
    class Entry final : public Effect
    {
      public:
        explicit Entry(LaterCalls& owner)
            : m_owner(owner)
        {
        }

        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

        ~Entry()
        {
            if (m_end != nullptr)
            {
                m_end(m_room);
            }
        }

        template <class Call>
        void Set(Call&& call)
        {
            using Kept = std::decay_t<Call>;
            static_assert(sizeof(Kept) <= kRoom && alignof(Kept) <= alignof(std::max_align_t));
            new (m_room) Kept(std::forward<Call>(call));
            m_make = [](void* room, TimeNs at) { (*static_cast<Kept*>(room))(at); };
            m_end = [](void* room) { static_cast<Kept*>(room)->~Kept(); };
        }

        void Happen(TimeNs at) override
        {
            m_make(m_room, at);
            std::exchange(m_end, nullptr)(m_room);
            m_owner.m_free.push_back(this);
        }

      private:
        static constexpr std::size_t kRoom = 512; ///< a frame and some

        LaterCalls& m_owner;
        void (*m_make)(void* room, TimeNs at){nullptr};
        void (*m_end)(void* room){nullptr}; ///< nullptr: there is no call
        alignas(std::max_align_t) std::byte m_room[kRoom];
    };

    std::vector<std::unique_ptr<Entry>> m_all;
    std::vector<Entry*> m_free;
};

} // namespace hoststack::host

#endif // HS_LATER_CALLS_H
