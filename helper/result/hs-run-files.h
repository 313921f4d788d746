// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RUN_FILES_H
#define HS_RUN_FILES_H

#include "ns3/hs-fingerprint.h"
#include "ns3/hs-run-records.h"
#include "ns3/hs-scenario.h"
#include "ns3/hs-series-names.h"

#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/**
 * \file
 * The tables that a run leaves: series, events, connections and exchanges, and what their columns
 * mean. Numbers have the shortest digits that give back the same number; what there is not is
 * empty.
 */
namespace hoststack
{

/// A file of lines that is written as the run goes.
class TableFile
{
  public:
    /// \throws ScenarioError if the file cannot be written
    TableFile(const std::string& path, const std::string& header);

    /// \p line without its end.
    void Write(const std::string& line);

    /// Closes the file. \return the digest of its bytes
    std::string Finish();

  private:
    void Flush();

    std::string m_path;
    std::ofstream m_file;
    std::string m_buffer;
    Fingerprint m_fingerprint;
};

/// The tables of one run.
class RunFiles
{
  public:
    /// \param folder where they go. \throws ScenarioError if they cannot be written
    RunFiles(const std::string& folder, const Scenario& scenario);

    bool WantsSeries() const
    {
        return m_series != nullptr;
    }

    bool WantsEvents() const
    {
        return m_events != nullptr;
    }

    void Sample(TimeNs at, const std::string& object, const std::string& metric, double value);
    void Event(const RunEvent& event);

    /// Writes the rest. \return the digest of each file by its name
    std::map<std::string, std::string> Finish(const RunResult& result);

  private:
    std::string m_folder;
    const Scenario& m_scenario;
    SeriesChoice m_choice;
    std::unique_ptr<TableFile> m_series;
    std::unique_ptr<TableFile> m_events;
};

/// Content of columns.json: each table's columns with unit and meaning, and the series' metrics.
nlohmann::json DescribeColumns();

} // namespace hoststack

#endif // HS_RUN_FILES_H
