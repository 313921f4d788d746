// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LINK_PARAMETERS_H
#define HS_LINK_PARAMETERS_H

#include "ns3/hs-units.h"

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace hoststack
{

/**
 * A link configuration that cannot be built: an unknown behaviour or parameter, a value out of its
 * range, a bad trace file. what() is a full sentence; the other fields let a scenario loader name
 * the place in its own terms (a JSON pointer).
 */
class LinkConfigError : public std::invalid_argument
{
  public:
    explicit LinkConfigError(const std::string& text, std::string parameter = {})
        : std::invalid_argument(text),
          m_parameter(std::move(parameter))
    {
    }

    LinkConfigError(const std::string& text, std::string parameter, int behaviour)
        : std::invalid_argument(text),
          m_parameter(std::move(parameter)),
          m_behaviour(behaviour)
    {
    }

    /// The parameter at fault ("kind" for an unknown behaviour), or empty.
    const std::string& Parameter() const
    {
        return m_parameter;
    }

    /// Index into LinkConfig::behaviours, or -1 when the fault is elsewhere.
    int Behaviour() const
    {
        return m_behaviour;
    }

  private:
    std::string m_parameter;
    int m_behaviour{-1};
};

/// What a parameter of a link behaviour holds, hence how a scenario writes it.
enum class LinkParameterKind
{
    Number,      ///< a plain number
    Probability, ///< a number in [0, 1]
    Count,       ///< a whole number
    Duration,    ///< nanoseconds; "15 ms" in a scenario
    Bytes,       ///< bytes; "1504 B" in a scenario
    Text,        ///< free text
    Choice,      ///< one of LinkParameterInfo::choices
    File,        ///< a path, resolved by the loader before it gets here
    Flag,        ///< true or false
    Rate,        ///< bit/s; "20 Mbit/s" in a scenario
    Counts,      ///< a list of whole numbers; [3, 17] in a scenario
};

/// "duration", "probability" ... for messages, lists and the JSON schema.
const char* LinkParameterKindName(LinkParameterKind kind);

/**
 * The parameters of one behaviour: typed values by name. The kind of each name is in the
 * behaviour's LinkParameterInfo list, so a loader needs no knowledge of any behaviour.
 */
class LinkParameters
{
  public:
    struct Value
    {
        std::string name;
        LinkParameterKind kind;
        double number{0};                   ///< Number, Probability
        std::int64_t integer{0};            ///< Count, Duration (ns), Bytes, Rate, Flag (0 or 1)
        std::string text;                   ///< Text, Choice, File
        std::vector<std::int64_t> counts{}; ///< Counts
    };

    /// \name Setters; a name that is set twice keeps the last value. They chain.
    /// @{
    LinkParameters& SetNumber(const std::string& name, double value);
    LinkParameters& SetProbability(const std::string& name, double value);
    LinkParameters& SetCount(const std::string& name, std::int64_t value);
    LinkParameters& SetDuration(const std::string& name, TimeNs value);
    LinkParameters& SetBytes(const std::string& name, std::int64_t value);
    LinkParameters& SetText(const std::string& name, const std::string& value);
    LinkParameters& SetChoice(const std::string& name, const std::string& value);
    LinkParameters& SetFile(const std::string& name, const std::string& value);
    LinkParameters& SetFlag(const std::string& name, bool value);
    LinkParameters& SetRate(const std::string& name, BitsPerSecond value);
    LinkParameters& SetCounts(const std::string& name, std::vector<std::int64_t> values);
    /// @}

    /// \name Getters for behaviours, after CheckLinkParameters has filled in every default.
    /// @{
    double Number(const std::string& name) const;
    std::int64_t Integer(const std::string& name) const;
    TimeNs Duration(const std::string& name) const;
    const std::string& Text(const std::string& name) const;
    bool Flag(const std::string& name) const;
    BitsPerSecond Rate(const std::string& name) const;
    const std::vector<std::int64_t>& Counts(const std::string& name) const;
    bool Has(const std::string& name) const;
    /// @}

    /// For loaders that have parsed a value by its kind.
    void Set(Value value);

    const std::vector<Value>& Values() const
    {
        return m_values;
    }

  private:
    Value& Slot(const std::string& name, LinkParameterKind kind);
    const Value& Find(const std::string& name) const;

    std::vector<Value> m_values;
};

/// One parameter of a behaviour, for checks, `hoststack list`, the JSON schema and the docs.
struct LinkParameterInfo
{
    std::string name; ///< kebab-case, as in a scenario
    LinkParameterKind kind;
    /// Default as a scenario writes it ("15 s", "0.3"); empty: required; kLinkRandom: left out,
    /// the behaviour draws it; kLinkUnset: left out, there is none.
    std::string standard;
    std::string about; ///< meaning, in one line
    double low;        ///< smallest legal value (ns for durations); ignored for text
    double high;       ///< largest legal value
    std::vector<std::string> choices{}; ///< for Choice
    /// For Bytes: a packet larger than this never passes, so the largest of the link must fit.
    bool holdsPacket{false};
};

/// LinkParameterInfo::standard of a parameter that is drawn at random when it is not given.
constexpr const char* kLinkRandom = "random";
/// The same of one without which there is nothing of its kind.
constexpr const char* kLinkUnset = "unset";

/// No upper bound.
constexpr double kLinkNoBound = 1e300;

/// The least time from one change of a link to the next, of those that never end: a shorter one is
/// no character of a link and only takes computing time.
constexpr double kLinkShortestStep = 10 * kMicrosecond;

/// The longest duration of any parameter, so that sums of times cannot overflow.
constexpr double kLinkLongestTime = 24.0 * 3600 * kSecond;

/**
 * The given parameters, checked against \p known and completed with the defaults.
 * \throws LinkConfigError for an unknown name (with the nearest known one), a missing required
 * parameter, a value of the wrong kind, out of range or not among the choices.
 */
LinkParameters CheckLinkParameters(const std::string& behaviour,
                                   const std::vector<LinkParameterInfo>& known,
                                   const LinkParameters& given);

/// The bounds of a number as a user writes them, "at least 10 us and at most 24 h"; empty: none.
std::string LinkParameterRange(const LinkParameterInfo& info);

/// Whether the number \p value lies within the bounds of \p info; a list is checked elsewhere.
bool IsInRange(const LinkParameterInfo& info, const LinkParameters::Value& value);

/// The value that \p text ("15 ms", "1504 B", "0.3", "true") means for \p kind.
/// \throws LinkConfigError
LinkParameters::Value ParseLinkParameter(const std::string& name,
                                         LinkParameterKind kind,
                                         const std::string& text);

} // namespace hoststack

#endif // HS_LINK_PARAMETERS_H
