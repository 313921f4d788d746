// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_FOREIGN_TALLY_H
#define HS_FOREIGN_TALLY_H

#include <ns3/nstime.h>
#include <ns3/packet.h>
#include <ns3/sequence-number.h>
#include <ns3/socket.h>
#include <ns3/tcp-header.h>

#include <cstdint>

namespace ns3
{

class TcpSocketBase;

/// Counts what an ns-3 TcpSocketBase sends, through its trace sources, as our own stack counts
/// itself.
class ForeignTally
{
  public:
    explicit ForeignTally(Ptr<Socket> socket);
    ~ForeignTally();
    ForeignTally(const ForeignTally&) = delete;

    /// The largest and least values count from now on.
    void RestartPeaks()
    {
        rttMin = rttMax = 0;
        cwndMax = 0;
    }

    ForeignTally& operator=(const ForeignTally&) = delete;

    std::uint64_t dataSegments{0};
    std::uint64_t retransmits{0};
    std::uint64_t retransmittedBytes{0};
    std::uint64_t pureAcks{0};
    double rttMin{0}; ///< s
    double rttMax{0};
    double rttSum{0};
    std::uint64_t rttSamples{0};
    std::uint32_t cwndMax{0}; ///< segments

  private:
    void NoteSent(Ptr<const Packet> payload,
                  const TcpHeader& header,
                  Ptr<const TcpSocketBase> socket);
    void NoteRtt(Time before, Time now);
    void NoteWindow(std::uint32_t before, std::uint32_t now);

    Ptr<Socket> m_socket;
    SequenceNumber32 m_highest;
    bool m_hasSent{false};
    std::uint32_t m_segmentSize{1};
};

} // namespace ns3

#endif // HS_FOREIGN_TALLY_H
