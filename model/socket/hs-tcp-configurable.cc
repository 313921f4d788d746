// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-configurable.h"

#include "ns3/hs-congestion-ns3-adapter.h"
#include "ns3/hs-loss-recovery.h"
#include "ns3/hs-pacer.h"
#include "ns3/hs-rtt-estimator.h"
#include "ns3/hs-window-policy.h"

#include <ns3/attribute.h>
#include <ns3/boolean.h>
#include <ns3/nstime.h>
#include <ns3/object-base.h>
#include <ns3/string.h>
#include <ns3/uinteger.h>

#include <deque>
#include <string>
#include <vector>

namespace ns3
{

using Config = HoststackTcpConfig;
using hoststack::tcp::EcnMode;

HoststackTcpConfigurable::HoststackTcpConfigurable(std::shared_ptr<const Config> config)
    : m_config(std::move(config))
{
}

void
HoststackTcpConfigurable::SetConfig(std::shared_ptr<const Config> config)
{
    m_config = std::move(config);
    ConfigChanged();
}

Config&
HoststackTcpConfigurable::EditConfig()
{
    auto copy = std::make_shared<Config>(*m_config);
    auto& result = *copy;
    m_config = std::move(copy);
    return result;
}

std::shared_ptr<const Config>
LimitMss(const std::shared_ptr<const Config>& config, std::uint32_t mss)
{
    struct Limited
    {
        std::weak_ptr<const Config> base;
        std::shared_ptr<const Config> result;
    };

    constexpr std::size_t kRemembered = 16;
    static std::deque<Limited> known;
    if (config->mss <= mss)
    {
        return config;
    }
    for (const auto& entry : known)
    {
        if (entry.result->mss == mss && entry.base.lock() == config)
        {
            return entry.result;
        }
    }
    auto limited = std::make_shared<Config>(*config);
    limited->mss = mss;
    known.push_front({config, limited});
    if (known.size() > kRemembered)
    {
        known.pop_back();
    }
    return limited;
}

/// Sets and gets one attribute by a pair of functions on the configuration.
class HoststackTcpConfigAccess
{
  public:
    template <class Value>
    class Accessor : public AttributeAccessor
    {
      public:
        using Setter = bool (*)(Config&, const Value&);
        using Getter = Value (*)(const Config&);

        Accessor(Setter set, Getter get)
            : m_set(set),
              m_get(get)
        {
        }

        bool Set(ObjectBase* object, const AttributeValue& value) const override
        {
            auto* owner = dynamic_cast<HoststackTcpConfigurable*>(object);
            const auto* typed = dynamic_cast<const Value*>(&value);
            if (owner == nullptr || typed == nullptr)
            {
                return false;
            }
            Config changed = *owner->m_config;
            if (!m_set(changed, *typed))
            {
                return false;
            }
            owner->m_config = std::make_shared<const Config>(std::move(changed));
            owner->ConfigChanged();
            return true;
        }

        bool Get(const ObjectBase* object, AttributeValue& value) const override
        {
            const auto* owner = dynamic_cast<const HoststackTcpConfigurable*>(object);
            auto* typed = dynamic_cast<Value*>(&value);
            if (owner == nullptr || typed == nullptr)
            {
                return false;
            }
            *typed = m_get(*owner->m_config);
            return true;
        }

        bool HasGetter() const override
        {
            return true;
        }

        bool HasSetter() const override
        {
            return true;
        }

