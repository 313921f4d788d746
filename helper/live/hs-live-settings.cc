// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-live-settings.h"

#include "ns3/hs-kernel-socket.h"
#include "ns3/hs-tcp-setting-table.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

namespace hoststack
{

namespace
{

using State = SettingRecord::State;

/// Words of \p text, each with one blank before the next.
std::string
Plain(const std::string& text)
{
    std::istringstream words(text);
    std::string plain;
    for (std::string word; words >> word;)
    {
        plain += (plain.empty() ? "" : " ") + word;
    }
    return plain;
}

std::optional<std::string>
FileText(const std::string& path)
{
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return file ? std::optional(Plain(text.str())) : std::nullopt;
}

/// The value of \p field in \p config as text; nothing for one that is several fields.
std::optional<std::string>
FieldText(const TcpSetting::Field& field, const tcp::Config& config)
{
    return std::visit(
        [&](auto member) -> std::optional<std::string> {
            using Member = decltype(member);
            if constexpr (std::is_same_v<Member, TcpSetting::Special>)
            {
                return std::nullopt;
            }
            else
            {
                std::ostringstream text;
                text << std::boolalpha << config.*member;
                return text.str();
            }
        },
        field);
}

/// Those that sockets take (hs-kernel-socket.h), and those that stand in one sysctl with others.
bool
IsToldElsewhere(const std::string& name)
{
    static const std::vector<std::string> names{"congestion",
                                                "nagle",
                                                "latch-receiver-rtt",
                                                "clamp-lifts-threshold",
                                                "max-pacing-rate",
                                                "receive-buffer",
                                                "send-buffer"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// HyStart's rounds begin as before 25c1a9ca53db.
const char* const kLateRounds = "hoststack_late_rounds";

std::optional<std::string>
KernelParameter(const char* name)
{
    return FileText(std::string("/sys/module/kernel/parameters/") + name);
}

/// "6.12.117" as three numbers.
std::array<int, 3>
KernelRelease()
{
    std::array<int, 3> found{};
    char dot = 0;
    std::istringstream text(FileText("/proc/sys/kernel/osrelease").value_or(""));
    text >> found[0] >> dot >> found[1] >> dot >> found[2];
    return found;
}

/// b879dcb1aeec: in 6.16, in 6.12.35, and in 6.1.192 by its source (since when is not known).
bool
LatchesReceiverRtt()
{
    const auto [series, release, patch] = KernelRelease();
    return series > 6 || (series == 6 && (release >= 16 || (release == 12 && patch >= 35) ||
                                          (release == 1 && patch >= 192)));
}

/// f5da7c45188e: in 6.14; not in 6.12.117 by its source.
bool
ClampLiftsThreshold()
{
    return KernelRelease() >= std::array<int, 3>{6, 14, 0};
}

class Reporter
{
  public:
    Reporter(const HostSpec& host, bool isProxy)
        : m_host(host),
          m_isProxy(isProxy)
    {
    }

    std::vector<SettingRecord> Take()
    {
        Sockets();
        KernelsOwn();
        Multipath();
        Machine();
        return std::move(m_records);
    }

  private:
    void Add(const std::string& key, const std::string& wanted, State state, std::string detail)
    {
        m_records.push_back({m_host.name, key, wanted, state, std::move(detail)});
    }

    void Sockets()
    {
        const auto& tcp = m_host.tcp;
        const auto& config = tcp.config;
        const auto known = KernelCongestionName(config.congestion);
        if (config.congestion == "cubic-before-6.14" && KernelParameter(kLateRounds) == "Y")
        {
            Add("tcp.congestion",
                config.congestion,
                State::Applied,
                std::string("TCP_CONGESTION, ") + kLateRounds + " = Y");
        }
        else
        {
            const bool isSame = known == config.congestion;
            Add("tcp.congestion",
                config.congestion,
                isSame ? State::Applied : State::Differs,
                isSame ? "TCP_CONGESTION" : "the kernel's own \"" + known + '"');
        }
        const auto applied =
            [this](bool on, const char* key, std::uint64_t value, const char* how) {
                if (on)
                {
                    Add(key, std::to_string(value), State::Applied, how);
                }
            };
        applied(config.receiveBufferLocked, "tcp.so-rcvbuf", config.receiveBuffer / 2, "SO_RCVBUF");
        applied(config.sendBufferLocked, "tcp.so-sndbuf", config.sendBuffer / 2, "SO_SNDBUF");
        applied(tcp.mssGiven, "tcp.mss", config.mss, "TCP_MAXSEG");
        applied(!config.nagle, "tcp.nagle", 0, "TCP_NODELAY");
        applied(config.maxPacingRate > 0,
                "tcp.max-pacing-rate",
                config.maxPacingRate,
                "SO_MAX_PACING_RATE");
    }

    /// What a kernel has no knob for.
    void KernelsOwn()
    {
        const bool latches = m_host.tcp.config.latchReceiverRtt;
        Add("tcp.latch-receiver-rtt",
            latches ? "true" : "false",
            latches == LatchesReceiverRtt() ? State::Applied : State::Differs,
            "the kernel's own");
        const bool lifts = m_host.tcp.config.clampLiftsThreshold;
        Add("tcp.clamp-lifts-threshold",
            lifts ? "true" : "false",
            lifts == ClampLiftsThreshold() ? State::Applied : State::Differs,
            "the kernel's own");
        const tcp::Config usual;
        for (const auto& setting : TcpSettingTable())
        {
            const auto wanted = FieldText(setting.field, m_host.tcp.config);
            if (wanted && !setting.sysctl.name && !IsToldElsewhere(setting.name) &&
                wanted != FieldText(setting.field, usual))
            {
                Add(std::string("tcp.") + setting.name,
                    *wanted,
                    State::Impossible,
                    "the kernel has it built in, in its own way");
            }
        }
    }

    /// A correction that a kernel built for twins can take out by a parameter of its command line.
    void Correction(const char* key, const char* before, bool wantsBefore, const char* parameter)
    {
        const auto has = KernelParameter(parameter);
        if (!has && wantsBefore)
        {
            Add(key, before, State::Impossible, "this kernel has the correction");
        }
        else if (has)
        {
            const bool isBefore = *has == "Y";
            Add(key,
                wantsBefore ? before : "corrected",
                isBefore == wantsBefore ? State::Applied : State::Differs,
                std::string(parameter) + " = " + *has);
        }
    }

    void Multipath()
    {
        if (!m_host.mptcp.enabled)
        {
            return;
        }
        const auto& config = m_host.mptcp.config;
        using mptcp::ReopenRule;
        if (config.reopen == ReopenRule::ImmediateAck || config.reopen == ReopenRule::NoUpdate)
        {
            Add("mptcp.reopen", "a rule for comparison", State::Impossible, "no kernel has it");
        }
        else
        {
            Correction("mptcp.reopen",
                       "free-space",
                       config.reopen == ReopenRule::FreeSpace,
                       "hoststack_note_when_sized");
        }
        Correction("mptcp.wake-needs-data",
                   "false",
                   !config.wakeNeedsData,
                   "hoststack_wake_without_data");
        Correction("mptcp.resync-before-data",
                   "false",
                   !config.resyncBeforeData,
                   "hoststack_without_resync");
        Correction("mptcp.subflow-window-shrinks",
                   "false",
                   !config.subflowWindowShrinks,
                   "hoststack_keep_window");
        const mptcp::Config usual;
        const std::pair<const char*, bool mptcp::Config::*> flags[] = {
            {"mptcp.cleanup-needs-copied", &mptcp::Config::cleanupNeedsCopied},
            {"mptcp.own-backup-counts", &mptcp::Config::ownBackupCounts},
            {"mptcp.echoes-backup", &mptcp::Config::echoesBackup},
            {"mptcp.send-buffer-is-sum", &mptcp::Config::sendBufferIsSum},
        };
        for (const auto& [key, member] : flags)
        {
            if (config.*member != usual.*member)
            {
                Add(key,
                    config.*member ? "true" : "false",
                    State::Impossible,
                    "as the kernel that runs does it");
            }
        }
    }

    void Machine()
    {
        const auto none = [this](bool on, const char* key, const char* detail) {
            if (on)
            {
                Add(key, "given", State::Impossible, detail);
            }
        };
        none(m_host.machine.has_value(), "cpu", "work takes what this machine takes");
        if (m_host.nic)
        {
            Add("nic",
                "given",
                State::Differs,
                "a TAP with its offloads behind the model's ring, polls and receive offload; its "
                "transmit queue gets segments and does not hold TCP back");
        }
        none(m_host.memory.has_value(), "memory", "tcp_mem is of the whole kernel");
        if (const auto& memory = m_host.memory)
        {
            none(memory->failureShare > 0, "memory.failures", "no request fails by chance");
            none(memory->failFrom < kNever, "memory.fail-from", "no request fails by the clock");
            none(memory->orphansMost > 0, "memory.orphans", "tcp_max_orphans is left as it is");
            none(memory->timeWaitMost > 0,
                 "memory.time-wait",
                 "tcp_max_tw_buckets is left as it is");
        }
        none(m_host.hpts.has_value(), "hpts", "it is FreeBSD's");
        none(m_host.tracker.has_value(), "tracker", "nothing checks the kernel's ways out");
        if (m_isProxy)
        {
            Add("proxy",
                "given",
                State::Differs,
                m_host.proxy.sealing.IsOn() ? "one thread, whose cipher takes no time"
                                            : "one thread");
        }
    }

    const HostSpec& m_host;
    const bool m_isProxy;
    std::vector<SettingRecord> m_records;
};

} // namespace

std::vector<SettingRecord>
KernelSettings(const Scenario& scenario, std::size_t host)
{
    const auto& all = scenario.traffic;
    const bool isProxy = std::any_of(all.begin(), all.end(), [host](const auto& traffic) {
        const auto& through = traffic.through;
        return std::find(through.begin(), through.end(), host) != through.end();
    });
    return Reporter(scenario.hosts[host], isProxy).Take();
}

SettingRecord
ReadBack(const LiveSysctl& setting, const std::string& host)
{
    SettingRecord record{host, setting.key, setting.value, State::Applied, setting.path};
    const auto has = FileText("/proc/sys/" + setting.path);
    if (!has)
    {
        record.state = State::Impossible;
        record.detail = "the kernel has no " + setting.path;
    }
    else if (*has != Plain(setting.value))
    {
        record.state = State::Differs;
        record.detail = setting.path + " = " + *has;
    }
    return record;
}

} // namespace hoststack
