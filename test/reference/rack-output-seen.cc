// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-rack-output.h"
#include "rack-seen.h"

namespace hoststack::reference
{

namespace
{

constexpr int kEstablished = 4;
constexpr int kSynOrFin = 3;
constexpr int kTimestampBytes = 12;

std::uint32_t
Outstanding(const RackSet& set)
{
    return set.Word("max", 1000) - set.Word("una", 1000);
}

RackReceiveView
ReceiveViewOf(const RackSet& set)
{
    RackReceiveView view;
    view.bufferSize = set.Word("hiwat");
    view.space = set.Get("space");
    const auto edge = set.Get("rcv_adv") - set.Get("rcv_nxt");
    view.offered = edge > 0 ? static_cast<std::uint32_t>(edge) : 0;
    view.scale = static_cast<std::uint8_t>(set.Get("rcv_scale"));
    return view;
}

RackSendView
SendViewOf(const RackSet& set)
{
    RackSendView view;
    view.una = set.Word("una", 1000);
    view.max = set.Word("max", 1000);
    view.next = set.Word("nxt", view.max);
    view.sacked = set.Word("sacked");
    view.buffered = set.Word("sbavail");
    view.peerWindow = set.Word("snd_wnd");
    view.highWindow = set.Word("high_rwnd");
    view.maxWindow = set.Word("max_sndwnd");
    view.minSegment = set.Word("min_segs", 1448);
    view.isEstablished = set.Get("state", kEstablished) >= kEstablished;
    view.isDelayedAck = set.Flag("delack");
    view.isAckNow = set.Flag("acknow");
    view.isNoDelay = set.Flag("nodelay");
    view.isMoreToCome = set.Flag("more");
    view.isNoPush = set.Flag("nopush");
    view.hasTso = set.Flag("tso");
    view.isFinReceived = set.Get("state", kEstablished) > kEstablished;
    view.receive = ReceiveViewOf(set);
    return view;
}

Json
Decided(const RackSet& set, const Json& call)
{
    auto view = SendViewOf(set);
    view.cwnd = call[3];
    view.burst = call[4];
    RackAttempt attempt;
    attempt.bytes = call[1];
    attempt.offset = call[2];
    attempt.segment = call[5];
    attempt.isIdle = call[6] != 0;
    attempt.isRetransmission = call[8] != 0;
    attempt.isTimeout = call[9] != 0;
    attempt.isProbe = call[10] != 0;
    const auto decision = RackDecide(view, attempt);
    return {{"pass", static_cast<int>(decision.why)},
            {"len", decision.bytes},
            {"per", decision.entersPersist ? 1 : 0},
            {"tso", decision.isTso ? 1 : 0}};
}

Json
Armed(RackVersion version, const RackSet& set, const Json& call)
{
    RackFastView view;
    view.sent = call[1];
    view.wanted = call[2];
    view.segment = call[3];
    view.burst = call[4];
    view.isPlain = (call[5].get<int>() & kSynOrFin) == 0 && call[6] == 0 && call[7] == 0;
    view.arePlainOptions = call[8] == 0 || (call[8] == kTimestampBytes && call[9] != 0);
    view.hasFailed = call[10] != 0;
    view.isNew = set.Word("nxt", 1000) == set.Word("max", 1000);
    view.unsent = set.Word("sbavail") - Outstanding(set);
    view.isEstablished = set.Get("state", kEstablished) >= kEstablished;
    view.isInRecovery = set.Flag("frec") || set.Flag("crec");
    view.mustRetransmit = set.Is("must_retran");
    view.needsFin = set.Flag("needfin");
    view.hasSackBlocks = set.Is("numsacks");
    view.hasTemplate = set.Is("fsb_inited");
    view.isOn = set.Is("s_rfo", true);
    const auto fast = RackArmFast(version, view);
    return {{"on", fast.isArmed ? 1 : 0}, {"left", fast.left}, {"push", fast.pushesAtEnd ? 1 : 0}};
}

Json
Extended(const RackSet& set, const Json& call)
{
    const auto outstanding = Outstanding(set);
    const auto rest = [outstanding](std::uint32_t all) {
        return all > outstanding ? all - outstanding : 0;
    };
    return RackExtendFast(set.Word("left"),
                          call[1],
                          rest(set.Word("sbavail")),
                          rest(set.Word("snd_wnd")));
}

} // namespace

std::optional<Json>
OutputAnswers(RackVersion version, const Json& record)
{
    const RackSet set(record);
    const auto& call = record["calls"][0];
    const std::string what = call[0];
    if (what == "decide")
    {
        return Json::array({Decided(set, call)});
    }
    if (what == "advwin")
    {
        return Json{RackOfferedWindow(ReceiveViewOf(set), call[1])};
    }
    if (what == "arm")
    {
        return Json::array({Armed(version, set, call)});
    }
    return Json::array({Extended(set, call)});
}

} // namespace hoststack::reference
