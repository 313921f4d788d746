// SPDX-License-Identifier: GPL-2.0-only

#ifndef SCRIPT_PLAYER_H
#define SCRIPT_PLAYER_H

#include "ns3/hs-tcp-segment.h"
#include "ns3/hs-units.h"

#include <deque>
#include <istream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace hoststack::test
{

/// A line of a script was not met, or cannot be read; what() says where, what and what came.
class TranscriptFailure : public std::runtime_error
{
  public:
    using std::runtime_error::runtime_error;
};

std::string Trim(const std::string& text);
/// Parts without blanks around them; a separator inside braces does not separate.
std::vector<std::string> Cut(const std::string& text, char separator);
TimeNs Seconds(const std::string& text);
std::string Clock(TimeNs t);

/**
 * Reads a transcript (test/transcripts/README.md) and plays its lines: time, what must leave, what
 * arrives. What a line means to the connection under test is the derived class's.
 *
 * Derived classes say what is wrong with a line by Fail() or any std::logic_error.
 */
class ScriptPlayer
{
  public:
    virtual ~ScriptPlayer() = default;
    ScriptPlayer(const ScriptPlayer&) = delete;
    ScriptPlayer& operator=(const ScriptPlayer&) = delete;

    /// The sentence after "title:".
    const std::string& Title() const
    {
        return m_title;
    }

    /// True if a comment names where the expected values come from.
    bool NamesItsSource() const
    {
        return m_hasSource;
    }

    /// Plays all lines. \throws TranscriptFailure
    void Run();

  protected:
    struct Sent
    {
        TimeNs at{0};
        unsigned flow{1};
        TcpSegment segment;
    };

    /// Reads the file. \throws TranscriptFailure
    explicit ScriptPlayer(const std::string& file);

    /// Hands the settings of "config:" to Set(); for the derived constructor, after its defaults.
    void Configure();

    virtual void Set(const std::string& key, const std::string& value) = 0;
    virtual void Arrive(unsigned flow, const std::string& text) = 0;
    /// Any other word than > and <.
    virtual void Call(const std::string& word, std::istream& in) = 0;
    /// \throws std::logic_error or fails if \p sent is not what \p text asks for
    virtual void Compare(const Sent& sent, const std::string& text) = 0;
    virtual std::string Show(const Sent& sent) const = 0;
    virtual TimeNs NextDeadline() = 0;
    virtual void OnDeadline() = 0;
    /// After each step.
    virtual void Check() = 0;

    void AdvanceTo(TimeNs at);
    /// Compares \p got with the rest of an `expect` line: [>=|<=] number.
    void ExpectNumber(const std::string& what, double got, std::istream& in);
    [[noreturn]] void Fail(const std::string& why) const;

    TimeNs m_now{0};
    std::deque<Sent> m_sent; ///< not asked for yet

  private:
    struct Line
    {
        int number{0};
        std::string text;
    };

    void Play(const Line& line);
    TimeNs TakeTime(std::istream& in);
    void ExpectSegment(TimeNs at, unsigned flow, const std::string& text);
    void Quiet();

    std::string m_file;
    std::string m_title;
    bool m_hasSource{false};
    std::vector<std::pair<Line, std::string>> m_settings;
    std::vector<Line> m_lines;
    Line m_line;
    TimeNs m_tolerance{0};
};

} // namespace hoststack::test

#endif // SCRIPT_PLAYER_H
