// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BENCH_STARTUP_H
#define HS_BENCH_STARTUP_H

#include "bench-case.h"

namespace hoststack::bench
{

/// CPU seconds of this program from exec to exit with one connection over three nodes that runs for
/// no time; the median of \p times processes.
double StartupSeconds(Carrier carrier, std::uint32_t times);

} // namespace hoststack::bench

#endif // HS_BENCH_STARTUP_H
