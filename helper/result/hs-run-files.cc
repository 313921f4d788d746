// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-run-files.h"

#include "ns3/hs-results.h"

#include <cerrno>
#include <charconv>
#include <functional>

namespace hoststack
{

namespace
{

using nlohmann::json;

/// One column of a table file, said once.
template <class Row>
struct Column
{
    const char* name;
    const char* unit;
    const char* about;
    std::function<void(const Row&, std::string&)> append;
};

template <class Row>
using Columns = std::vector<Column<Row>>;

/// Seconds with as many decimals as are needed, exactly; nothing for a time that never came.
void
AppendSeconds(std::string& out, TimeNs at)
{
    if (at < 0)
    {
        return;
    }
    out += std::to_string(at / kSecond);
    const auto rest = at % kSecond;
    if (rest != 0)
    {
        auto digits = std::to_string(kSecond + rest);
        digits[0] = '.';
        digits.erase(digits.find_last_not_of('0') + 1);
        out += digits;
    }
}

void
AppendNumber(std::string& out, double value)
{
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out.append(digits, end);
}

template <class Value>
void
AppendCount(std::string& out, const std::optional<Value>& value)
{
    out += value ? std::to_string(*value) : "";
}

struct SeriesRow
{
    TimeNs at;
    const std::string& object;
    const std::string& metric;
    double value;
};

const Columns<SeriesRow>&
SeriesColumns()
{
    using R = SeriesRow;
    static const Columns<R> list{
        {"time_s",
         "s",
         "simulated time; the last line of each metric is that of the end of the run",
         [](const R& r, std::string& out) { AppendSeconds(out, r.at); }},
        {"object",
         "name",
         "traffic.NAME, traffic.NAME.connections.N, traffic.NAME.subflows.LINK, links.NAME.down, "
         "links.NAME.up",
         [](const R& r, std::string& out) { out += r.object; }},
        {"metric",
         "name",
         "with the object it makes the name that the summary uses",
         [](const R& r, std::string& out) { out += r.metric; }},
        {"value",
         "that of the metric",
         "total: since the run began; interval: since the line before; state: at that time",
         [](const R& r, std::string& out) { AppendNumber(out, r.value); }},
    };
    return list;
}

const Columns<RunEvent>&
EventColumns()
{
    using R = RunEvent;
    static const Columns<R> list{
        {"time_s",
         "s",
         "simulated time",
         [](const R& r, std::string& out) { AppendSeconds(out, r.at); }},
        {"object",
         "name",
         "what it happened to, as in the series; hosts.NAME for an event of a host",
         [](const R& r, std::string& out) { out += r.object; }},
        {"what",
         "word",
         "see `hoststack list events`",
         [](const R& r, std::string& out) { out += r.what; }},
        {"host",
         "name",
         "the end at which it happened",
         [](const R& r, std::string& out) { out += r.host; }},
        {"subflow",
         "number",
         "of the subflow at that end; empty: the connection",
         [](const R& r, std::string& out) {
             out += r.subflow > 0 ? std::to_string(r.subflow) : "";
         }},
        {"detail",
         "word",
         "how it ended; the link of a host's event; hold",
         [](const R& r, std::string& out) { out += r.detail; }},
        {"value",
         "depends on what",
         "time-out: how many in a row; reinjection: bytes; ended, subflow-lost: repetitions "
         "without "
         "an answer; rate: bit/s; delay, jitter: s; loss: share",
         [](const R& r, std::string& out) {
             if (r.value)
             {
                 AppendNumber(out, *r.value);
             }
         }},
    };
    return list;
}

const Columns<ConnectionRecord>&
ConnectionColumns()
{
    using R = ConnectionRecord;
    static const Columns<R> list{
        {"traffic",
         "name",
         "of the traffic",
         [](const R& r, std::string& out) { out += r.traffic; }},
        {"connection",
         "number",
         "from 1, in the order of opening",
         [](const R& r, std::string& out) { out += std::to_string(r.number); }},
        {"opened_s",
         "s",
         "when the connect call was",
         [](const R& r, std::string& out) { AppendSeconds(out, r.opened); }},
        {"connected_s",
         "s",
         "when its handshake was over for the opener",
         [](const R& r, std::string& out) { AppendSeconds(out, r.connected); }},
        {"first_byte_s",
         "s",
         "when the receiver read its first byte",
         [](const R& r, std::string& out) { AppendSeconds(out, r.firstByte); }},
        {"last_byte_s",
         "s",
         "when it read the last one",
         [](const R& r, std::string& out) { AppendSeconds(out, r.lastByte); }},
        {"completed",
         "0 or 1",
         "it delivered all it had to",
         [](const R& r, std::string& out) { out += r.completed ? '1' : '0'; }},
        {"completion_s",
         "s",
         "from the connect call to the last byte, if it completed",
         [](const R& r, std::string& out) {
             const bool known = r.completed && r.opened >= 0 && r.lastByte >= 0;
             AppendSeconds(out, known ? r.lastByte - r.opened : -1);
         }},
        {"bytes",
         "bytes",
         "read by the receiver",
         [](const R& r, std::string& out) { out += std::to_string(r.bytes); }},
        {"retransmits",
         "count",
         "segments that the sender sent again, SYNs included",
         [](const R& r, std::string& out) { AppendCount(out, r.retransmits); }},
        {"timeouts",
         "count",
         "retransmission time-outs of the sender",
         [](const R& r, std::string& out) { AppendCount(out, r.timeouts); }},
        {"end",
         "word",
         "how it ended: closed, aborted, reset, refused, given-up; or it is open",
         [](const R& r, std::string& out) { out += tcp::ToString(r.end); }},
        {"ended_by",
         "name",
         "the host whose end ended first",
         [](const R& r, std::string& out) { out += r.endedBy; }},
        {"ended_s",
         "s",
         "when that was",
         [](const R& r, std::string& out) { AppendSeconds(out, r.endedAt); }},
        {"retries",
         "count",
         "given-up: repetitions in a row without an answer before",
         [](const R& r, std::string& out) {
             out += r.end == tcp::End::GivenUp ? std::to_string(r.retries) : "";
         }},
    };
    return list;
}

const Columns<ExchangeRecord>&
ExchangeColumns()
{
    using R = ExchangeRecord;
    static const Columns<R> list{
        {"traffic",
         "name",
         "of the traffic",
         [](const R& r, std::string& out) { out += r.traffic; }},
        {"connection",
         "number",
         "as in connections.csv",
         [](const R& r, std::string& out) { out += std::to_string(r.connection); }},
        {"exchange",
         "number",
         "from 1, on its connection",
         [](const R& r, std::string& out) { out += std::to_string(r.number); }},
        {"asked_s",
         "s",
         "when the question was written",
         [](const R& r, std::string& out) { AppendSeconds(out, r.asked); }},
        {"answered_s",
         "s",
         "when the answer was read completely; empty: never",
         [](const R& r, std::string& out) { AppendSeconds(out, r.answered); }},
        {"response_s",
         "s",
         "between the two",
         [](const R& r, std::string& out) {
             AppendSeconds(out, r.answered >= 0 ? r.answered - r.asked : -1);
         }},
    };
    return list;
}

template <class Row>
std::string
HeaderOf(const Columns<Row>& columns)
{
    std::string line;
    for (const auto& column : columns)
    {
        line += (line.empty() ? "" : ",") + std::string(column.name);
    }
    return line;
}

template <class Row>
std::string
LineOf(const Columns<Row>& columns, const Row& row)
{
    std::string line;
    bool first = true;
    for (const auto& column : columns)
    {
        line += first ? "" : ",";
        first = false;
        column.append(row, line);
    }
    return line;
}

template <class Row>
std::string
WriteTable(const std::string& path, const Columns<Row>& columns, const std::vector<Row>& rows)
{
    TableFile file(path, HeaderOf(columns));
    for (const auto& row : rows)
    {
        file.Write(LineOf(columns, row));
    }
    return file.Finish();
}

template <class Row>
json
Describe(const Columns<Row>& columns)
{
    auto list = json::array();
    for (const auto& column : columns)
    {
        list.push_back({{"name", column.name}, {"unit", column.unit}, {"about", column.about}});
    }
    return list;
}

} // namespace

TableFile::TableFile(const std::string& path, const std::string& header)
    : m_path(path),
      m_file(path, std::ios::binary),
      m_buffer(header + '\n')
{
    if (!m_file)
    {
        FailToWrite(path);
    }
}

void
TableFile::Write(const std::string& line)
{
    m_buffer += line;
    m_buffer += '\n';
    constexpr std::size_t block = 1U << 16;
    if (m_buffer.size() >= block)
    {
        Flush();
    }
}

void
TableFile::Flush()
{
    m_fingerprint.Add(m_buffer);
    errno = 0;
    m_file << m_buffer;
    m_buffer.clear();
    if (!m_file)
    {
        // Not at the end of a long run that nobody can read.
        FailToWrite(m_path);
    }
}

std::string
TableFile::Finish()
{
    Flush();
    errno = 0;
    m_file.close();
    if (!m_file)
    {
        FailToWrite(m_path);
    }
    return m_fingerprint.Finish();
}

RunFiles::RunFiles(const std::string& folder, const Scenario& scenario)
    : m_folder(folder),
      m_scenario(scenario),
      m_choice(scenario.output.record)
{
    if (scenario.output.series)
    {
        m_series = std::make_unique<TableFile>(folder + "/series.csv", HeaderOf(SeriesColumns()));
    }
    if (scenario.output.events)
    {
        m_events = std::make_unique<TableFile>(folder + "/events.csv", HeaderOf(EventColumns()));
    }
}

void
RunFiles::Sample(TimeNs at, const std::string& object, const std::string& metric, double value)
{
    if (m_series && m_choice.Takes(object, metric))
    {
        m_series->Write(LineOf(SeriesColumns(), SeriesRow{at, object, metric, value}));
    }
}

void
RunFiles::Event(const RunEvent& event)
{
    if (m_events)
    {
        m_events->Write(LineOf(EventColumns(), event));
    }
}

std::map<std::string, std::string>
RunFiles::Finish(const RunResult& result)
{
    std::map<std::string, std::string> digests;
    if (m_series)
    {
        digests["series.csv"] = m_series->Finish();
    }
    if (m_events)
    {
        digests["events.csv"] = m_events->Finish();
    }
    if (m_scenario.output.connections)
    {
        digests["connections.csv"] =
            WriteTable(m_folder + "/connections.csv", ConnectionColumns(), result.connections);
    }
    if (m_scenario.output.exchanges && !result.exchanges.empty())
    {
        digests["exchanges.csv"] =
            WriteTable(m_folder + "/exchanges.csv", ExchangeColumns(), result.exchanges);
    }
    TableFile columns(m_folder + "/columns.json", DescribeColumns().dump(2));
    digests["columns.json"] = columns.Finish();
    return digests;
}

nlohmann::json
DescribeColumns()
{
    auto metrics = json::array();
    for (const auto& info : MetricCatalogue())
    {
        if (info.use.series != InSeries::No)
        {
            metrics.push_back({{"name", info.pattern},
                               {"unit", UnitName(info.unit)},
                               {"value", SeriesWord(info.use.series)},
                               {"about", info.about}});
        }
    }
    return {{"hoststack-columns", 1},
            {"series.csv", {{"columns", Describe(SeriesColumns())}, {"metrics", metrics}}},
            {"events.csv", {{"columns", Describe(EventColumns())}}},
            {"connections.csv", {{"columns", Describe(ConnectionColumns())}}},
            {"exchanges.csv", {{"columns", Describe(ExchangeColumns())}}}};
}

} // namespace hoststack
