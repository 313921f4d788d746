// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-link.h"

#include "ns3/hs-block-quantity.h"
#include "ns3/hs-link-behaviour.h"
#include "ns3/hs-link-direction.h"
#include "ns3/hs-nearest.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace hoststack
{

namespace
{

using nlohmann::json;
using Pointer = json::json_pointer;

std::string
FormOf(const LinkParameterInfo& info)
{
    switch (info.kind)
    {
    case LinkParameterKind::Duration:
        return DescribeQuantity(QuantityKind::Time);
    case LinkParameterKind::Bytes:
        return DescribeQuantity(QuantityKind::Size);
    case LinkParameterKind::Rate:
        return DescribeQuantity(QuantityKind::Rate);
    case LinkParameterKind::Probability:
        return "a share such as \"1 %\", or a number between 0 and 1";
    case LinkParameterKind::Number:
        return "a number";
    case LinkParameterKind::Count:
        return "a whole number";
    case LinkParameterKind::Counts:
        return "a list of whole numbers, such as [3, 17]";
    case LinkParameterKind::Flag:
        return "true or false";
    case LinkParameterKind::Choice:
        return "one of " + Listed(info.choices);
    case LinkParameterKind::File:
        return "the path of a file";
    case LinkParameterKind::Text:
        break;
    }
    return "a text in quotes";
}

/// What a parameter can be: how it is written, and its bounds.
std::string
ExpectedOf(const LinkParameterInfo& info)
{
    const auto range = LinkParameterRange(info);
    return FormOf(info) + (range.empty() ? "" : "; " + range);
}

/// One parameter of a behaviour; a mistake is added to the issues.
class ParameterReader
{
  public:
    ParameterReader(const Pointer& pointer, IssueCollector& issues, LinkParameters& out)
        : m_pointer(pointer),
          m_issues(issues),
          m_out(out)
    {
    }

    /// \return false if the value is wrong
    bool Read(const LinkParameterInfo& info, const json& value)
    {
        // A default may be a word that is no value of the kind ("random").
        if (!info.standard.empty() && value.is_string() && value == info.standard)
        {
            return true;
        }
        switch (info.kind)
        {
        case LinkParameterKind::Number:
            if (Needs(value.is_number(), info))
            {
                m_out.SetNumber(info.name, value.get<double>());
            }
            break;
        case LinkParameterKind::Probability:
            ReadProbability(info, value);
            break;
        case LinkParameterKind::Count:
            if (Needs(value.is_number_integer(), info))
            {
                m_out.SetCount(info.name, value.get<std::int64_t>());
            }
            break;
        case LinkParameterKind::Duration:
            if (const auto quantity = ReadQuantity(info, value, QuantityKind::Time))
            {
                m_out.SetDuration(info.name, quantity->value);
            }
            break;
        case LinkParameterKind::Bytes:
            if (const auto quantity = ReadQuantity(info, value, QuantityKind::Size))
            {
                m_out.SetBytes(info.name, quantity->value);
            }
            break;
        case LinkParameterKind::Rate:
            if (const auto quantity = ReadQuantity(info, value, QuantityKind::Rate))
            {
                m_out.SetRate(info.name, static_cast<BitsPerSecond>(quantity->value));
            }
            break;
        case LinkParameterKind::Counts:
            ReadCounts(info, value);
            break;
        case LinkParameterKind::Text:
        case LinkParameterKind::Choice:
        case LinkParameterKind::File:
            ReadText(info, value);
            break;
        case LinkParameterKind::Flag:
            if (Needs(value.is_boolean(), info))
            {
                m_out.SetFlag(info.name, value.get<bool>());
            }
            break;
        }
        return m_out.Has(info.name) && (info.kind == LinkParameterKind::Counts ||
                                        IsWithin(info, value, m_pointer / info.name));
    }

  private:
    bool Needs(bool fits, const LinkParameterInfo& info)
    {
        if (!fits)
        {
            m_issues.Add(m_pointer / info.name, "is not " + FormOf(info), ExpectedOf(info));
        }
        return fits;
    }

    /// \return whether the number of a parameter lies within its bounds; if not, that is reported
    bool IsWithin(const LinkParameterInfo& info, const json& value, const Pointer& pointer)
    {
        const auto& given = m_out.Values();
        const auto found = std::find_if(given.begin(), given.end(), [&](const auto& one) {
            return one.name == info.name;
        });
        if (found == given.end() || IsInRange(info, *found))
        {
            return true;
        }
        m_issues.Add(pointer,
                     (value.is_string() ? Quoted(value.get<std::string>()) : value.dump()) +
                         " is out of range",
                     LinkParameterRange(info));
        return false;
    }

    std::optional<Quantity> ReadQuantity(const LinkParameterInfo& info,
                                         const json& value,
                                         QuantityKind kind)
    {
        if (!Needs(value.is_string(), info))
        {
            return std::nullopt;
        }
        auto result = ParseQuantity(value.get<std::string>(), kind);
        if (!result.value)
        {
            m_issues.Add(m_pointer / info.name,
                         result.error.message,
                         result.error.expected,
                         result.error.nearest);
        }
        return result.value;
    }

    void ReadProbability(const LinkParameterInfo& info, const json& value)
    {
        if (value.is_number())
        {
            m_out.SetProbability(info.name, value.get<double>());
        }
        else if (const auto quantity = ReadQuantity(info, value, QuantityKind::Share))
        {
            m_out.SetProbability(info.name, quantity->ToDouble());
        }
    }

    void ReadCounts(const LinkParameterInfo& info, const json& value)
    {
        if (!Needs(value.is_array(), info))
        {
            return;
        }
        constexpr std::size_t most = 100000;
        if (value.size() > most)
        {
            m_issues.Add(m_pointer / info.name,
                         "has " + std::to_string(value.size()) + " entries",
                         "at most " + std::to_string(most) + " entries");
            return;
        }
        std::vector<std::int64_t> counts;
        for (std::size_t i = 0; i < value.size(); ++i)
        {
            const json& item = value[i];
            if (!item.is_number_integer() && !item.is_boolean())
            {
                m_issues.Add(m_pointer / info.name / i, "is not a whole number", "such as 17");
                return;
            }
            counts.push_back(item.is_boolean() ? (item.get<bool>() ? 1 : 0)
                                               : item.get<std::int64_t>());
        }
        m_out.SetCounts(info.name, std::move(counts));
    }

    void ReadText(const LinkParameterInfo& info, const json& value)
    {
        if (!Needs(value.is_string(), info))
        {
            return;
        }
        const auto text = value.get<std::string>();
        if (info.kind == LinkParameterKind::Choice)
        {
            const auto& choices = info.choices;
            if (std::find(choices.begin(), choices.end(), text) == choices.end())
            {
                m_issues.AddUnknownName(m_pointer / info.name, info.name, text, choices);
                return;
            }
            m_out.SetChoice(info.name, text);
        }
        else if (info.kind == LinkParameterKind::File)
        {
            if (text.empty() || text.find('\0') != std::string::npos)
            {
                m_issues.Add(m_pointer / info.name, "is no file name", ExpectedOf(info));
                return;
            }
            const std::filesystem::path folder =
                m_issues.Document().FolderOf(m_pointer / info.name);
            m_out.SetFile(info.name, (folder / text).string());
        }
        else
        {
            m_out.SetText(info.name, text);
        }
    }

    const Pointer& m_pointer;
    IssueCollector& m_issues;
    LinkParameters& m_out;
};

/// The files beside \p path, for a name that was meant.
std::string
NearestFile(const std::filesystem::path& path)
{
    std::vector<std::string> names;
    std::error_code code;
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    for (const auto& entry : std::filesystem::directory_iterator(folder, code))
    {
        names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return NearestName(path.filename().string(), names);
}

/// What the link says of \p behaviours at \p pointer, where and how a user reads it.
void
AddLinkError(const LinkConfigError& error,
             const json& behaviours,
             const Pointer& pointer,
             IssueCollector& issues)
{
    std::string message = error.what();
    const auto prefix = "link \"" + pointer.to_string().substr(1) + "\": ";
    if (message.rfind(prefix, 0) == 0)
    {
        message.erase(0, prefix.size());
    }
    Pointer place = pointer;
    std::string expected;
    std::string nearest;
    if (error.Behaviour() >= 0)
    {
        const auto index = static_cast<std::size_t>(error.Behaviour());
        const json& block = behaviours[index];
        place = place / "behaviours" / index;
        for (const auto& info : LinkBehaviours().Get(block["kind"]).parameters)
        {
            if (info.name == error.Parameter())
            {
                expected = ExpectedOf(info);
                place = block.contains(info.name) ? place / info.name : place;
                std::error_code code;
                if (info.kind == LinkParameterKind::File && block.contains(info.name))
                {
                    const auto path = std::filesystem::path(issues.Document().FolderOf(place)) /
                                      block[info.name].get<std::string>();
                    nearest = std::filesystem::exists(path, code) ? "" : NearestFile(path);
                }
            }
        }
    }
    else if (!error.Parameter().empty())
    {
        place /= error.Parameter();
    }
    issues.Add(place, message, expected, nearest);
}

/// A queue has one discipline, and a direction one source of capacity.
bool
CheckTogether(const json& behaviours, const Pointer& pointer, IssueCollector& issues)
{
    std::string queue;
    std::string rate;
    bool isSound = true;
    for (std::size_t i = 0; i < behaviours.size(); ++i)
    {
        const auto kind = behaviours[i]["kind"].get<std::string>();
        const auto& entry = LinkBehaviours().Get(kind);
        const auto refuse = [&](std::string& owner, const char* what, const char* expected) {
            if (!owner.empty())
            {
                issues.Add(pointer / i / "kind",
                           Quoted(kind) + " stands beside " + Quoted(owner) + ": " + what,
                           expected);
                isSound = false;
            }
            owner = kind;
        };
        if (entry.managesQueue)
        {
            refuse(queue, "both manage the one queue", "one queue discipline per direction");
        }
        if (entry.setsRate)
        {
            refuse(rate, "both say what the capacity is", "one of them");
        }
    }
    return isSound;
}

/// What a packet must fit into has room for the largest of the link.
bool
HoldsPackets(const LinkBehaviourConfig& behaviour,
             std::uint32_t mtu,
             const Pointer& pointer,
             IssueCollector& issues)
{
    bool holds = true;
    for (const auto& info : LinkBehaviours().Get(behaviour.kind).parameters)
    {
        if (info.holdsPacket && behaviour.parameters.Has(info.name) &&
            behaviour.parameters.Integer(info.name) < static_cast<std::int64_t>(mtu))
        {
            issues.Add(pointer / info.name,
                       "a packet of " + std::to_string(mtu) + " bytes would never pass",
                       "at least the link's mtu, \"" + std::to_string(mtu) + " B\"");
            holds = false;
        }
    }
    return holds;
}

/// \return false if something is wrong with it
bool
ReadBehaviour(const json& block,
              const Pointer& pointer,
              IssueCollector& issues,
              LinkBehaviourConfig& out)
{
    out.kind = block["kind"].get<std::string>();
    const auto names = LinkBehaviours().Names();
    if (std::find(names.begin(), names.end(), out.kind) == names.end())
    {
        issues.AddUnknownName(pointer / "kind", "link behaviour", out.kind, names);
        return false;
    }
    const auto& entry = LinkBehaviours().Get(out.kind);
    std::vector<std::string> known{"kind"};
    for (const auto& info : entry.parameters)
    {
        known.push_back(info.name);
    }
    ParameterReader reader(pointer, issues, out.parameters);
    bool isSound = true;
    for (const auto& item : block.items())
    {
        const auto info = std::find_if(entry.parameters.begin(),
                                       entry.parameters.end(),
                                       [&](const auto& p) { return p.name == item.key(); });
        if (info != entry.parameters.end())
        {
            isSound = reader.Read(*info, item.value()) && isSound;
        }
        else if (item.key() != "kind")
        {
            issues.AddUnknownName(pointer / item.key(),
                                  "key of link behaviour \"" + out.kind + "\":",
                                  item.key(),
                                  known);
            isSound = false;
        }
    }
    return isSound;
}

} // namespace

bool
SetsRate(const LinkConfig& config)
{
    return std::any_of(config.behaviours.begin(), config.behaviours.end(), [](const auto& b) {
        const auto& entries = LinkBehaviours().Entries();
        return std::any_of(entries.begin(), entries.end(), [&](const auto& entry) {
            return entry.name == b.kind && entry.setsRate;
        });
    });
}

StripSpec
ReadStrip(const nlohmann::json& list)
{
    StripSpec strip;
    for (const auto& which : list)
    {
        strip.syn = strip.syn || which == "syn";
        strip.synAck = strip.synAck || which == "syn-ack";
        strip.later = strip.later || which == "later";
    }
    return strip;
}

DropSpec
ReadDrop(const nlohmann::json& block)
{
    // In the order of the subtypes of RFC 8684 section 8.
    static const std::vector<std::string> names{"mp-capable",
                                                "mp-join",
                                                "dss",
                                                "add-addr",
                                                "remove-addr",
                                                "mp-prio",
                                                "mp-fail",
                                                "mp-fastclose",
                                                "mp-tcprst"};
    DropSpec drop;
    for (const auto& option : block.at("options"))
    {
        const auto at = std::find(names.begin(), names.end(), option.get<std::string>());
        drop.subtypes = static_cast<std::uint16_t>(drop.subtypes | 1U << (at - names.begin()));
    }
    if (block.contains("segments"))
    {
        drop.of = ReadStrip(block["segments"]);
    }
    drop.count = block.value("count", drop.count);
    return drop;
}

RewriteSpec
ReadRewrite(const nlohmann::json& block)
{
    RewriteSpec rewrite;
    rewrite.count = block.value("count", std::uint64_t{1});
    rewrite.after = static_cast<std::uint64_t>(QuantityIn(block, "after", QuantityKind::Size, 0));
    return rewrite;
}

LargestSpec
ReadLargest(const nlohmann::json& block,
            const LinkSpec& link,
            const nlohmann::json::json_pointer& pointer,
            IssueCollector& issues)
{
    LargestSpec largest;
    largest.bytes = static_cast<std::uint32_t>(QuantityIn(block, "largest", QuantityKind::Size, 0));
    largest.answers = block.value("too-large", "icmp") == "icmp";
    if (largest.bytes == 0 && block.contains("too-large"))
    {
        issues.Add(pointer / "too-large", "nothing is too large here", "`largest` beside it");
    }
    if (largest.bytes > 0 && largest.answers && link.ipVersion == 6)
    {
        issues.Add(pointer / "largest",
                   "the model's routers answer packets of IPv4 only",
                   "\"too-large\": \"silence\", or \"ip\": 4");
    }
    return largest;
}

LinkQueueLimit
ReadQueueLimit(const std::string& text)
{
    LinkQueueLimit limit;
    const auto quantity = ParseQuantity(text, QuantityKind::Queue).value.value_or(Quantity());
    switch (quantity.kind)
    {
    case QuantityKind::Packets:
        limit.packets = static_cast<std::uint64_t>(quantity.value);
        break;
    case QuantityKind::Size:
        limit.bytes = static_cast<std::uint64_t>(quantity.value);
        break;
    default:
        limit.time = quantity.value;
        break;
    }
    return limit;
}

LinkConfig
ReadLinkConfig(const nlohmann::json& block,
               const nlohmann::json::json_pointer& pointer,
               std::uint32_t mtu,
               IssueCollector& issues)
{
    LinkConfig config;
    config.rate = static_cast<BitsPerSecond>(
        QuantityIn(block, "rate", QuantityKind::Rate, static_cast<std::int64_t>(kUnlimitedRate)));
    config.delay = QuantityIn(block, "delay", QuantityKind::Time, 0);
    config.jitter = QuantityIn(block, "jitter", QuantityKind::Time, 0);
    config.loss = static_cast<double>(QuantityIn(block, "loss", QuantityKind::Share, 0)) / 1e9;
    config.framing = block.value("framing", "none") == "atm" ? LinkFraming::Atm : LinkFraming::None;
    if (block.contains("queue"))
    {
        config.queue = ReadQueueLimit(block["queue"].get<std::string>());
    }
    config.overhead =
        static_cast<std::uint32_t>(QuantityIn(block, "overhead", QuantityKind::Size, 0));
    bool isSound = true;
    const json none = json::array();
    const json& behaviours = block.contains("behaviours") ? block["behaviours"] : none;
    for (std::size_t i = 0; i < behaviours.size(); ++i)
    {
        LinkBehaviourConfig behaviour;
        isSound = ReadBehaviour(behaviours[i], pointer / "behaviours" / i, issues, behaviour) &&
                  HoldsPackets(behaviour, mtu, pointer / "behaviours" / i, issues) && isSound;
        config.behaviours.push_back(std::move(behaviour));
    }
    if (!block.contains("rate") && isSound && !SetsRate(config))
    {
        issues.Add(issues.Document().Merged().contains(pointer) ? pointer
                                                                : pointer.parent_pointer(),
                   "the direction \"" + pointer.back() + "\" has no rate",
                   "\"rate\": " + DescribeQuantity(QuantityKind::Rate) +
                       "; or a preset or a behaviour that has one");
        isSound = false;
    }
    isSound = isSound && CheckTogether(behaviours, pointer / "behaviours", issues);
    if (isSound)
    {
        try
        {
            // The link has the last word on what it can be.
            const LinkDirection trial(config, 0, pointer.to_string().substr(1));
        }
        catch (const LinkConfigError& error)
        {
            AddLinkError(error, behaviours, pointer, issues);
        }
    }
    return config;
}

} // namespace hoststack
