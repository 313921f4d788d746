// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_IP_TRACES_H
#define HS_IP_TRACES_H

namespace ns3
{

class Ipv4L3Protocol;
class Ipv6L3Protocol;

/// Somebody listens to what IP sends, receives, delivers or forwards: packets then go through it.
bool IsTraced(const Ipv4L3Protocol& ipv4);
bool IsTraced(const Ipv6L3Protocol& ipv6);

} // namespace ns3

#endif // HS_IP_TRACES_H