      private:
        Setter m_set;
        Getter m_get;
    };
};

namespace
{

template <class Value>
TypeId
Add(TypeId tid,
    std::uint32_t flags,
    const char* name,
    const std::string& help,
    typename HoststackTcpConfigAccess::Accessor<Value>::Setter set,
    typename HoststackTcpConfigAccess::Accessor<Value>::Getter get,
    Ptr<const AttributeChecker> checker)
{
    return tid.AddAttribute(name,
                            help,
                            flags,
                            get(Config()),
                            Create<HoststackTcpConfigAccess::Accessor<Value>>(set, get),
                            checker);
}

/// The help of an attribute that takes a name of a registry.
std::string
OneOf(std::string text, const std::vector<std::string>& names)
{
    const char* between = ": ";
    for (const auto& name : names)
    {
        text += between + ('"' + name + '"');
        between = ", ";
    }
    return text + '.';
}

bool
SetCongestion(Config& config, const StringValue& value)
{
    if (!KnowCongestion(value.Get()))
    {
        return false;
    }
    config.congestion = value.Get();
    return true;
}

bool
SetEcn(Config& config, const StringValue& value)
{
    const auto& text = value.Get();
    config.ecn = text == "On"           ? EcnMode::On
                 : text == "AcceptOnly" ? EcnMode::Passive
                                        : EcnMode::Off;
    return text == "On" || text == "AcceptOnly" || text == "Off";
}

StringValue
GetEcn(const Config& config)
{
    return StringValue(config.ecn == EcnMode::On        ? "On"
                       : config.ecn == EcnMode::Passive ? "AcceptOnly"
                                                        : "Off");
}

} // namespace

TypeId
AddTcpConfigAttributes(TypeId tid, std::uint32_t flags)
{
    using B = BooleanValue;
    using S = StringValue;
    using T = TimeValue;
    using U = UintegerValue;
    const auto boolean = MakeBooleanChecker();
    const auto text = MakeStringChecker();
    const auto time = MakeTimeChecker(Time(0));
    const auto number = MakeUintegerChecker<std::uint32_t>();
    // The kernel doubles what SO_SNDBUF and SO_RCVBUF say (socket(7)).
    constexpr std::uint32_t kDoubled = 2;

    // clang-format off
    tid = Add<S>(tid, flags, "CongestionControl", "A congestion control of hoststack (\"cubic\") or of ns-3 (\"ns3:TcpVegas\").",
        SetCongestion, [](const Config& c) { return S(c.congestion); }, text);
    tid = Add<S>(tid, flags, "Recovery", OneOf("Loss recovery", hoststack::tcp::LossRecoveries().Names()),
        [](Config& c, const S& v) { c.recovery = v.Get(); return hoststack::tcp::LossRecoveries().Has(c.recovery); },
        [](const Config& c) { return S(c.recovery); }, text);
    tid = Add<S>(tid, flags, "WindowPolicy", OneOf("How the receive window is chosen", hoststack::tcp::WindowPolicies().Names()),
        [](Config& c, const S& v) { c.window = v.Get(); return hoststack::tcp::WindowPolicies().Has(c.window); },
        [](const Config& c) { return S(c.window); }, text);
    tid = Add<S>(tid, flags, "RtoPolicy", OneOf("Retransmission time-out", hoststack::tcp::RttEstimators().Names()),
        [](Config& c, const S& v) { c.rto = v.Get(); return hoststack::tcp::RttEstimators().Has(c.rto); },
        [](const Config& c) { return S(c.rto); }, text);
    tid = Add<S>(tid, flags, "Pacing", OneOf("Who spaces the bursts", hoststack::Pacers().Names()),
        [](Config& c, const S& v) { c.pacing = v.Get(); return hoststack::Pacers().Has(c.pacing); },
        [](const Config& c) { return S(c.pacing); }, text);
    tid = Add<U>(tid, flags, "SegmentSize", "Largest MSS to announce, bytes; the route's MTU may lower it.",
        [](Config& c, const U& v) { c.mss = static_cast<std::uint32_t>(v.Get()); return true; },
        [](const Config& c) { return U(c.mss); }, MakeUintegerChecker<std::uint32_t>(88, 65535));
    tid = Add<U>(tid, flags, "InitialCwnd", "Initial congestion window, segments.",
        [](Config& c, const U& v) { c.initialCwnd = static_cast<std::uint32_t>(v.Get()); return true; },
        [](const Config& c) { return U(c.initialCwnd); }, MakeUintegerChecker<std::uint32_t>(1));
    tid = Add<U>(tid, flags, "SndBufSize", "As setsockopt(SO_SNDBUF), bytes: fixes the send buffer at twice this; 0: grows with the window.",
        [](Config& c, const U& v) {
            c.sendBufferLocked = v.Get() > 0;
            c.sendBuffer = c.sendBufferLocked ? kDoubled * static_cast<std::uint32_t>(v.Get()) : Config().sendBuffer;
            return true;
        },
        [](const Config& c) { return U(c.sendBufferLocked ? c.sendBuffer / kDoubled : 0); }, MakeUintegerChecker<std::uint32_t>(0, 1U << 30));
    tid = Add<U>(tid, flags, "RcvBufSize", "As setsockopt(SO_RCVBUF), bytes: fixes the receive buffer at twice this; 0: tunes itself.",
        [](Config& c, const U& v) {
            c.receiveBufferLocked = v.Get() > 0;
            c.receiveBuffer = c.receiveBufferLocked ? kDoubled * static_cast<std::uint32_t>(v.Get()) : Config().receiveBuffer;
            return true;
        },
        [](const Config& c) { return U(c.receiveBufferLocked ? c.receiveBuffer / kDoubled : 0); }, MakeUintegerChecker<std::uint32_t>(0, 1U << 30));
    tid = Add<U>(tid, flags, "SndBufMax", "Largest send buffer that grows by itself, bytes (tcp_wmem[2]).",
        [](Config& c, const U& v) { c.sendBufferMax = static_cast<std::uint32_t>(v.Get()); return true; },
        [](const Config& c) { return U(c.sendBufferMax); }, number);
    tid = Add<U>(tid, flags, "RcvBufMax", "Largest receive buffer that grows by itself, bytes (tcp_rmem[2]).",
        [](Config& c, const U& v) { c.receiveBufferMax = static_cast<std::uint32_t>(v.Get()); return true; },
        [](const Config& c) { return U(c.receiveBufferMax); }, number);
    tid = Add<B>(tid, flags, "WindowScaling", "RFC 7323.",
        [](Config& c, const B& v) { c.windowScaling = v.Get(); return true; },
        [](const Config& c) { return B(c.windowScaling); }, boolean);
    tid = Add<B>(tid, flags, "Timestamp", "RFC 7323.",
        [](Config& c, const B& v) { c.timestamps = v.Get(); return true; },
        [](const Config& c) { return B(c.timestamps); }, boolean);
    tid = Add<B>(tid, flags, "Sack", "RFC 2018.",
        [](Config& c, const B& v) { c.sack = v.Get(); return true; },
        [](const Config& c) { return B(c.sack); }, boolean);
    tid = Add<B>(tid, flags, "LimitedTransmit", "RFC 3042.",
        [](Config& c, const B& v) { c.limitedTransmit = v.Get(); return true; },
        [](const Config& c) { return B(c.limitedTransmit); }, boolean);
    tid = Add<S>(tid, flags, "UseEcn", "RFC 3168: \"Off\", \"AcceptOnly\" or \"On\".",
        SetEcn, GetEcn, text);
    tid = Add<B>(tid, flags, "TcpNoDelay", "No Nagle algorithm; also on an open connection.",
        [](Config& c, const B& v) { c.nagle = !v.Get(); return true; },
        [](const Config& c) { return B(!c.nagle); }, boolean);
    tid = Add<B>(tid, flags, "KeepAlive", "SO_KEEPALIVE.",
        [](Config& c, const B& v) { c.keepAlive = v.Get(); return true; },
        [](const Config& c) { return B(c.keepAlive); }, boolean);
    tid = Add<T>(tid, flags, "MinRto", "Smallest retransmission time-out.",
        [](Config& c, const T& v) { c.rtoMin = v.Get().GetNanoSeconds(); return true; },
        [](const Config& c) { return T(NanoSeconds(c.rtoMin)); }, time);
    tid = Add<T>(tid, flags, "ConnTimeout", "First retransmission time-out, before any measurement.",
        [](Config& c, const T& v) { c.rtoInitial = v.Get().GetNanoSeconds(); return true; },
        [](const Config& c) { return T(NanoSeconds(c.rtoInitial)); }, time);
    tid = Add<U>(tid, flags, "ConnCount", "Retransmissions of a SYN before giving up.",
        [](Config& c, const U& v) { c.synRetries = static_cast<std::uint32_t>(v.Get()); return true; },
        [](const Config& c) { return U(c.synRetries); }, number);
    tid = Add<U>(tid, flags, "DataRetries", "Time-outs in a row before giving up (tcp_retries2).",
        [](Config& c, const U& v) { c.retries2 = static_cast<std::uint32_t>(v.Get()); return true; },
        [](const Config& c) { return U(c.retries2); }, number);
    tid = Add<T>(tid, flags, "DelAckMin", "Shortest delay of an acknowledgement (TCP_DELACK_MIN).",
        [](Config& c, const T& v) { c.delayedAckMin = v.Get().GetNanoSeconds(); return true; },
        [](const Config& c) { return T(NanoSeconds(c.delayedAckMin)); }, time);
    tid = Add<T>(tid, flags, "DelAckMax", "Longest delay of an acknowledgement (TCP_DELACK_MAX).",
        [](Config& c, const T& v) { c.delayedAckMax = v.Get().GetNanoSeconds(); return true; },
        [](const Config& c) { return T(NanoSeconds(c.delayedAckMax)); }, time);
    tid = Add<T>(tid, flags, "TimeWait", "How long TIME-WAIT lasts (twice the MSL).",
        [](Config& c, const T& v) { c.timeWait = v.Get().GetNanoSeconds(); return true; },
        [](const Config& c) { return T(NanoSeconds(c.timeWait)); }, time);
    // clang-format on
    return tid;
}

} // namespace ns3
