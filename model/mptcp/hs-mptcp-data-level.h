// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_DATA_LEVEL_H
#define HS_MPTCP_DATA_LEVEL_H

#include "ns3/hs-mptcp-address-book.h"
#include "ns3/hs-mptcp-config.h"
#include "ns3/hs-mptcp-counters.h"
#include "ns3/hs-mptcp-data-receiver.h"
#include "ns3/hs-mptcp-host-services.h"
#include "ns3/hs-mptcp-key-exchange.h"
#include "ns3/hs-mptcp-shared-window.h"
#include "ns3/hs-mptcp-types.h"
#include "ns3/hs-tcp-types.h"
#include "ns3/hs-window-policy.h"

#include <cstdint>

namespace hoststack
{
struct BufferMemory;
}

namespace hoststack::mptcp
{

class Subflow;

/// What the data level lets its subflows use directly.
struct DataLevelParts
{
    const Config& config;
    HostServices& host;
    Counters& counters;
    OnDemand<Info>& info;
    KeyExchange& keys;
    AddressBook& addresses;
    SharedWindow& window;
    DataReceiver& receiver;
    const tcp::State& state;
    const bool& fallback; ///< plain TCP from here on
};

/**
 * All that a subflow knows of the connection it belongs to: the parts that every subflow shares,
 * what its options have to say, and whom to tell what has come.
 */
class DataLevel : public DataLevelParts, public tcp::SharedStream
{
  public:
    /// What the options of a segment say; data offsets.
    struct Numbers
    {
        std::uint64_t next{0};      ///< of the peer's data, for the DATA_ACK
        std::uint64_t finOffset{0}; ///< of our DATA_FIN
        bool ack64{false};          ///< the peer uses 64-bit numbers, so DATA_ACKs are 64-bit, too
        bool finSent{false};
        bool tellsFin{false}; ///< the DATA_FIN goes with this segment
    };

    explicit DataLevel(const DataLevelParts& parts)
        : DataLevelParts(parts)
    {
    }

    ~DataLevel() override = default;

    virtual Numbers NumbersToSay() const = 0;

    bool IsFallback() const
    {
        return fallback;
    }

    /// The first subflow.
    virtual const Subflow& Initial() const = 0;

    /// \name The stream that all subflows share
    /// @{
    std::uint32_t Unread() const override
    {
        return receiver.Queue().Available();
    }

    bool HasEdge() const override
    {
        return !IsFallback();
    }

    std::uint32_t Announced() const override
    {
        return window.LeftFrom(receiver.Queue().Next());
    }

    /// @}

    /// \name What a subflow has received
    /// @{
    virtual void OnDataAck(TimeNs now, const MptcpDss& dss, std::uint64_t window) = 0;
    /// \param memory of the bytes, which were one segment. \return bytes that are new
    virtual std::uint32_t OnData(TimeNs now,
                                 Subflow& subflow,
                                 std::uint64_t begin,
                                 const Payload& bytes,
                                 const BufferMemory& memory) = 0;
    virtual void OnDataFin(TimeNs now, Subflow& subflow, std::uint64_t offset) = 0;
    /// From now on DATA_ACKs have another length.
    virtual void OnAckLength() = 0;
    /// Everything about addresses, priorities, failures and the end.
    virtual void OnSignal(TimeNs now,
                          Subflow& subflow,
                          const MptcpOptions& options,
                          bool isReset) = 0;
    /// @}

    /// \name What becomes of a subflow
    /// @{
    /// The peer has shown that it has our keys.
    virtual void OnProven(TimeNs now, Subflow& subflow) = 0;
    /// Its third message may come: there is room, and the connection takes joins.
    virtual bool TakesJoin(const Subflow& subflow) const = 0;
    /// A join that was refused is gone.
    virtual void OnRefused(TimeNs now, Subflow& subflow) = 0;
    /// Resets it.
    virtual void FailSubflow(TimeNs now, Subflow& subflow, MptcpResetReason reason) = 0;
    /// MP_FAIL is due.
    virtual void OnFail(TimeNs now, Subflow& subflow) = 0;
    virtual bool MayFallBack(const Subflow& subflow) const = 0;
    virtual void FallBackOn(TimeNs now, Subflow& subflow, bool wantsAcks) = 0;
    /// Another one may carry its data.
    virtual bool HasAlternative(const Subflow& subflow) const = 0;
    /// @}
};

} // namespace hoststack::mptcp

#endif // HS_MPTCP_DATA_LEVEL_H
