// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RESULTS_H
#define HS_RESULTS_H

#include "ns3/hs-expectation.h"
#include "ns3/hs-fingerprint.h"
#include "ns3/hs-scenario-runner.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/**
 * \file
 * The files of a run. They hold no wall-clock time and no host name: the same scenario, seed and
 * version give the same bytes.
 */
namespace hoststack
{

/// The outcome of one run, in all its parts.
struct RunReport
{
    const LoadedScenario& loaded;
    RunResult result;
    std::vector<Verdict> verdicts;
    RunMode mode{RunMode::Simulated};

    /// Every expectation that counts is met.
    bool Met() const;
};

/// Why a connection was not faster: shares of its sender's busy time, the largest first.
struct Limitation
{
    std::string name; ///< "cwnd", "rwnd", "sndbuf", "pacing", "app", "handshake"
    std::string text; ///< "congestion window", ...
    double share;
};

/// Of the metrics whose names begin with \p prefix ("traffic.NAME."); empty if the stack does not
/// tell (ns-3's own TCP).
std::vector<Limitation> LimitationsOf(const std::string& prefix, const Metrics& metrics);

/// The content of summary.json.
nlohmann::json SummaryOf(const RunReport& report);

/// Writes `time_s,object,metric,value` lines as the run goes, with the shortest digits that give
/// back the same number.
class SeriesWriter
{
  public:
    /// \throws ScenarioError if the file cannot be written
    explicit SeriesWriter(const std::string& path);

    void Write(TimeNs at, const std::string& object, const std::string& metric, double value);

    /// Closes the file. \return the digest of its bytes
    std::string Finish();

  private:
    void Flush();

    std::string m_path;
    std::ofstream m_file;
    std::string m_buffer;
    Fingerprint m_fingerprint;
};

/**
 * Writes summary.json, scenario.resolved.json and manifest.json to \p folder.
 * \param command what the user asked for, without options that cannot change a result
 * \param simulator ScenarioRunner::Simulator()
 * \param seriesDigest of series.csv, or empty
 */
void WriteResults(const RunReport& report,
                  const std::string& folder,
                  const std::string& command,
                  const std::string& simulator,
                  const std::string& seriesDigest);

/// \p value over several lines; bytes that are no UTF-8 (of a file's name) are replaced.
std::string JsonText(const nlohmann::json& value);

/// Version of the program, for example "0.1.0".
std::string ProgramVersion();

/// The commit of the source tree the program was built from, or empty when it is not known.
std::string SourceCommit();

} // namespace hoststack

#endif // HS_RESULTS_H
