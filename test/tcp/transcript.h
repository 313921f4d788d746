// SPDX-License-Identifier: GPL-2.0-only

#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#include "ns3/hs-tcp-connection.h"
#include "script-player.h"

#include <memory>
#include <string>

namespace hoststack::test
{

/**
 * One conversation with a tcp::Connection, as a text file tells it line by line: what the
 * application calls, what arrives, what must leave and when. The language is described in
 * test/transcripts/README.md.
 */
class Transcript : public ScriptPlayer, public tcp::SegmentSink
{
  public:
    /// Reads the file. \throws TranscriptFailure
    explicit Transcript(const std::string& file);

  private:
    void Set(const std::string& key, const std::string& value) override;
    void Arrive(unsigned flow, const std::string& text) override;
    void Call(const std::string& word, std::istream& in) override;
    void Compare(const Sent& sent, const std::string& text) override;
    std::string Show(const Sent& sent) const override;
    TimeNs NextDeadline() override;
    void OnDeadline() override;
    void Check() override;
    void Transmit(TcpSegment&& burst) override;

    void Establish(std::istream& in, bool passive);
    void Expect(std::istream& in);
    TcpSegment Parse(const std::string& text, bool incoming) const;
    tcp::Connection& Tcp();

    std::shared_ptr<tcp::Config> m_config;
    std::unique_ptr<tcp::Connection> m_tcp;
    Seq32 m_iss{0};
    Seq32 m_peerIss{0};
    bool m_peerTimestamps{false};
    bool m_cut{false};            ///< lines are wire segments, not bursts
    std::uint32_t m_lastValue{0}; ///< our newest timestamp, echoed by the peer
    std::uint32_t m_events{0};
};

} // namespace hoststack::test

#endif // TRANSCRIPT_H
