// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LATE_TRACE_H
#define HS_LATE_TRACE_H

#include "ns3/hs-on-demand.h"

#include <ns3/callback.h>
#include <ns3/object-base.h>
#include <ns3/ptr.h>
#include <ns3/trace-source-accessor.h>

#include <string>

namespace ns3
{

/**
 * Leads ns-3 to trace sources that an object makes together when somebody connects to the first of
 * them: as ns3::MakeTraceSourceAccessor, for members of \p Sources.
 */
template <class Owner, class Sources, class Source>
class HoststackLateTrace : public TraceSourceAccessor
{
  public:
    using SourcesMember = hoststack::OnDemand<Sources> Owner::*;
    using SourceMember = Source Sources::*;

    HoststackLateTrace(SourcesMember sources, SourceMember source)
        : m_sources(sources),
          m_source(source)
    {
    }

    bool ConnectWithoutContext(ObjectBase* object, const CallbackBase& callback) const override
    {
        return With(object, [&](Source& source) { source.ConnectWithoutContext(callback); });
    }

    bool Connect(ObjectBase* object,
                 std::string context,
                 const CallbackBase& callback) const override
    {
        return With(object, [&](Source& source) { source.Connect(callback, context); });
    }

    bool DisconnectWithoutContext(ObjectBase* object, const CallbackBase& callback) const override
    {
        return With(object, [&](Source& source) { source.DisconnectWithoutContext(callback); });
    }

    bool Disconnect(ObjectBase* object,
                    std::string context,
                    const CallbackBase& callback) const override
    {
        return With(object, [&](Source& source) { source.Disconnect(callback, context); });
    }

  private:
    template <class Action>
    bool With(ObjectBase* object, Action action) const
    {
        auto* owner = dynamic_cast<Owner*>(object);
        if (owner == nullptr)
        {
            return false;
        }
        action((owner->*m_sources).Own().*m_source);
        return true;
    }

    const SourcesMember m_sources;
    const SourceMember m_source;
};

/// For TypeId::AddTraceSource.
template <class Owner, class Sources, class Source>
Ptr<const TraceSourceAccessor>
MakeLateTraceAccessor(hoststack::OnDemand<Sources> Owner::*sources, Source Sources::*source)
{
    return Create<HoststackLateTrace<Owner, Sources, Source>>(sources, source);
}

} // namespace ns3

#endif // HS_LATE_TRACE_H
