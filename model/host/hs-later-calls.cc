// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-later-calls.h"

#include <utility>

namespace hoststack::host
{

class LaterCalls::Entry final : public Effect
{
  public:
    explicit Entry(LaterCalls& owner)
        : m_owner(owner)
    {
    }

    void Happen(TimeNs at) override
    {
        const auto now = std::exchange(call, nullptr);
        m_owner.m_free.push_back(this);
        now(at);
    }

    Call call;

  private:
    LaterCalls& m_owner;
};

LaterCalls::LaterCalls() = default;
LaterCalls::~LaterCalls() = default;

void
LaterCalls::Release(Context& context, Call call)
{
    if (m_free.empty())
    {
        m_all.push_back(std::make_unique<Entry>(*this));
        m_free.push_back(m_all.back().get());
    }
    auto& entry = *m_free.back();
    m_free.pop_back();
    entry.call = std::move(call);
    context.Release(entry);
}

} // namespace hoststack::host
