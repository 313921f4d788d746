// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-packet-input.h"

#include <algorithm>

namespace ns3
{

void
HoststackPacketInput::Remove(const Stage& stage)
{
    m_stages.erase(std::remove(m_stages.begin(), m_stages.end(), &stage), m_stages.end());
}

bool
HoststackPacketInput::TakesBatches(const HoststackFrame& frame) const
{
    return std::any_of(m_stages.begin(), m_stages.end(), [&frame](const auto* stage) {
        return stage->TakesBatches(frame);
    });
}

void
HoststackPacketInput::Announce(hoststack::BatchPlace place) const
{
    for (auto* stage : m_stages)
    {
        stage->Announce(place);
    }
}

void
HoststackPacketInput::OpenUnit() const
{
    for (auto* stage : m_stages)
    {
        stage->OpenUnit();
    }
}

void
HoststackPacketInput::CloseUnit(hoststack::host::Context& context) const
{
    for (auto* stage : m_stages)
    {
        stage->CloseUnit(context);
    }
}

} // namespace ns3
