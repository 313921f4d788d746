// SPDX-License-Identifier: GPL-2.0-only

#include "hs-python-parts.h"
#include "hs-python-variant.h"
#include "ns3/hs-results-folder.h"
#include "ns3/hs-run-scenario.h"
#include "ns3/hs-series-names.h"
#include "ns3/hs-summary-text.h"

#include <chrono>
#include <optional>
#include <pybind11/stl.h>
#include <unordered_map>

namespace py = pybind11;

namespace hoststack::python
{

namespace
{

/// The samples of one metric of one object.
struct SampleColumn
{
    std::vector<TimeNs> at;
    std::vector<double> value;
};

/// Keeps what a run tells, passes on its progress, and ends it when Python has a signal to handle.
class Recorder : public RunObserver
{
  public:
    /// \param told called with the simulated seconds, now and then; None: nobody wants to know
    Recorder(const Scenario& scenario, py::object told)
        : m_output(scenario.output),
          m_choice(scenario.output.record),
          m_told(std::move(told))
    {
    }

    bool WantsSeries() const override
    {
        return m_output.series;
    }

    bool WantsEvents() const override
    {
        return m_output.events;
    }

    void OnEvent(const RunEvent& event) override
    {
        m_events.push_back(event);
    }

    void OnSample(TimeNs at,
                  const std::string& object,
                  const std::string& metric,
                  double value) override
    {
        if (m_choice.Takes(object, metric))
        {
            auto& column = m_columns[object + '.' + metric];
            column.at.push_back(at);
            column.value.push_back(value);
        }
    }

    void OnProgress(TimeNs at) override
    {
        const py::gil_scoped_acquire lock;
        if (PyErr_CheckSignals() != 0)
        {
            m_error.emplace();
            return;
        }
        constexpr auto pause = std::chrono::milliseconds(100);
        const auto now = std::chrono::steady_clock::now();
        if (m_told.is_none() || now < m_next)
        {
            return;
        }
        m_next = now + pause;
        try
        {
            m_told(ToSeconds(at));
        }
        catch (py::error_already_set& error)
        {
            m_error.emplace(std::move(error));
        }
    }

    bool IsCancelled() const override
    {
        return m_error.has_value() || VariantWork::HasFailed();
    }

    /// Throws what Python raised, if it did.
    void Rethrow()
    {
        if (m_error)
        {
            throw std::move(*m_error);
        }
    }

    /// name -> (times in ns, values), as bytes of int64 and float64
    py::dict Columns() const
    {
        py::dict columns;
        const auto bytes = [](const auto& list) {
            return py::bytes(reinterpret_cast<const char*>(list.data()),
                             list.size() * sizeof(list[0]));
        };
        for (const auto& [name, column] : m_columns)
        {
            columns[py::str(name)] = py::make_tuple(bytes(column.at), bytes(column.value));
        }
        return columns;
    }

    const std::vector<RunEvent>& Events() const
    {
        return m_events;
    }

  private:
    const OutputSpec& m_output;
    SeriesChoice m_choice;
    py::object m_told;
    std::chrono::steady_clock::time_point m_next{};
    std::optional<py::error_already_set> m_error;
    std::unordered_map<std::string, SampleColumn> m_columns;
    std::vector<RunEvent> m_events;
};

/// Appends one value to the column \p name of a table.
template <class Value>
void
Put(py::dict& table, const char* name, Value&& value)
{
    if (!table.contains(name))
    {
        table[name] = py::list();
    }
    py::cast<py::list>(table[name]).append(std::forward<Value>(value));
}

/// Seconds; None for a time that never came.
py::object
Seconds(TimeNs at)
{
    return at < 0 ? py::object(py::none()) : py::object(py::float_(ToSeconds(at)));
}

py::dict
EventTable(const std::vector<RunEvent>& events)
{
    py::dict table;
    for (const auto& event : events)
    {
        Put(table, "time_s", Seconds(event.at));
        Put(table, "object", event.object);
        Put(table, "what", event.what);
        Put(table, "host", event.host);
        Put(table,
            "subflow",
            event.subflow > 0 ? py::object(py::int_(event.subflow)) : py::object(py::none()));
        Put(table, "detail", event.detail);
        Put(table, "value", event.value);
    }
    return table;
}

py::dict
ConnectionTable(const std::vector<ConnectionRecord>& connections)
{
    py::dict table;
    for (const auto& c : connections)
    {
        Put(table, "traffic", c.traffic);
        Put(table, "connection", c.number);
        Put(table, "opened_s", Seconds(c.opened));
        Put(table, "connected_s", Seconds(c.connected));
        Put(table, "first_byte_s", Seconds(c.firstByte));
        Put(table, "last_byte_s", Seconds(c.lastByte));
        Put(table, "completed", c.completed);
        const bool known = c.completed && c.opened >= 0 && c.lastByte >= 0;
        Put(table, "completion_s", Seconds(known ? c.lastByte - c.opened : -1));
        Put(table, "bytes", c.bytes);
        Put(table, "retransmits", c.retransmits);
        Put(table, "timeouts", c.timeouts);
        Put(table, "end", tcp::ToString(c.end));
        Put(table, "ended_by", c.endedBy);
        Put(table, "ended_s", Seconds(c.endedAt));
        Put(table, "retries", c.end == tcp::End::GivenUp ? std::optional(c.retries) : std::nullopt);
    }
    return table;
}

py::dict
ExchangeTable(const std::vector<ExchangeRecord>& exchanges)
{
    py::dict table;
    for (const auto& e : exchanges)
    {
        Put(table, "traffic", e.traffic);
        Put(table, "connection", e.connection);
        Put(table, "exchange", e.number);
        Put(table, "asked_s", Seconds(e.asked));
        Put(table, "answered_s", Seconds(e.answered));
        Put(table, "response_s", Seconds(e.answered >= 0 ? e.answered - e.asked : -1));
    }
    return table;
}

/**
 * Runs a scenario.
 * \param folder where result files go; empty: nowhere
 * \param command for the manifest
 * \param brief only summary and series are told
 */
py::dict
Run(const Source& source,
    const std::string& folder,
    const std::string& command,
    const py::object& told,
    bool brief)
{
    VariantWork work(true);
    const auto loaded = Load(source);
    Recorder recorder(loaded.scenario, told);
    RunOptions options;
    options.folder = folder;
    options.command = command;
    std::optional<RunReport> report;
    try
    {
        std::optional<py::gil_scoped_release> released;
        // Python code that takes part in a run needs the interpreter all the time.
        if (!AnyVariants())
        {
            released.emplace();
        }
        report.emplace(RunScenario(loaded, options, &recorder));
    }
    catch (const RunCancelled&)
    {
        work.Rethrow();
        recorder.Rethrow();
        throw;
    }
    work.Rethrow(); // of the last event
    py::dict result;
    result["summary"] = JsonText(SummaryOf(*report));
    result["series"] = recorder.Columns();
    if (brief)
    {
        return result;
    }
    result["text"] = SummaryText(*report);
    result["resolved"] = JsonText(loaded.document.Merged());
    result["events"] = EventTable(recorder.Events());
    result["connections"] = ConnectionTable(report->result.connections);
    result["exchanges"] = ExchangeTable(report->result.exchanges);
    return result;
}

} // namespace

void
AddRuns(py::module_& module)
{
    module.def("run",
               &Run,
               py::arg("source"),
               py::arg("folder"),
               py::arg("command"),
               py::arg("told"),
               py::arg("brief") = false);
    module.def("discard", &ResultsFolder::Discard);
}

} // namespace hoststack::python
