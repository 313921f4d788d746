// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BENCH_NETWORK_H
#define HS_BENCH_NETWORK_H

#include "bench-case.h"

#include <ns3/ipv4-address.h>
#include <ns3/node.h>
#include <ns3/ptr.h>

#include <string>

namespace hoststack::bench
{

struct BenchNetwork
{
    ns3::Ptr<ns3::Node> sender;
    ns3::Ptr<ns3::Node> receiver;
    ns3::Ipv4Address server;   ///< of the receiver
    std::string socketFactory; ///< TypeId name
};

/// A and B of \p run, with a router between them unless the carrier is direct.
BenchNetwork BuildNetwork(const BenchCase& run);

} // namespace hoststack::bench

#endif // HS_BENCH_NETWORK_H
