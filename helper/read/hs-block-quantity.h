// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BLOCK_QUANTITY_H
#define HS_BLOCK_QUANTITY_H

#include "ns3/hs-quantity.h"

#include <nlohmann/json.hpp>

namespace hoststack
{

/// What \p key of \p block says in the base unit of \p kind: \p absent without the key, 0 if it is
/// not one (an error of the schema, told elsewhere).
inline std::int64_t
QuantityIn(const nlohmann::json& block, const char* key, QuantityKind kind, std::int64_t absent)
{
    if (!block.contains(key))
    {
        return absent;
    }
    return ParseQuantity(block[key].get<std::string>(), kind).value.value_or(Quantity()).value;
}

} // namespace hoststack

#endif // HS_BLOCK_QUANTITY_H
