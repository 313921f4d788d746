// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

namespace hoststack
{

// Each is defined in behaviour/, in the file named after it.
LinkBehaviourEntry BernoulliEntry();
LinkBehaviourEntry GilbertElliottEntry();
LinkBehaviourEntry PeriodicOutageEntry();
LinkBehaviourEntry UniformJitterEntry();
LinkBehaviourEntry NormalJitterEntry();
LinkBehaviourEntry HarqEntry();
LinkBehaviourEntry DeliveryGapEntry();
LinkBehaviourEntry ReorderEntry();
LinkBehaviourEntry SlotGateEntry();
LinkBehaviourEntry TddEntry();
LinkBehaviourEntry RequestGrantEntry();
LinkBehaviourEntry SrGrantEntry();
LinkBehaviourEntry AckThinningEntry();
LinkBehaviourEntry RateStepsEntry();
LinkBehaviourEntry TraceEntry();
LinkBehaviourEntry StarlinkHandoverEntry();
LinkBehaviourEntry EcnThresholdEntry();
LinkBehaviourEntry DocsisPieEntry();
LinkBehaviourEntry CodelEntry();
LinkBehaviourEntry FqCodelEntry();
LinkBehaviourEntry CakeEntry();
LinkBehaviourEntry PolicerEntry();
LinkBehaviourEntry LossListEntry();
LinkBehaviourEntry SeededLossEntry();

LinkBehaviourRegistry&
LinkBehaviours()
{
    static LinkBehaviourRegistry registry({
        BernoulliEntry(),      GilbertElliottEntry(),
        PeriodicOutageEntry(), UniformJitterEntry(),
        NormalJitterEntry(),   HarqEntry(),
        DeliveryGapEntry(),    ReorderEntry(),
        SlotGateEntry(),       TddEntry(),
        RequestGrantEntry(),   SrGrantEntry(),
        AckThinningEntry(),    RateStepsEntry(),
        TraceEntry(),          StarlinkHandoverEntry(),
        EcnThresholdEntry(),   DocsisPieEntry(),
        CodelEntry(),          FqCodelEntry(),
        CakeEntry(),           PolicerEntry(),
        LossListEntry(),       SeededLossEntry(),
    });
    return registry;
}

} // namespace hoststack
