// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-text.h"

#include "ns3/hs-mptcp-options.h"
#include "ns3/hs-mptcp-text.h"
#include "ns3/hs-tcp-option-layout.h"

namespace hoststack
{

namespace
{

/// Writes options as a list with commas.
struct TextSink
{
    const TcpOptions& o;
    std::string text;

    void Item(const std::string& item)
    {
        text += text.empty() ? item : "," + item;
    }

    void Nop()
    {
        Item("nop");
    }

    void Mss()
    {
        Item("mss " + std::to_string(o.mss));
    }

    void SackPermitted()
    {
        Item("sackOK");
    }

    void Timestamps()
    {
        Item("TS val " + std::to_string(o.timestampValue) + " ecr " +
             std::to_string(o.timestampEcho));
    }

    void WindowScale()
    {
        Item("wscale " + std::to_string(o.windowScale));
    }

    void Sack()
    {
        std::string item = "sack";
        for (std::size_t i = 0; i < o.sackCount; ++i)
        {
            item += " " + std::to_string(o.sack[i].begin.Value()) + ":" +
                    std::to_string(o.sack[i].end.Value());
        }
        Item(item);
    }

    void Other(std::size_t at, std::size_t length)
    {
        const std::uint8_t* option = o.other.data() + at;
        if (length < 2 || option[1] != length)
        {
            Item("malformed");
            return;
        }
        if (option[0] == kOptionMptcp)
        {
            Item(MptcpOptionToString(option, length));
            return;
        }
        Item("unknown-" + std::to_string(option[0]) + HexItem(option + 2, length - 2));
    }
};

const char*
EcnPrefix(Ecn ecn)
{
    switch (ecn)
    {
    case Ecn::NotEct:
        return "";
    case Ecn::Ect1:
        return "[ect1] ";
    case Ecn::Ect0:
        return "[ect0] ";
    case Ecn::Ce:
        return "[ce] ";
    }
    return "";
}

} // namespace

std::string
FlagsToString(std::uint16_t flags)
{
    static const char kLetters[] = "FSRP.UEWe";
    std::string text;
    for (int bit = 0; bit < 9; ++bit)
    {
        if (flags & 1 << bit)
        {
            text += kLetters[bit];
        }
    }
    return text.empty() ? "-" : text;
}

std::string
ToString(const TcpSegment& segment)
{
    const std::uint32_t length = segment.payload.Length();
    std::string text = EcnPrefix(segment.ecn) + FlagsToString(segment.flags) + " " +
                       std::to_string(segment.seq.Value()) + ":" +
                       std::to_string((segment.seq + length).Value()) + "(" +
                       std::to_string(length) + ")";
    if (segment.Has(kAck))
    {
        text += " ack " + std::to_string(segment.ack.Value());
    }
    text += " win " + std::to_string(segment.window);
    if (segment.Has(kUrg))
    {
        text += " urg " + std::to_string(segment.urgent);
    }
    TextSink sink{segment.options, {}};
    LayOutOptions(segment.options, sink);
    if (!sink.text.empty())
    {
        text += " <" + sink.text + ">";
    }
    if (segment.SegmentCount() > 1)
    {
        text += " gso " + std::to_string(segment.mss);
    }
    return text;
}

} // namespace hoststack
