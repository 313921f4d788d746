// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tunnel-application.h"

#include "ns3/hs-datagram-tunnel.h"
#include "ns3/hs-traffic-block.h"

namespace hoststack
{

namespace
{

class TunnelApplication : public Application
{
  public:
    explicit TunnelApplication(TrafficBlock& block)
    {
        m_settings.size = static_cast<std::uint32_t>(block.Size("packet-size", 1200));
        m_settings.overhead = static_cast<std::uint32_t>(block.Size("vpn-overhead", 40));
        m_settings.queueLimit = block.Number("queue-limit", 2048);
        m_rate = block.Rate("rate", 0);
        const auto bytes = block.Size("bytes", 0);
        if (m_rate == 0)
        {
            block.Add("",
                      "traffic of kind vpn-datagrams needs \"rate\"",
                      "the rate of the datagrams, such as \"2 Mbit/s\"");
        }
        if (m_settings.size < kLeast || m_settings.size > kMost)
        {
            block.Add("packet-size", "is no datagram", "20 B (a header of IPv4) to 65000 B");
            m_settings.size = kMost;
        }
        if (block.Number("connections", 1) > 1)
        {
            block.Add("connections", "a tunnel has one connection", "one traffic for each tunnel");
        }
        m_settings.count = (bytes + m_settings.size - 1) / m_settings.size;
    }

    std::unique_ptr<Program> MakeProgram(bool atFrom, Machine machine) const override
    {
        auto settings = m_settings;
        settings.isInBand = machine == Machine::Real;
        if (atFrom)
        {
            // The end that opens is made first, once in each run.
            m_ledger = std::make_shared<TunnelLedger>();
            return std::make_unique<TunnelSender>(
                settings,
                MakeConstantRate(std::uint64_t{m_settings.size} * 8, m_rate),
                m_ledger);
        }
        return std::make_unique<TunnelReceiver>(settings, m_ledger);
    }

    bool IsFedByFrom() const override
    {
        return true;
    }

    bool HasEnd() const override
    {
        return m_settings.count > 0;
    }

    bool Asks() const override
    {
        return true;
    }

    bool SharesMemory() const override
    {
        return true;
    }

  private:
    static constexpr std::uint32_t kLeast = 20;
    static constexpr std::uint32_t kMost = 65000;

    TunnelSettings m_settings;
    BitsPerSecond m_rate;
    mutable std::shared_ptr<TunnelLedger> m_ledger; ///< of the run under way
};

} // namespace

std::unique_ptr<Application>
ReadVpnDatagrams(TrafficBlock& block, TrafficSpec& /* traffic */)
{
    return std::make_unique<TunnelApplication>(block);
}

nlohmann::ordered_json
VpnDatagramsKeys()
{
    return nlohmann::ordered_json::parse(R"({
        "vpn-overhead": {"description": "vpn-datagrams: bytes beside each datagram in the stream (OpenVPN over TCP with AES-256-GCM: a length of 2, 4 of opcode and peer, 4 of packet id, a tag of 16, rounded up).",
                         "$ref": "#/definitions/size", "default": "40 B"},
        "queue-limit": {"description": "vpn-datagrams: datagrams that wait for the stream at most; more are dropped (OpenVPN's tcp-queue-limit).",
                        "type": "integer", "minimum": 1, "maximum": 1000000, "default": 2048}})");
}

} // namespace hoststack
