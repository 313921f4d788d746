// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-channel.h"
#include "ns3/hs-machine.h"
#include "two-hosts.h"

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

using namespace ns3;

namespace
{

/// The number of the last segment that a socket has sent.
struct LastSequence
{
    explicit LastSequence(const Ptr<HoststackTcpSocket>& socket)
    {
        socket->TraceConnectWithoutContext("Tx", MakeCallback(&LastSequence::Note, this));
    }

    void Note(Ptr<const Packet> /* payload */, const TcpHeader& header, Ptr<const Socket>)
    {
        value = header.GetSequenceNumber().GetValue();
    }

    std::uint32_t value{0};
};

/// Connections from host 0, which may own so many orphans, and what is left of so many that are
/// over.
struct Closers : public TwoHosts
{
    Closers(std::uint32_t connections, std::uint32_t most, std::uint32_t mostTimeWaits = 0)
    {
        hoststack::host::MemorySettings settings;
        settings.limits = {3000, 4000, 6000};
        settings.orphansMost = most;
        settings.timeWaitMost = mostTimeWaits;
        machine = HoststackMachine::Of(nodes.Get(0));
        machine->SetMemory(settings, 1, "test");
        listener = Listener(1, 9);
        for (std::uint32_t i = 0; i < connections; ++i)
        {
            sockets.push_back(Socket(0));
            last.push_back(std::make_unique<LastSequence>(sockets.back()));
            sockets.back()->Connect(At(1, 9));
        }
        Until(1);
    }

    void Until(double seconds)
    {
        Simulator::Stop(Seconds(seconds) - Simulator::Now());
        Simulator::Run();
    }

    /// Each writes 1000 bytes and closes.
    void WriteAndClose()
    {
        for (const auto& socket : sockets)
        {
            socket->Send(Create<Packet>(1000));
            socket->Close();
        }
    }

    void Cut()
    {
        DynamicCast<HoststackChannel>(devices.Get(0)->GetChannel())->SetDown(0, true);
    }

    hoststack::host::HostMemory& Memory()
    {
        return *machine->Memory();
    }

    Ptr<HoststackMachine> machine;
    Ptr<HoststackTcpSocket> listener;
    std::vector<Ptr<HoststackTcpSocket>> sockets;
    std::vector<std::unique_ptr<LastSequence>> last;
};

} // namespace

TEST_CASE("a closed connection is an orphan until its end is acknowledged", "[socket][orphan]")
{
    Closers net(3, 10);
    CHECK(net.Memory().Orphans() == 0);
    net.WriteAndClose();
    CHECK(net.Memory().Orphans() == 3);
    net.Until(2);
    CHECK(net.Memory().Orphans() == 0);
    CHECK(net.Memory().GetCounts().mostOrphans == 3);
    CHECK(net.Memory().GetCounts().orphanKills == 0);
}

TEST_CASE("an orphan more than there may be is reset at once", "[socket][orphan]")
{
    Closers net(3, 2);
    net.WriteAndClose();
    CHECK(net.Memory().Orphans() == 2);
    CHECK(net.Memory().GetCounts().mostOrphans == 3);
    CHECK(net.Memory().GetCounts().orphanKills == 1);
    CHECK(net.sockets[2]->GetInfo().end == hoststack::tcp::End::Aborted);
    net.Until(2);
    CHECK(net.Memory().Orphans() == 0);
    net.sockets.clear();
    CHECK(net.Memory().Pages() == 0);
}

TEST_CASE("orphans that the network calls unreachable count twice at their time-outs",
          "[socket][orphan]")
{
    const bool isReported = GENERATE(false, true);
    Closers net(3, 5);
    net.Cut();
    net.WriteAndClose();
    for (std::size_t i = 0; isReported && i < net.sockets.size(); ++i)
    {
        hoststack::tcp::NetworkError error;
        error.fault = hoststack::tcp::NetworkFault::HostUnreachable;
        error.sequence = hoststack::Seq32(net.last[i]->value);
        net.sockets[i]->OnNetworkError(net.machine->Processor().Current(), error);
    }
    CHECK(net.Memory().Orphans() == 3);
    net.Until(5);
    // 3 of 5, or 6 of 5: then one goes, and 4 of 5 may stay.
    CHECK(net.Memory().Orphans() == (isReported ? 2 : 3));
    CHECK(net.Memory().GetCounts().orphanKills == (isReported ? 1 : 0));
}

TEST_CASE("orphans are given up in the end, and sockets that go take their count with them",
          "[socket][orphan]")
{
    Closers net(2, 5);
    net.Cut();
    net.WriteAndClose();
    net.sockets.clear();
    CHECK(net.Memory().Orphans() == 2);
    net.Until(300); // 8 doublings take 102 s
    CHECK(net.Memory().Orphans() == 0);
    CHECK(net.Memory().GetCounts().orphanKills == 0);
}

TEST_CASE("what is left of a connection waits until its time is over", "[socket][orphan]")
{
    Closers net(3, 10);
    net.WriteAndClose();
    net.Until(2);
    CHECK(net.Memory().TimeWaits() == 3); // FIN-WAIT-2: nobody closes at the other end
    CHECK(net.Stack(0)->ConnectionCount() == 3);
    net.Until(70);
    CHECK(net.Memory().TimeWaits() == 0);
    CHECK(net.Memory().GetCounts().mostTimeWaits == 3);
    CHECK(net.Memory().GetCounts().timeWaitRefusals == 0);
}

TEST_CASE("a connection that is over is gone at once when too many wait already",
          "[socket][orphan]")
{
    Closers net(3, 10, 2);
    net.WriteAndClose();
    net.Until(2);
    CHECK(net.Memory().TimeWaits() == 2);
    CHECK(net.Memory().GetCounts().timeWaitRefusals == 1);
    CHECK(net.Stack(0)->ConnectionCount() == 2);
    net.Until(70);
    CHECK(net.Memory().TimeWaits() == 0);
    CHECK(net.Memory().GetCounts().mostTimeWaits == 2);
}
