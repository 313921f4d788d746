// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-gro.h"
#include "ns3/hs-lossy-lro.h"
#include "ns3/hs-offload-freebsd.h"
#include "ns3/hs-offload-none.h"

namespace hoststack
{

Registry<ReceiveOffload, const OffloadSettings&, ReceiveOffload::Sink&>&
ReceiveOffloads()
{
    using Settings = OffloadSettings;
    using Sink = ReceiveOffload::Sink;
    static Registry<ReceiveOffload, const Settings&, Sink&> registry = [] {
        Registry<ReceiveOffload, const Settings&, Sink&> all(
            "receive offload",
            {
                {"none",
                 "every packet goes up as it came",
                 [](const Settings&, Sink& sink) {
                     return std::make_unique<NoReceiveOffload>(sink);
                 }},
                {"gro",
                 "generic receive offload of Linux: what it merges can be cut again",
                 [](const Settings& settings, Sink& sink) {
                     return std::make_unique<Gro>(settings, sink);
                 }},
                {"gro-list",
                 "the same with rx-gro-list: forwarded flows stay chains of the packets that came",
                 [](const Settings& settings, Sink& sink) {
                     return std::make_unique<Gro>(settings, sink, Gro::Chains::WithoutReceiver);
                 }},
                {"lro",
                 "lossy, as Linux drivers did it in 2009: merges everything in sight",
                 [](const Settings& settings, Sink& sink) {
                     return std::make_unique<LossyLro>(settings, sink, LossyLro::Style::Software);
                 }},
                {"lro-hardware",
                 "lossy, in the NIC: ends units by time",
                 [](const Settings& settings, Sink& sink) {
                     return std::make_unique<LossyLro>(settings, sink, LossyLro::Style::Hardware);
                 }},
            });
        for (const auto& version : LroVersions())
        {
            all.Add({version.name, version.about, [&version](const Settings& settings, Sink& sink) {
                         return std::make_unique<FreebsdOffload>(version, settings, sink);
                     }});
        }
        return all;
    }();
    return registry;
}

} // namespace hoststack
