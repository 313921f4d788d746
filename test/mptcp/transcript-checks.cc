// SPDX-License-Identifier: GPL-2.0-only

#include "transcript-player.h"

#include <map>

// What a script may ask for.

namespace hoststack::test
{

namespace
{

std::map<std::string, double>
Numbers(const mptcp::Info& i)
{
    const auto n = [](std::uint64_t value) { return static_cast<double>(value); };
    return {{"sent", n(i.bytesSent)},
            {"acked", n(i.bytesAcked)},
            {"received", n(i.bytesReceived)},
            {"reinjected", n(i.bytesReinjected)},
            {"duplicates", n(i.duplicateBytes)},
            {"receive-window", n(i.receiveWindow)},
            {"queued", n(i.sendQueue)},
            {"timeouts", n(i.timeouts)},
            {"stale-events", n(i.staleEvents)},
            {"recover-events", n(i.recoverEvents)},
            {"out-of-order", n(i.outOfOrder)},
            {"checksum-errors", n(i.checksumErrors)},
            {"add-addr-sent", n(i.addAddrSent)},
            {"add-addr-received", n(i.addAddrReceived)},
            {"add-addr-echoed", n(i.addAddrEchoed)},
            {"add-addr-refused", n(i.addAddrRefused)},
            {"rem-addr-sent", n(i.removeAddrSent)},
            {"rem-addr-received", n(i.removeAddrReceived)},
            {"joins-rejected", n(i.joinsRejected)},
            {"prio-sent", n(i.prioritySent)},
            {"prio-received", n(i.priorityReceived)},
            {"fail-sent", n(i.failSent)},
            {"fail-received", n(i.failReceived)},
            {"infinite-sent", n(i.infiniteMapSent)},
            {"infinite-received", n(i.infiniteMapReceived)},
            {"fast-close-sent", n(i.fastCloseSent)},
            {"fast-close-received", n(i.fastCloseReceived)},
            {"data-fin-repeats", n(i.dataFinRetransmissions)},
            {"beyond-window", n(i.beyondWindow)},
            {"zero-windows", n(i.zeroWindows)},
            {"window-updates", n(i.windowUpdates)},
            {"subflows", n(i.subflows.size())}};
}

const char*
OnOff(bool value)
{
    return value ? "on" : "off";
}

} // namespace

double
MptcpTranscript::Measure(const std::string& name)
{
    if (name == "available" || name == "space")
    {
        return name == "space" ? m_connection->SendSpace() : m_connection->Available();
    }
    const auto numbers = Numbers(m_connection->GetInfo(m_now));
    const auto entry = numbers.find(name);
    if (entry == numbers.end())
    {
        Fail("nothing is called " + name);
    }
    return entry->second;
}

void
MptcpTranscript::Expect(std::istream& in)
{
    std::string what;
    in >> what;
    if (std::isdigit(what.front()))
    {
        ExpectOfFlow(static_cast<unsigned>(std::stoul(what)), in);
        return;
    }
    const auto numbers = in.tellg();
    std::string value;
    in >> value;
    if (!ExpectWord(what, value))
    {
        in.clear();
        in.seekg(numbers);
        ExpectNumber(what, Measure(what), in);
    }
}

bool
MptcpTranscript::ExpectWord(const std::string& what, const std::string& value)
{
    std::string got;
    if (what == "state")
    {
        got = tcp::ToString(m_connection->GetState());
    }
    else if (what == "end")
    {
        got = OnOff(m_connection->EndOfStream());
    }
    else if (what == "fallback")
    {
        got = OnOff(m_connection->IsFallback());
    }
    else if (what == "readable")
    {
        got = OnOff(m_connection->IsReadable());
    }
    else if (what == "event" || what == "no-event")
    {
        const auto bit = value == "subflow-added"    ? mptcp::kSubflowAdded
                         : value == "subflow-closed" ? mptcp::kSubflowClosed
                         : value == "fallback"       ? mptcp::kFallenBack
                                                     : TcpEventBit(value);
        if (bit == 0)
        {
            Fail("no event is called " + value);
        }
        if (((m_events & bit) != 0) != (what == "event"))
        {
            Fail(what == "event" ? "it has not happened" : "it has happened");
        }
        m_events &= ~bit;
        return true;
    }
    else
    {
        return false;
    }
    if (got != value)
    {
        Fail(what + " is " + got);
    }
    return true;
}

void
MptcpTranscript::ExpectOfFlow(unsigned number, std::istream& in)
{
    std::string what;
    in >> what;
    const auto info = m_connection->GetInfo(m_now);
    if (number == 0 || number > info.subflows.size())
    {
        Fail("there is no subflow " + std::to_string(number));
    }
    const auto& s = info.subflows[number - 1];
    const std::map<std::string, std::string> words{
        {"established", OnOff(s.established)},
        {"closed", OnOff(s.closed)},
        {"backup", OnOff(s.backup)},
        {"stale", OnOff(s.stale)},
        {"state", tcp::ToString(s.tcp.state)},
        {"local", s.local.address.ToString()},
        {"remote", s.remote.address.ToString() + ":" + std::to_string(s.remote.port)},
    };
    const auto word = words.find(what);
    if (word != words.end())
    {
        std::string value;
        in >> value;
        if (value != word->second)
        {
            Fail(what + " is " + word->second);
        }
        return;
    }
    double value = 0;
    if (what == "local-id" || what == "remote-id" || what == "reset-reason")
    {
        value = what == "local-id" ? s.localId : what == "remote-id" ? s.remoteId : s.resetReason;
    }
    else if (!MeasureTcp(s.tcp, what, value))
    {
        Fail("nothing is called " + what);
    }
    ExpectNumber(what, value, in);
}

} // namespace hoststack::test
