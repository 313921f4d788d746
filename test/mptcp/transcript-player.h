// SPDX-License-Identifier: GPL-2.0-only

#ifndef TRANSCRIPT_PLAYER_H
#define TRANSCRIPT_PLAYER_H

#include "../tcp/script-player.h"
#include "../tcp/script-tcp.h"
#include "ns3/hs-mptcp-connection.h"
#include "transcript-options.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hoststack::test
{

/**
 * One conversation with an mptcp::Connection: the script plays the application and the peer on
 * every subflow. The language is described in test/transcripts/README.md.
 */
class MptcpTranscript : public ScriptPlayer, public mptcp::HostServices
{
  public:
    /// Reads the file. \throws TranscriptFailure
    explicit MptcpTranscript(const std::string& file);

  private:
    struct Flow : tcp::SegmentSink
    {
        MptcpTranscript* owner{nullptr};
        unsigned number{0};
        std::uint32_t id{0}; ///< the connection's; 0: none
        mptcp::Endpoint local;
        mptcp::Endpoint remote;
        std::uint64_t outShift{0}; ///< data offset less subflow offset of what was mapped last
        std::uint64_t inShift{0};

        void Transmit(TcpSegment&& burst) override;
    };

    // ScriptPlayer
    void Set(const std::string& key, const std::string& value) override;
    void Arrive(unsigned flow, const std::string& text) override;
    void Call(const std::string& word, std::istream& in) override;
    void Compare(const Sent& sent, const std::string& text) override;
    std::string Show(const Sent& sent) const override;
    TimeNs NextDeadline() override;
    void OnDeadline() override;
    void Check() override;

    // mptcp::HostServices
    tcp::SegmentSink* OpenSubflow(std::uint32_t subflow,
                                  mptcp::Endpoint& local,
                                  const mptcp::Endpoint& remote) override;
    void CloseSubflow(std::uint32_t subflow) override;
    std::uint64_t RandomBits() override;

    bool SetMptcp(const std::string& key, const std::string& value);
    bool CallOnPaths(const std::string& word, std::istream& in);
    void Establish(std::istream& in, bool passive);
    void Join(std::istream& in, bool passive);
    void AddEndpoint(std::istream& in);
    void Write(std::istream& in);
    void Read(std::istream& in, bool whole);
    void Expect(std::istream& in);
    bool ExpectWord(const std::string& what, const std::string& value);
    void ExpectOfFlow(unsigned number, std::istream& in);
    double Measure(const std::string& name);
    void Take(unsigned flow, const char* what);
    void OnTransmit(Flow& flow, TcpSegment&& burst);
    void CheckEdge(const Flow& flow, const TcpSegment& segment, const MptcpOptions& options);
    TcpSegment Parse(const std::string& text, bool incoming) const;
    ScriptEnds Ends(bool fromPeer) const;
    Flow& NewFlow(const mptcp::Endpoint& local, const mptcp::Endpoint& remote);
    Flow& FlowOf(unsigned number);
    static mptcp::Endpoint At(unsigned path, unsigned host, std::uint16_t port);

    mptcp::Config m_config;
    std::shared_ptr<tcp::Config> m_tcpConfig;
    std::unique_ptr<mptcp::Connection> m_connection;
    std::vector<std::unique_ptr<Flow>> m_flows; ///< number 1 is the first
    std::optional<IpAddress> m_route;           ///< what routing chooses; else the first subflow's
    MptcpJoinParty m_own;
    MptcpJoinParty m_peer;
    Seq32 m_iss{0};
    Seq32 m_peerIss{0};
    unsigned m_drawn{0}; ///< random numbers handed out
    std::uint8_t m_shift{0};
    std::uint64_t m_edge{0}; ///< furthest data number ever announced
    std::uint64_t m_written{0};
    std::uint64_t m_read{0};
    std::uint32_t m_partRead{0}; ///< by `read-part` since the last `read-end`
    std::uint32_t m_events{0};
};

} // namespace hoststack::test

#endif // TRANSCRIPT_PLAYER_H
