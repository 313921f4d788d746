// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCHEMA_TABLES_H
#define HS_SCHEMA_TABLES_H

#include <nlohmann/json.hpp>

namespace hoststack
{

/**
 * The parts of the schema that tables of the program say: "tcp" (TcpSettingTable), "kinds" of
 * traffic and the "keys" that they bring (Applications), "costs" (host::OperationTable).
 */
nlohmann::ordered_json SchemaFromTables();

/// Puts these parts in their places in the document of the schema. The file has them for editors
/// and for the reference page, written by docs/make-scenario-schema.py; the tables count.
void ApplyTables(nlohmann::json& schema);

} // namespace hoststack

#endif // HS_SCHEMA_TABLES_H
