// SPDX-License-Identifier: GPL-2.0-only

/**
 * \file
 * Runs a fuzz target without libFuzzer: first every corpus file as it is, then random mutations of
 * them. The same seed gives the same inputs everywhere. Options are spelled as libFuzzer's:
 *
 *     target [-seed=N] [-runs=N] [-max_total_time=SECONDS] [-max_len=BYTES] [file or folder ...]
 *
 * With `-runs=0` only the given files are run, which replays a saved crash. An input that kills the
 * target is written to `crash-<target>` in the current directory.
 */

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace
{

using Bytes = std::vector<std::uint8_t>;

struct Options
{
    std::uint64_t seed{1};
    std::uint64_t runs{100000};
    double seconds{0};
    std::size_t maxLength{4096};
    std::vector<std::string> paths;
};

Bytes g_current;
std::string g_crashFile;

void
SaveCurrentInput()
{
    if (std::FILE* f = std::fopen(g_crashFile.c_str(), "wb"))
    {
        std::fwrite(g_current.data(), 1, g_current.size(), f);
        std::fclose(f);
        std::fprintf(stderr,
                     "input of %zu bytes saved to %s\n",
                     g_current.size(),
                     g_crashFile.c_str());
    }
}

void
OnSignal(int signal)
{
    SaveCurrentInput();
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

// xorshift64*: small, and the same numbers with every library.
class Dice
{
  public:
    explicit Dice(std::uint64_t seed)
        : m_state(seed * 0x9e3779b97f4a7c15ULL + 1)
    {
    }

    std::uint64_t Next()
    {
        m_state ^= m_state >> 12;
        m_state ^= m_state << 25;
        m_state ^= m_state >> 27;
        return m_state * 0x2545f4914f6cdd1dULL;
    }

    std::size_t Below(std::size_t n)
    {
        return n == 0 ? 0 : static_cast<std::size_t>((Next() >> 11) % n);
    }

  private:
    std::uint64_t m_state;
};

Bytes
Mutate(Bytes input, const std::vector<Bytes>& corpus, Dice& dice, std::size_t maxLength)
{
    static constexpr std::array<std::uint8_t, 12>
        kEdges{0x00, 0x01, 0x02, 0x7f, 0x80, 0xfe, 0xff, '"', '{', '[', ',', '9'};
    const std::size_t steps = 1 + dice.Below(8);
    for (std::size_t step = 0; step < steps; ++step)
    {
        const std::size_t at = dice.Below(input.size() + 1);
        const bool inside = at < input.size();
        switch (dice.Below(8))
        {
        case 0:
            if (inside)
            {
                input[at] ^= static_cast<std::uint8_t>(1u << dice.Below(8));
            }
            break;
        case 1:
            if (inside)
            {
                input[at] = kEdges[dice.Below(kEdges.size())];
            }
            break;
        case 2:
            if (inside)
            {
                input[at] = static_cast<std::uint8_t>(dice.Next() >> 56);
            }
            break;
        case 3:
            input.insert(input.begin() + at, static_cast<std::uint8_t>(dice.Next() >> 56));
            break;
        case 4:
            if (inside)
            {
                const std::size_t n = 1 + dice.Below(std::min<std::size_t>(input.size() - at, 16));
                input.erase(input.begin() + at, input.begin() + at + n);
            }
            break;
        case 5:
            if (inside)
            {
                const std::size_t n = 1 + dice.Below(std::min<std::size_t>(input.size() - at, 32));
                const Bytes piece(input.begin() + at, input.begin() + at + n);
                const std::size_t to = dice.Below(input.size() + 1);
                input.insert(input.begin() + to, piece.begin(), piece.end());
            }
            break;
        case 6:
            input.resize(at);
            break;
        default: {
            const Bytes& other = corpus[dice.Below(corpus.size())];
            const std::size_t from = dice.Below(other.size() + 1);
            const std::size_t n = dice.Below(other.size() - from + 1);
            input.insert(input.begin() + at, other.begin() + from, other.begin() + from + n);
            break;
        }
        }
    }
    if (input.size() > maxLength)
    {
        input.resize(maxLength);
    }
    return input;
}

std::vector<Bytes>
ReadCorpus(const std::vector<std::string>& paths)
{
    namespace fs = std::filesystem;
    std::vector<fs::path> files;
    for (const auto& path : paths)
    {
        if (fs::is_directory(path))
        {
            for (const auto& entry : fs::directory_iterator(path))
            {
                files.push_back(entry.path());
            }
        }
        else if (fs::exists(path))
        {
            files.emplace_back(path);
        }
        else
        {
            std::fprintf(stderr, "no such file or folder: %s\n", path.c_str());
            std::exit(2);
        }
    }
    std::sort(files.begin(), files.end());
    std::vector<Bytes> corpus;
    for (const auto& file : files)
    {
        std::ifstream in(file, std::ios::binary);
        corpus.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return corpus;
}

Options
ParseOptions(int argc, char** argv)
{
    Options options;
    for (int i = 1; i < argc; ++i)
    {
        const std::string arg = argv[i];
        const auto equals = arg.find('=');
        const std::string value = equals == std::string::npos ? "" : arg.substr(equals + 1);
        if (arg.rfind("-seed=", 0) == 0)
        {
            options.seed = std::stoull(value);
        }
        else if (arg.rfind("-runs=", 0) == 0)
        {
            options.runs = std::stoull(value);
        }
        else if (arg.rfind("-max_total_time=", 0) == 0)
        {
            options.seconds = std::stod(value);
        }
        else if (arg.rfind("-max_len=", 0) == 0)
        {
            options.maxLength = std::stoull(value);
        }
        else if (arg.rfind('-', 0) == 0)
        {
            std::fprintf(stderr, "unknown option %s\n", arg.c_str());
            std::exit(2);
        }
        else
        {
            options.paths.push_back(arg);
        }
    }
    return options;
}

} // namespace

int
main(int argc, char** argv)
{
    const Options options = ParseOptions(argc, argv);
    g_crashFile = "crash-" + std::filesystem::path(argv[0]).filename().string();
    for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL})
    {
        std::signal(signal, OnSignal);
    }
    if (__sanitizer_set_death_callback)
    {
        __sanitizer_set_death_callback(SaveCurrentInput);
    }

    std::vector<Bytes> corpus = ReadCorpus(options.paths);
    for (const auto& input : corpus)
    {
        g_current = input;
        LLVMFuzzerTestOneInput(g_current.data(), g_current.size());
    }
    const std::size_t files = corpus.size();
    corpus.emplace_back();

    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    const auto elapsed = [begin] {
        return std::chrono::duration<double>(Clock::now() - begin).count();
    };
    Dice dice(options.seed);
    std::uint64_t run = 0;
    for (; run < options.runs; ++run)
    {
        if (options.seconds > 0 && run % 64 == 0 && elapsed() > options.seconds)
        {
            break;
        }
        g_current = Mutate(corpus[dice.Below(corpus.size())], corpus, dice, options.maxLength);
        LLVMFuzzerTestOneInput(g_current.data(), g_current.size());
    }
    std::printf("%zu corpus inputs and %llu mutations in %.1f s, seed %llu\n",
                files,
                static_cast<unsigned long long>(run),
                elapsed(),
                static_cast<unsigned long long>(options.seed));
    return 0;
}
