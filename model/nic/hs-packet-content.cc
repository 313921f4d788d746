// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-packet-content.h"

#include "ns3/hs-reveal.h"

#include <ns3/byte-tag-list.h>
#include <ns3/header.h>
#include <ns3/tag.h>

#include <ostream>

namespace ns3
{

namespace
{

HOSTSTACK_REVEAL(ByteTagsOf, &Packet::m_byteTagList);
HOSTSTACK_REVEAL(DataOfTags, &ByteTagList::m_data);

class ContentTag : public Tag
{
  public:
    static TypeId GetTypeId()
    {
        static TypeId tid = TypeId("ns3::HoststackContentTag")
                                .SetParent<Tag>()
                                .SetGroupName("Hoststack")
                                .HideFromDocumentation()
                                .AddConstructor<ContentTag>();
        return tid;
    }

    TypeId GetInstanceTypeId() const override
    {
        return GetTypeId();
    }

    std::uint32_t GetSerializedSize() const override
    {
        return 0;
    }

    void Serialize(TagBuffer /* buffer */) const override
    {
    }

    void Deserialize(TagBuffer /* buffer */) override
    {
    }

    void Print(std::ostream& os) const override
    {
        os << "content";
    }
};

/// Bytes that are put in front of a packet as they are.
class RawHeader : public Header
{
  public:
    static TypeId GetTypeId()
    {
        static TypeId tid = TypeId("ns3::HoststackRawHeader")
                                .SetParent<Header>()
                                .SetGroupName("Hoststack")
                                .HideFromDocumentation()
                                .AddConstructor<RawHeader>();
        return tid;
    }

    RawHeader() = default;

    RawHeader(const std::uint8_t* bytes, std::size_t length)
        : m_bytes(bytes),
          m_length(static_cast<std::uint32_t>(length))
    {
    }

    TypeId GetInstanceTypeId() const override
    {
        return GetTypeId();
    }

    void Print(std::ostream& os) const override
    {
        os << m_length << " bytes";
    }

    std::uint32_t GetSerializedSize() const override
    {
        return m_length;
    }

    void Serialize(Buffer::Iterator start) const override
    {
        start.Write(m_bytes, m_length);
    }

    std::uint32_t Deserialize(Buffer::Iterator /* start */) override
    {
        return m_length;
    }

  private:
    const std::uint8_t* m_bytes{nullptr};
    std::uint32_t m_length{0};
};

} // namespace

void
MarkContent(const Packet& packet)
{
    if (!CarriesContent(packet))
    {
        packet.AddByteTag(ContentTag());
    }
}

bool
CarriesContent(const Packet& packet)
{
    if ((packet.*Revealed(ByteTagsOf())).*Revealed(DataOfTags()) == nullptr)
    {
        return false; // as nearly always, and to ask for the first of none is 200 instructions
    }
    ContentTag tag;
    return packet.FindFirstMatchingByteTag(tag);
}

Ptr<Packet>
ReplaceFront(const Packet& packet,
             std::uint32_t taken,
             const std::uint8_t* bytes,
             std::size_t length)
{
    auto result = packet.CreateFragment(taken, packet.GetSize() - taken);
    result->AddHeader(RawHeader(bytes, length));
    return result;
}

} // namespace ns3
