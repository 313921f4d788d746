// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-dialogue-application.h"

#include "ns3/hs-dialogue.h"
#include "ns3/hs-traffic-block.h"

#include <utility>

namespace hoststack
{

namespace
{

/// A probe that says lines by turns and tells how long all of them took.
class DialogueApplication : public Application
{
  public:
    explicit DialogueApplication(DialogueScript script)
        : m_script(std::make_shared<const DialogueScript>(std::move(script)))
    {
    }

    std::unique_ptr<Program> MakeProgram(bool atFrom, Machine /* machine */) const override
    {
        return std::make_unique<Dialogue>(m_script, atFrom);
    }

    bool IsFedByFrom() const override
    {
        return false;
    }

    bool HasEnd() const override
    {
        return true;
    }

    bool Asks() const override
    {
        return true;
    }

  private:
    std::shared_ptr<const DialogueScript> m_script;
};

/// Both banners (RFC 4253 section 4.2), key exchange (section 7, curve25519), service request and a
/// login by key (RFC 4252 section 7). Lengths are those of OpenSSH 9 as seen in captures: estimate.
const DialogueScript kSsh{
    {false, 40},   // banner of the server, which speaks first
    {true, 40},    // banner
    {false, 1100}, // SSH_MSG_KEXINIT
    {true, 1550},  // SSH_MSG_KEXINIT and SSH_MSG_KEX_ECDH_INIT
    {false, 500},  // SSH_MSG_KEX_ECDH_REPLY, SSH_MSG_NEWKEYS
    {true, 80},    // SSH_MSG_NEWKEYS, SSH_MSG_SERVICE_REQUEST
    {false, 44},   // SSH_MSG_SERVICE_ACCEPT
    {true, 370},   // SSH_MSG_USERAUTH_REQUEST
    {false, 28},   // SSH_MSG_USERAUTH_SUCCESS
};

} // namespace

std::unique_ptr<Application>
ReadWebPage(TrafficBlock& block, TrafficSpec& /* traffic */)
{
    const auto request = block.Size("request-size", 500);
    DialogueScript script{{true, request}, {false, block.Size("page-size", 50000)}};
    const auto objects = block.Number("objects", 20);
    const auto size = block.Size("object-size", 25000);
    for (std::uint64_t i = 0; i < objects; ++i)
    {
        script.push_back({true, request});
        script.push_back({false, size});
    }
    return std::make_unique<DialogueApplication>(std::move(script));
}

nlohmann::ordered_json
WebPageKeys()
{
    return nlohmann::ordered_json::parse(R"({
        "page-size": {"description": "web-page: bytes of the document.", "$ref": "#/definitions/size",
                      "default": "50 kB", "x-minimum": "1 B"},
        "objects": {"description": "web-page: what the document names, each asked for when the one before is there.",
                    "type": "integer", "minimum": 0, "maximum": 10000, "default": 20},
        "object-size": {"description": "web-page: bytes of each.", "$ref": "#/definitions/size",
                        "default": "25 kB", "x-minimum": "1 B"}})");
}

std::unique_ptr<Application>
ReadSshHandshake(TrafficBlock& /* block */, TrafficSpec& /* traffic */)
{
    return std::make_unique<DialogueApplication>(kSsh);
}

} // namespace hoststack
