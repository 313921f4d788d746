// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BULK_SENDER_H
#define HS_BULK_SENDER_H

#include "ns3/hs-program.h"

namespace hoststack
{

/// Writes as fast as the stream takes it, then closes. Finished when all has been written. What
/// comes back is read at once and dropped, if anything is expected.
class BulkSender : public Program
{
  public:
    /// \param bytes to send; 0: until it is stopped
    /// \param writeSize bytes per call
    /// \param hears the peer writes, too: closes its own direction only
    BulkSender(std::uint64_t bytes, std::uint64_t writeSize, bool hears = false);

    void Step(ProgramIo& io, Ready ready) override;

  private:
    void Fill(ProgramIo& io) const;

    std::uint64_t m_bytes;
    std::uint64_t m_writeSize;
    bool m_hears;
};

} // namespace hoststack

#endif // HS_BULK_SENDER_H
