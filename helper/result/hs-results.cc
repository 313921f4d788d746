// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-results.h"

#include "ns3/hs-fingerprint.h"
#include "ns3/hs-hold-times.h"
#include "ns3/hs-resolved-scenario.h"
#include "ns3/hs-results-folder.h"
#include "ns3/hs-scenario-paths.h"
#include "ns3/hs-traffic-legs.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace hoststack
{

namespace
{

using nlohmann::json;

/// Whole numbers without a fraction, as a reader expects of counts.
json
Number(double value)
{
    constexpr double exact = 9007199254740992.0; // 2^53
    if (value == std::floor(value) && std::fabs(value) < exact)
    {
        return static_cast<std::int64_t>(value);
    }
    return value;
}

json
Optional(const std::optional<double>& value)
{
    return value ? Number(*value) : json(nullptr);
}

void
WriteFile(const std::string& path, const std::string& text)
{
    errno = 0;
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file)
    {
        FailToWrite(path);
    }
}

/// Names of all files below \p folder, relative to it, and that of the manifest.
std::vector<std::string>
FilesIn(const std::filesystem::path& folder)
{
    std::vector<std::string> names{"manifest.json"};
    std::error_code code;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, code))
    {
        if (entry.is_regular_file(code))
        {
            names.push_back(entry.path().lexically_relative(folder).string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::string
FirstLine(const std::string& path)
{
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

/// The commit that a folder `.git/` has checked out, or "".
[[maybe_unused]] std::string
CommitOfTree(const std::string& git)
{
    const auto head = FirstLine(git + "HEAD");
    const std::string prefix = "ref: ";
    if (head.rfind(prefix, 0) != 0)
    {
        return head;
    }
    const auto name = head.substr(prefix.size());
    const auto loose = FirstLine(git + name);
    if (!loose.empty())
    {
        return loose;
    }
    std::ifstream packed(git + "packed-refs");
    for (std::string line; std::getline(packed, line);)
    {
        const auto space = line.find(' ');
        if (space != std::string::npos && line.substr(space + 1) == name)
        {
            return line.substr(0, space);
        }
    }
    return {};
}

} // namespace

bool
RunReport::Met() const
{
    return std::all_of(verdicts.begin(), verdicts.end(), [](const Verdict& v) {
        return !v.IsFailure();
    });
}

void
FailToWrite(const std::string& path)
{
    const std::filesystem::path file(path);
    const std::string reason = errno != 0 ? std::strerror(errno) : "it was not written whole";
    CannotWrite(ResultsFolder::TargetOf(file.parent_path().string()),
                file.filename().string() + ": " + reason);
}

namespace
{

json
SettingsJson(const std::vector<SettingRecord>& settings)
{
    json list = json::array();
    for (const auto& setting : settings)
    {
        using State = SettingRecord::State;
        list.push_back({{"host", setting.host},
                        {"key", setting.key},
                        {"wanted", setting.wanted},
                        {"state",
                         setting.state == State::Applied   ? "applied"
                         : setting.state == State::Differs ? "differs"
                                                           : "impossible"},
                        {"detail", setting.detail}});
    }
    return list;
}

/// null if it is not known
json
Why(const std::string& prefix, const Metrics& metrics)
{
    json why;
    const auto limitations = LimitationsOf(prefix, metrics);
    if (!limitations.empty())
    {
        why["mostly"] = limitations.front().text;
        for (const auto& limitation : limitations)
        {
            why["share-of-time"][limitation.text] = Number(limitation.share);
        }
    }
    const auto ending = EndingOf(prefix, metrics);
    if (!ending.empty())
    {
        why["ended"] = ending;
    }
    return why;
}

} // namespace

nlohmann::json
SummaryOf(const RunReport& report)
{
    const Scenario& scenario = report.loaded.scenario;
    json metrics = json::object();
    for (const auto& [name, value] : report.result.metrics.All())
    {
        // Of the counters only what happened: most hosts meet few of them.
        if (value != 0.0 || !IsHostCounter(name))
        {
            metrics[name] = Optional(value);
        }
    }
    json expectations = json::array();
    for (const auto& verdict : report.verdicts)
    {
        json entry = {{"metric", verdict.expected.metric},
                      {"expected", verdict.expected.text},
                      {"unit", UnitName(verdict.unit)},
                      {"target", Number(verdict.expected.target)},
                      {"measured", Optional(verdict.measured)},
                      {"met", verdict.skipped.empty() ? json(verdict.met) : json(nullptr)},
                      {"because", verdict.expected.because}};
        if (verdict.expected.op == ExpectOperator::Within)
        {
            entry["tolerance"] = Number(verdict.expected.tolerance);
        }
        if (!verdict.expected.knownMiss.empty())
        {
            entry["known-miss"] = verdict.expected.knownMiss;
        }
        if (!verdict.skipped.empty())
        {
            entry["skipped"] = verdict.skipped;
        }
        if (verdict.expected.op == ExpectOperator::Within)
        {
            entry["tolerance"] = Number(verdict.expected.tolerance);
        }
        entry["margin"] = verdict.measured ? Number(verdict.margin) : json(nullptr);
        expectations.push_back(std::move(entry));
    }
    json why = json::object();
    for (const auto& traffic : MeasuredTraffic(scenario))
    {
        const auto prefix = "traffic." + traffic.name + '.';
        auto entry = Why(prefix, report.result.metrics);
        if (entry.is_null())
        {
            continue;
        }
        for (const auto& link : scenario.links)
        {
            auto inner = Why(prefix + "subflows." + link.name + '.', report.result.metrics);
            if (!inner.is_null())
            {
                entry["subflows"][link.name] = std::move(inner);
            }
        }
        why[traffic.name] = std::move(entry);
    }
    json summary = {{"hoststack-summary", 1},
                    {"name", scenario.name},
                    {"about", scenario.about},
                    {"seed", scenario.run.seed},
                    {"mode", report.mode == RunMode::Live ? "live" : "simulated"},
                    {"measured-from-s", Number(ToSeconds(scenario.run.measureFrom))},
                    {"simulated-s", Number(ToSeconds(report.result.end))},
                    {"met", report.Met()},
                    {"metrics", std::move(metrics)},
                    {"expectations", std::move(expectations)},
                    {"why", std::move(why)},
                    {"notes", report.result.notes}};
    if (report.mode == RunMode::Live)
    {
        summary["settings"] = SettingsJson(report.result.settings);
    }
    return summary;
}

void
WriteResults(const RunReport& report,
             const std::string& folder,
             const std::string& command,
             const std::string& simulator,
             const std::map<std::string, std::string>& digests)
{
    const auto summary = JsonText(SummaryOf(report)) + '\n';
    const auto whole = ResolveScenario(report.loaded.document);
    const auto resolved = JsonText(whole.document) + '\n';
    auto files = json::object();
    files["summary.json"] = FingerprintOf(summary);
    std::string all = summary;
    for (const auto& [name, digest] : digests)
    {
        files[name] = digest;
        all += digest;
    }
    WriteFile(folder + "/summary.json", summary);
    WriteFile(folder + "/scenario.resolved.json", resolved);
    for (const auto& input : whole.inputs)
    {
        std::error_code code;
        std::filesystem::create_directory(folder + "/inputs", code);
        WriteFile(folder + '/' + input.name, input.content);
    }
    const json manifest = {
        {"hoststack-manifest", 1},
        {"hoststack", ProgramVersion()},
        {"commit", SourceCommit().empty() ? json(nullptr) : json(SourceCommit())},
        {"simulator", simulator},
        {"compiler", __VERSION__},
        {"command", command},
        {"seed", report.loaded.scenario.run.seed},
        {"scenario-sha256", FingerprintOf(resolved)},
        {"result-sha256", FingerprintOf(all)},
        {"files-sha256", files},
        {"files", FilesIn(folder)},
    };
    WriteFile(folder + "/manifest.json", JsonText(manifest) + '\n');
}

std::string
JsonText(const nlohmann::json& value)
{
    return value.dump(2, ' ', false, json::error_handler_t::replace);
}

std::string
ProgramVersion()
{
#ifdef HOSTSTACK_VERSION
    return HOSTSTACK_VERSION;
#else
    return "unknown";
#endif
}

std::string
SourceCommit()
{
    const std::filesystem::path program = ProgramFile();
#ifdef HOSTSTACK_SOURCE_DIR
    const std::string tree = std::string(HOSTSTACK_SOURCE_DIR) + '/';
    if (program.string().rfind(tree, 0) == 0)
    {
        return CommitOfTree(tree + ".git/");
    }
#endif
    // An installation has kept it beside its scenarios.
    for (auto place = program.parent_path(); place.has_relative_path(); place = place.parent_path())
    {
        for (const char* below : {"share/hoststack/commit", "data/commit"})
        {
            if (auto kept = FirstLine((place / below).string()); !kept.empty())
            {
                return kept;
            }
        }
    }
    return {};
}

} // namespace hoststack
