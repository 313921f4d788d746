// SPDX-License-Identifier: GPL-2.0-only

#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#include "ns3/hs-tcp-connection.h"

#include <deque>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace hoststack::test
{

/// A line of a script was not met, or cannot be read; what() says where, what and what came.
class TranscriptFailure : public std::runtime_error
{
  public:
    using std::runtime_error::runtime_error;
};

/**
 * One conversation with a tcp::Connection, as a text file tells it line by line: what the
 * application calls, what arrives, what must leave and when. The language is described in
 * test/transcripts/README.md.
 */
class Transcript : public tcp::SegmentSink
{
  public:
    /// Reads the file. \throws TranscriptFailure
    explicit Transcript(const std::string& file);

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

  private:
    struct Line
    {
        int number{0};
        std::string text;
    };

    struct Sent
    {
        TimeNs at{0};
        TcpSegment segment;
    };

    void Transmit(TcpSegment&& burst) override;

    void Play(const Line& line);
    void Configure(const std::string& settings);
    void Set(const std::string& key, const std::string& value);
    TimeNs TakeTime(std::istream& in);
    void AdvanceTo(TimeNs at);
    void Quiet();
    void Check();
    void Arrive(const std::string& text);
    void Establish(std::istream& in, bool passive);
    void ExpectSegment(TimeNs at, const std::string& text);
    void Expect(std::istream& in);
    double Measure(const std::string& name);
    TcpSegment Parse(const std::string& text, bool incoming) const;
    void ParseOptions(const std::string& text, TcpSegment& segment) const;
    std::vector<std::string> OptionList(const TcpOptions& options) const;
    std::string Show(const TcpSegment& segment) const;
    tcp::Connection& Tcp();
    [[noreturn]] void Fail(const std::string& why) const;

    std::string m_file;
    std::string m_title;
    bool m_hasSource{false};
    std::vector<Line> m_lines;
    Line m_line;
    std::shared_ptr<tcp::Config> m_config;
    std::unique_ptr<tcp::Connection> m_tcp;
    Seq32 m_iss{0};
    Seq32 m_peerIss{0};
    bool m_peerTimestamps{false};
    std::uint32_t m_lastValue{0}; ///< our newest timestamp, echoed by the peer
    TimeNs m_now{0};
    TimeNs m_tolerance{0};
    std::uint32_t m_events{0};
    std::deque<Sent> m_sent;
};

} // namespace hoststack::test

#endif // TRANSCRIPT_H
