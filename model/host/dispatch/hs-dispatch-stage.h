// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DISPATCH_STAGE_H
#define HS_DISPATCH_STAGE_H

#include "ns3/hs-dispatch-table.h"
#include "ns3/hs-units.h"

#include <string>
#include <vector>

namespace hoststack::host
{

/**
 * What a system's socket layer consists of. Rows of a table: a new stage is a line in
 * hs-dispatch-stage.cc, a new table, notification or lock a file of its own.
 */
struct DispatchStage
{
    const char* name;
    const char* about;
    const char* table;        ///< of DispatchTables()
    TableSize size;           ///< of the table
    const char* notification; ///< of Notifications()
    bool isLargeKernel;       ///< packets cost what they cost Linux, else what they cost smoltcp
    const char* lock;         ///< of LockSchemes(), held by polls and by send() and recv()
    bool disablesInterrupts;  ///< who has it has interrupts of its core off, else bottom halves
    bool copiesUnderLock;     ///< ... while they copy
    /// A packet for a socket whose lock a program holds waits in the socket's backlog, not the
    /// core.
    bool hasBacklog;
    bool keepsTimeWait; ///< else a connection in TIME-WAIT is dead at once
    int loopbackCopies; ///< of a byte that goes from one local socket to another, without the
                        ///< users'
};

/// From smoltcp over the history of Asterinas to large kernels.
const std::vector<DispatchStage>& DispatchStages();

/// \throws UnknownName
const DispatchStage& DispatchStageByName(const std::string& name);

} // namespace hoststack::host

#endif // HS_DISPATCH_STAGE_H
