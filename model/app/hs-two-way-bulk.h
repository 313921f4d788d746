// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TWO_WAY_BULK_H
#define HS_TWO_WAY_BULK_H

#include "ns3/hs-session.h"

namespace ns3
{

/**
 * One end of a connection on which both ends write as much as the socket takes, and read at once.
 * Finished when everything has been written and everything, or the end of the stream, has been
 * read. One without a fixed amount writes until Stop, or until the peer closes.
 */
class HoststackTwoWayBulk : public HoststackSession
{
  public:
    /// \param bytes to send; 0: until Stop
    /// \param writeSize bytes per call
    HoststackTwoWayBulk(std::uint64_t bytes, std::uint64_t writeSize);

    /// Writes no more; what the peer still sends is read.
    void Stop() override;

  protected:
    void OnConnected() override;
    void OnReadable() override;
    void OnWritable() override;
    void OnPeerClosed() override;

  private:
    void Fill();
    void Drain();
    void FinishIfDone();

    std::uint64_t m_bytes;
    std::uint64_t m_writeSize;
    bool m_isConnected{false};
    bool m_isWritten{false};
    bool m_stops{false};
};

} // namespace ns3

#endif // HS_TWO_WAY_BULK_H
