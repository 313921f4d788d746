// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_ON_DEMAND_H
#define HS_ON_DEMAND_H

#include <memory>
#include <utility>

namespace hoststack
{

/**
 * A value that takes a pointer's memory until it is first changed, and reads as `T()` until then:
 * for what most connections never need. What was once made is kept, so that traffic which needs it
 * asks the allocator once; Release() is for who has become idle.
 */
template <class T>
class OnDemand
{
  public:
    OnDemand() = default;

    OnDemand(const OnDemand& other)
        : m_value(other.m_value ? std::make_unique<T>(*other.m_value) : nullptr)
    {
    }

    OnDemand(OnDemand&&) = default;

    OnDemand& operator=(OnDemand other) noexcept
    {
        m_value.swap(other.m_value);
        return *this;
    }

    ~OnDemand() = default;

    const T& operator*() const
    {
        return m_value ? *m_value : kInitial;
    }

    const T* operator->() const
    {
        return &**this;
    }

    /// The value, to be changed.
    T& Own()
    {
        if (!m_value)
        {
            m_value = std::make_unique<T>();
        }
        return *m_value;
    }

    /// Counts \p more in \p member; nothing needs no memory.
    template <class Count, class More>
    void Add(Count T::*member, More more)
    {
        if (more != 0)
        {
            Own().*member += static_cast<Count>(more);
        }
    }

    /// It has been made.
    bool IsOwned() const
    {
        return m_value != nullptr;
    }

    /// It becomes \p value, which \p isNeeded; else it may as well be `T()`.
    void Set(const T& value, bool isNeeded)
    {
        if (isNeeded)
        {
            Own() = value;
        }
        else
        {
            Release();
        }
    }

    /// It reads as `T()` again, in the memory that it has.
    void Reset()
    {
        if (m_value)
        {
            *m_value = T();
        }
    }

    /// The same, and its memory goes.
    void Release()
    {
        m_value.reset();
    }

  private:
    inline static const T kInitial{};

    std::unique_ptr<T> m_value;
};

} // namespace hoststack

#endif // HS_ON_DEMAND_H
