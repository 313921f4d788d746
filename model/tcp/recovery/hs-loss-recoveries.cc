// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-recovery-dupack.h"
#include "ns3/hs-recovery-freebsd.h"
#include "ns3/hs-recovery-rack.h"
#include "ns3/hs-tcp-config.h"

namespace hoststack::tcp
{

Registry<LossRecovery, const Config&>&
LossRecoveries()
{
    static Registry<LossRecovery, const Config&> registry(
        "loss recovery",
        {
            {"rack-tlp",
             "RACK-TLP (RFC 8985) as Linux",
             [](const Config&) { return std::make_unique<RackRecovery>(); }},
            {"dupack",
             "duplicate ACKs: RFC 6675 with SACK, NewReno without; limited transmit",
             [](const Config& c) { return std::make_unique<DupAckRecovery>(c.limitedTransmit); }},
            {"freebsd-rack",
             "RACK and tail probes as FreeBSD's stack `rack`: a quarter of an RTT, always",
             [](const Config&) { return std::make_unique<FreebsdRecovery>(); }},
        });
    return registry;
}

} // namespace hoststack::tcp
