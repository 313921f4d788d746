// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-json-overlay.h"

namespace hoststack
{

namespace
{

using Json = nlohmann::json;

/// Stands where a null has removed a key: what it removes may also be in a layer that is not there
/// yet. No text of JSON yields a binary value.
Json
Removed()
{
    return Json::binary({});
}

} // namespace

void
Overlay(Json& target, const Json& patch)
{
    if (patch.is_null())
    {
        target = Removed();
        return;
    }
    if (!patch.is_object())
    {
        target = patch;
        return;
    }
    if (!target.is_object())
    {
        target = Json::object();
    }
    for (const auto& item : patch.items())
    {
        Overlay(target[item.key()], item.value());
    }
}

void
RemoveMarked(Json& value)
{
    if (!value.is_object())
    {
        return;
    }
    for (auto item = value.begin(); item != value.end();)
    {
        if (item->is_binary())
        {
            item = value.erase(item);
        }
        else
        {
            RemoveMarked(*item);
            ++item;
        }
    }
}

} // namespace hoststack
