// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SEND_ACCOUNT_H
#define HS_SEND_ACCOUNT_H

#include "ns3/hs-processor.h"

#include <ns3/simple-ref-count.h>

#include <cstdint>

namespace ns3
{

/**
 * What of a connection lies in the queue and the ring of its host's device (sk_wmem_alloc of
 * Linux): counted when it is handed down, given back when a completion poll frees it or the queue
 * discipline drops it. The device then asks the connection to look again, which is work for the
 * host's core (the TSQ tasklet).
 *
 * Segments without data do not count, as in Linux. The flow of the connection carries it, so that
 * it lives as long as something of it is on its way. Its work is that the connection looks again.
 */
class HoststackSendAccount : public SimpleRefCount<HoststackSendAccount>,
                             public hoststack::host::Work
{
  public:
    /// \param head memory of a buffer beside its payload
    explicit HoststackSendAccount(std::uint32_t head)
        : m_head(head)
    {
    }

    virtual ~HoststackSendAccount() = default;

    HoststackSendAccount(const HoststackSendAccount&) = delete;
    HoststackSendAccount& operator=(const HoststackSendAccount&) = delete;

    /// The connection has been told to wait for less.
    virtual bool IsAwaited() const = 0;
    /// The connection goes.
    virtual void Leave() = 0;

    /// Memory, as the sender looks at it.
    const std::uint64_t& Bytes() const
    {
        return m_bytes;
    }

    /// A buffer with \p payload bytes is handed down.
    void Take(std::uint32_t payload)
    {
        m_bytes += payload + m_head;
    }

    /// A buffer has become \p pieces of the same payload in all.
    void Divide(std::uint32_t pieces)
    {
        m_bytes += std::uint64_t{pieces - 1} * m_head;
    }

    void Give(std::uint32_t payload)
    {
        m_bytes -= payload + m_head;
    }

    bool isListed{false}; ///< the device has it among those that are to look again

  private:
    const std::uint32_t m_head;
    std::uint64_t m_bytes{0};
};

} // namespace ns3

#endif // HS_SEND_ACCOUNT_H
