// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TWO_WAY_BULK_H
#define HS_TWO_WAY_BULK_H

#include "ns3/hs-program.h"

namespace hoststack
{

/**
 * One end of a connection on which both ends write as much as the stream takes, and read at once.
 * Finished when everything has been written and everything, or the end of the stream, has been
 * read. One without a fixed amount writes until it is stopped, or until the peer closes.
 */
class TwoWayBulk : public Program
{
  public:
    /// \param bytes to send; 0: until it is stopped
    /// \param writeSize bytes per call
    TwoWayBulk(std::uint64_t bytes, std::uint64_t writeSize);

    /// Stopped, it writes no more; what the peer still sends is read.
    void Step(ProgramIo& io, Ready ready) override;

  private:
    void Fill(ProgramIo& io);
    void Drain(ProgramIo& io) const;
    void FinishIfDone(ProgramIo& io) const;

    std::uint64_t m_bytes;
    std::uint64_t m_writeSize;
    bool m_isConnected{false};
    bool m_isWritten{false};
    bool m_stops{false};
};

} // namespace hoststack

#endif // HS_TWO_WAY_BULK_H
