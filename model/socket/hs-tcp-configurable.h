// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_CONFIGURABLE_H
#define HS_TCP_CONFIGURABLE_H

#include "ns3/hs-tcp-config.h"

#include <ns3/type-id.h>

#include <cstdint>
#include <memory>

namespace ns3
{

using HoststackTcpConfig = hoststack::tcp::Config;

/**
 * Something whose tcp::Config can be edited through ns-3 attributes: the protocol (for all sockets
 * it makes from then on) and a single socket (until it connects or listens).
 */
class HoststackTcpConfigurable
{
  public:
    virtual ~HoststackTcpConfigurable() = default;

    /// Replaces all of it; shared, and not to be changed afterwards.
    void SetConfig(std::shared_ptr<const HoststackTcpConfig> config);

    const std::shared_ptr<const HoststackTcpConfig>& GetConfig() const
    {
        return m_config;
    }

    /// A copy of its own to change. Connections that exist keep the old one.
    HoststackTcpConfig& EditConfig();

  protected:
    explicit HoststackTcpConfigurable(std::shared_ptr<const HoststackTcpConfig> config);

    /// Called after every change.
    virtual void ConfigChanged()
    {
    }

  private:
    friend class HoststackTcpConfigAccess;
    std::shared_ptr<const HoststackTcpConfig> m_config;
};

/**
 * The configuration with an announced MSS of at most \p mss: \p config itself, or a copy shared by
 * all who ask for the same. Memory grows with the number of different limits in use only.
 */
std::shared_ptr<const HoststackTcpConfig> LimitMss(
    const std::shared_ptr<const HoststackTcpConfig>& config,
    std::uint32_t mss);

/// Adds one attribute per setting to the TypeId of a HoststackTcpConfigurable.
/// \p flags TypeId::AttributeFlag
TypeId AddTcpConfigAttributes(TypeId tid, std::uint32_t flags);

} // namespace ns3

#endif // HS_TCP_CONFIGURABLE_H
