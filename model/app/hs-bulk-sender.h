// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BULK_SENDER_H
#define HS_BULK_SENDER_H

#include "ns3/hs-session.h"

namespace ns3
{

/// Writes as fast as the socket takes it, then closes. Finished when all has been written. What
/// comes back is read at once and dropped, if anything is expected.
class HoststackBulkSender : public HoststackSession
{
  public:
    /// \param bytes to send; 0: until Stop
    /// \param writeSize bytes per call
    /// \param hears the peer writes, too: closes its own direction only
    HoststackBulkSender(std::uint64_t bytes, std::uint64_t writeSize, bool hears = false);

  protected:
    void OnConnected() override;
    void OnReadable() override;
    void OnWritable() override;

  private:
    void Fill();

    std::uint64_t m_bytes;
    std::uint64_t m_writeSize;
    bool m_hears;
};

} // namespace ns3

#endif // HS_BULK_SENDER_H
