// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-kernel-namespace.h"

#include "ns3/hs-scenario-runner.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hoststack
{

namespace
{

/// Whether all of it could be written, in one call as procfs wants it; errno says why not.
bool
WriteText(const std::string& path, const std::string& text)
{
    const int file = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (file < 0)
    {
        return false;
    }
    const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const int error = errno;
    close(file);
    errno = error;
    return written;
}

/// Exit status of a program that could not be started, as shells have it.
constexpr int kNotFound = 127;

std::string
Joined(const IpCommand& command)
{
    std::string text = "ip";
    for (const auto& word : command)
    {
        text += ' ' + word;
    }
    return text;
}

} // namespace

void
EnterNetworkNamespace()
{
    if (unshare(CLONE_NEWNET) == 0)
    {
        return;
    }
    const auto user = std::to_string(getuid());
    const auto group = std::to_string(getgid());
    if (errno != EPERM || unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
    {
        throw MachineCannot(std::string("cannot make a network namespace (") +
                            std::strerror(errno) +
                            "); it needs root (CAP_SYS_ADMIN), or a kernel that lets users make "
                            "user namespaces");
    }
    // user_namespaces(7): groups can be mapped only after setgroups() has been given up.
    WriteText("/proc/self/setgroups", "deny");
    if (!WriteText("/proc/self/uid_map", "0 " + user + " 1") ||
        !WriteText("/proc/self/gid_map", "0 " + group + " 1"))
    {
        throw MachineCannot(std::string("cannot become root of a user namespace (") +
                            std::strerror(errno) + "); run it as root");
    }
}

int
MakeTapDevice(const LiveDevice& device)
{
    const int file = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
    {
        const int error = errno;
        throw MachineCannot(std::string("cannot open /dev/net/tun (") + std::strerror(error) +
                            (error == EACCES || error == EPERM
                                 ? "); run as root, or open the device to this user"
                                 : "); it needs the kernel module tun, and a container needs the "
                                   "device handed in"));
    }
    ifreq request{};
    std::strncpy(request.ifr_name, device.name.c_str(), IFNAMSIZ - 1);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    request.ifr_flags |= device.offloads ? IFF_VNET_HDR : 0;
    if (ioctl(file, TUNSETIFF, &request) != 0)
    {
        const std::string reason = std::strerror(errno);
        close(file);
        throw MachineCannot("cannot make a TAP device (" + reason + "); it needs CAP_NET_ADMIN");
    }
    const unsigned cuts = device.cutsSegments ? TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN : 0U;
    if (device.offloads && ioctl(file, TUNSETOFFLOAD, TUN_F_CSUM | cuts) != 0)
    {
        const std::string reason = std::strerror(errno);
        close(file);
        throw MachineCannot("the TAP device takes no offloads (" + reason +
                            "); leave out `nic` of the kernel's host");
    }
    return file;
}

void
WriteSysctls(const std::vector<LiveSysctl>& settings)
{
    for (const auto& setting : settings)
    {
        if (!WriteText("/proc/sys/" + setting.path, setting.value) && setting.isNeeded)
        {
            throw MachineCannot("the kernel does not take " + setting.path + " = " + setting.value +
                                " (" + std::strerror(errno) + "), which the scenario asks for");
        }
    }
}

void
RunIp(const IpCommand& command)
{
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
    {
        throw std::runtime_error(std::string("no pipe: ") + std::strerror(errno));
    }
    const pid_t child = fork();
    if (child < 0)
    {
        throw std::runtime_error(std::string("no process: ") + std::strerror(errno));
    }
    if (child == 0)
    {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        std::vector<char*> arguments{const_cast<char*>("ip")};
        for (const auto& word : command)
        {
            arguments.push_back(const_cast<char*>(word.c_str()));
        }
        arguments.push_back(nullptr);
        execvp(arguments[0], arguments.data());
        _exit(kNotFound);
    }
    close(ends[1]);
    std::string said;
    std::array<char, 512> block;
    for (ssize_t got = 0; (got = read(ends[0], block.data(), block.size())) > 0;)
    {
        said.append(block.data(), static_cast<std::size_t>(got));
    }
    close(ends[0]);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
    {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == kNotFound)
    {
        throw MachineCannot("there is no program `ip` (Debian package iproute2)");
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0 && command.front() == "mptcp")
    {
        throw MachineCannot("this kernel, or its `ip`, does not take `" + Joined(command) +
                            "`, which the scenario asks for: " + said);
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    {
        throw std::runtime_error('`' + Joined(command) + "` failed: " + said);
    }
}

} // namespace hoststack
