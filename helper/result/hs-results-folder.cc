// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-results-folder.h"

#include "ns3/hs-scenario-error.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace hoststack
{

namespace
{

namespace fs = std::filesystem;

/// What every run may write; captures and other names are in the manifest.
const char* const kResultFiles[] = {"summary.json",
                                    "series.csv",
                                    "scenario.resolved.json",
                                    "manifest.json"};

/// The entries of \p folder that the run which filled it wrote.
std::set<std::string>
ResultsIn(const fs::path& folder)
{
    std::set<std::string> names(std::begin(kResultFiles), std::end(kResultFiles));
    std::ifstream file(folder / "manifest.json");
    const auto manifest = nlohmann::json::parse(file, nullptr, false);
    if (manifest.is_object() && manifest.contains("files") && manifest["files"].is_array())
    {
        for (const auto& name : manifest["files"])
        {
            if (name.is_string())
            {
                names.insert(*fs::path(name.get<std::string>()).begin());
            }
        }
    }
    return names;
}

std::error_code
LastError()
{
    return {errno, std::generic_category()};
}

/// Removes what a run wrote to \p folder. Without a manifest that is everything: the run did not
/// end.
void
RemoveResults(const fs::path& folder)
{
    std::error_code code;
    const auto results = ResultsIn(folder);
    const bool isWhole = fs::exists(folder / "manifest.json", code);
    std::vector<fs::path> entries;
    for (const auto& entry : fs::directory_iterator(folder, code))
    {
        if (!isWhole || results.count(entry.path().filename().string()) > 0)
        {
            entries.push_back(entry.path());
        }
    }
    for (const auto& entry : entries)
    {
        fs::remove_all(entry, code);
    }
}

/// A folder that no run wrote says so from now on: nothing in it is what a killed run left.
void
MarkAsWhole(const fs::path& folder)
{
    std::error_code code;
    if (!fs::exists(folder / "manifest.json", code))
    {
        std::ofstream(folder / "manifest.json") << "{}\n";
    }
}

/// Removes what a run wrote to \p from or \p to has anew, and moves the rest to \p to.
void
ClearAway(const fs::path& from, const fs::path& to)
{
    std::error_code code;
    RemoveResults(from);
    std::vector<std::string> others;
    for (const auto& entry : fs::directory_iterator(from, code))
    {
        others.push_back(entry.path().filename().string());
    }
    for (const auto& name : others)
    {
        if (!fs::exists(to / name, code))
        {
            fs::rename(from / name, to / name, code);
        }
        else
        {
            fs::remove_all(from / name, code);
        }
    }
    // Unless something is left in it.
    fs::remove(from, code);
}

bool
IsWithin(const fs::path& path, const fs::path& folder)
{
    const auto ends = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
    return ends.first == folder.end();
}

/// The folder that takes another one's place is as open to others as that was.
void
TakeAccess(const fs::path& from, const fs::path& to)
{
    struct stat was = {};
    if (stat(from.c_str(), &was) == 0)
    {
        // Only root may give it to somebody else; then its mode counts for the one who has it.
        const bool isGiven = chown(to.c_str(), was.st_uid, was.st_gid) == 0;
        chmod(to.c_str(), isGiven ? was.st_mode & 07777 : was.st_mode & 0777);
    }
}

/// \return false if somebody else holds it, or it is not there any more
bool
Lock(const std::string& folder, int& descriptor)
{
    descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat held = {};
    struct stat named = {};
    if (descriptor < 0)
    {
        return false;
    }
    const bool isFree = flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
    // The run that had it may have put it in its place in the meantime.
    const bool isSame = fstat(descriptor, &held) == 0 && stat(folder.c_str(), &named) == 0 &&
                        held.st_ino == named.st_ino && held.st_dev == named.st_dev;
    if (isFree && isSame)
    {
        return true;
    }
    close(descriptor);
    descriptor = -1;
    errno = isFree ? ENOENT : EWOULDBLOCK;
    return false;
}

} // namespace

void
CannotWrite(const std::string& folder, const std::string& reason)
{
    throw ScenarioError({"",
                         0,
                         0,
                         "",
                         "cannot write results to " + folder + ": " + reason + "; use --out",
                         "a folder that can be written",
                         ""});
}

ResultsFolder::ResultsFolder(const std::string& target,
                             const std::function<void(const std::string& path)>& claimed)
    : m_given(target)
{
    std::error_code code;
    const fs::path given(target);
    if (!given.parent_path().empty())
    {
        fs::create_directories(given.parent_path(), code);
        if (code)
        {
            CannotWrite(target, code.message());
        }
    }
    const auto status = fs::status(given, code);
    if (fs::exists(status) && !fs::is_directory(status))
    {
        CannotWrite(target, "Not a directory");
    }
    for (const char* name : kResultFiles)
    {
        if (fs::is_directory(given / name, code))
        {
            CannotWrite(target, std::string(name) + ": Is a directory");
        }
    }
    const auto absolute = fs::absolute(given, code);
    const auto whole = code ? absolute : fs::weakly_canonical(absolute, code);
    if (code)
    {
        CannotWrite(target, code.message());
    }
    if (IsWithin(fs::current_path(code), whole))
    {
        CannotWrite(target, "results replace it whole, and the current directory is in it");
    }
    m_target = whole.string();
    m_part = (whole.parent_path() / ('.' + whole.filename().string() + ".part")).string();
    constexpr int attempts = 100;
    for (int i = 0; i < attempts && m_lock < 0; ++i)
    {
        if (mkdir(m_part.c_str(), 0777) != 0 && errno != EEXIST)
        {
            CannotWrite(target, LastError().message());
        }
        if (!Lock(m_part, m_lock) && errno != ENOENT)
        {
            CannotWrite(target,
                        errno == EWOULDBLOCK ? "another run is writing there"
                                             : LastError().message());
        }
    }
    if (m_lock < 0)
    {
        CannotWrite(target, "other runs are writing there");
    }
    if (claimed)
    {
        claimed(m_part);
    }
    // A run that was killed left it; what was moved here on the way to its folder goes on to there.
    RemoveResults(m_part);
}

std::string
ResultsFolder::TargetOf(const std::string& path)
{
    const fs::path part(path);
    const auto name = part.filename().string();
    const std::string end = ".part";
    if (name.size() <= end.size() + 1 || name[0] != '.' ||
        name.compare(name.size() - end.size(), end.size(), end) != 0)
    {
        return path;
    }
    return (part.parent_path() / name.substr(1, name.size() - end.size() - 1)).string();
}

ResultsFolder::~ResultsFolder()
{
    std::error_code code;
    if (m_lock >= 0)
    {
        if (!m_part.empty())
        {
            RemoveResults(m_part);
            fs::remove(m_part, code);
        }
        close(m_lock);
    }
}

void
ResultsFolder::Discard(const std::string& part)
{
    int lock = -1;
    if (Lock(part, lock))
    {
        std::error_code code;
        RemoveResults(part);
        fs::remove(part, code);
        close(lock);
    }
}

void
ResultsFolder::Commit()
{
    std::error_code code;
    if (!fs::exists(m_target, code))
    {
        fs::rename(m_part, m_target, code);
        if (code)
        {
            CannotWrite(m_given, code.message());
        }
        m_part.clear();
        return;
    }
    MarkAsWhole(m_target);
    TakeAccess(m_target, m_part);
    if (renameat2(AT_FDCWD, m_part.c_str(), AT_FDCWD, m_target.c_str(), RENAME_EXCHANGE) != 0)
    {
        // Not every file system can exchange two folders.
        const auto old = m_part + ".old";
        fs::remove_all(old, code);
        fs::rename(m_target, old, code);
        if (!code)
        {
            fs::rename(m_part, m_target, code);
        }
        if (code)
        {
            CannotWrite(m_given, code.message());
        }
        m_part = old;
    }
    ClearAway(m_part, m_target);
    m_part.clear();
}

} // namespace hoststack
