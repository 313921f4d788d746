// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-option-plan.h"

#include <algorithm>

namespace hoststack::mptcp
{

namespace
{

constexpr std::uint8_t kMostRemovals = 8; // MPTCP_RM_IDS_MAX

/// Takes options until the room is used up.
class Packer
{
  public:
    Packer(const MptcpOptions& wanted, std::size_t room)
        : m_wanted(wanted),
          m_room(room)
    {
    }

    template <class Option>
    bool Take(MptcpSubtype subtype, const Option& option)
    {
        const std::size_t bytes = (option.Bytes() + 3) / 4 * 4;
        if (!m_wanted.Has(subtype) || bytes > m_room)
        {
            return false;
        }
        m_room -= bytes;
        went = static_cast<std::uint16_t>(went | MptcpOptions::Bit(subtype));
        return true;
    }

    std::uint16_t went{0};

  private:
    const MptcpOptions& m_wanted;
    std::size_t m_room;
};

} // namespace

std::uint16_t
OptionsThatGo(const MptcpOptions& wanted, SegmentKind kind, std::size_t room)
{
    using S = MptcpSubtype;
    Packer pack(wanted, room);
    if (kind == SegmentKind::Reset)
    {
        if (!pack.Take(S::FastClose, wanted.fastClose))
        {
            pack.Take(S::Fail, wanted.fail);
        }
        pack.Take(S::Reset, wanted.reset);
        return pack.went;
    }
    const bool shakesHands =
        pack.Take(S::Capable, wanted.capable) || pack.Take(S::Join, wanted.join);
    if (!shakesHands && pack.Take(S::Dss, wanted.dss) && pack.Take(S::Fail, wanted.fail))
    {
        return pack.went;
    }
    Packer alone(wanted, room);
    if (kind == SegmentKind::PureAck && !shakesHands &&
        alone.Take(S::AddAddress, wanted.addAddress))
    {
        alone.Take(S::Priority, wanted.priority);
        return alone.went;
    }
    pack.Take(S::RemoveAddress, wanted.removeAddress);
    if (!wanted.Has(S::Capable))
    {
        pack.Take(S::Priority, wanted.priority);
    }
    return pack.went;
}

void
AddressSignals::Remove(std::uint8_t id)
{
    announces = announces && announcement.addressId != id;
    const auto end = removal.ids.begin() + removal.count;
    if (removal.count < kMostRemovals && std::find(removal.ids.begin(), end, id) == end)
    {
        removal.ids[removal.count++] = id;
    }
}

void
AddressSignals::Want(MptcpOptions& wanted) const
{
    if (echoes || announces)
    {
        wanted.Set(MptcpSubtype::AddAddress);
        wanted.addAddress = echoes ? echo : announcement;
    }
    if (removal.count > 0)
    {
        wanted.Set(MptcpSubtype::RemoveAddress);
        wanted.removeAddress = removal;
    }
}

void
AddressSignals::Gone(const MptcpOptions& wanted, std::uint16_t went)
{
    if ((went & MptcpOptions::Bit(MptcpSubtype::AddAddress)) != 0)
    {
        (wanted.addAddress.echo ? echoes : announces) = false;
    }
    if ((went & MptcpOptions::Bit(MptcpSubtype::RemoveAddress)) != 0)
    {
        removal.count = 0;
    }
}

} // namespace hoststack::mptcp
