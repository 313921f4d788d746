// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HPTS_ENTRY_H
#define HS_HPTS_ENTRY_H

#include <cstdint>

namespace hoststack
{

class HptsWheel;

/**
 * A connection as HPTS sees it: its place on a wheel, and what is called when its time has come.
 * Hpts::Forget() must have been called before it goes.
 */
class HptsEntry
{
  public:
    enum class State : std::uint8_t
    {
        Off,
        OnQueue,
        Moving, ///< removed, or removed and inserted again, while a run holds the list it is in
    };

    static constexpr std::int32_t kNoSlot = -1;
    static constexpr std::uint16_t kNoCpu = 0xffff;
    static constexpr std::int16_t kNoDomain = -1;

    HptsEntry() = default;
    HptsEntry(const HptsEntry&) = delete;
    HptsEntry& operator=(const HptsEntry&) = delete;

    /// Packets wait that LRO has queued for the connection (t_inqueue).
    virtual bool HasQueuedInput() const
    {
        return false;
    }

    /// It is to process its queued input (tfb_do_queued_segments). False: it is gone.
    virtual bool OnQueuedInput(const HptsWheel& /*wheel*/)
    {
        return true;
    }

    /// It may send (tcp_output, with TF2_HPTS_CALLS). False: it is gone.
    virtual bool OnOutput(const HptsWheel& wheel) = 0;

    /// tcp_in_hpts()
    bool IsOnWheel() const
    {
        return state == State::OnQueue || (state == State::Moving && slot != kNoSlot);
    }

    State state{State::Off};            ///< t_in_hpts
    bool isCpuSet{false};               ///< TF2_HPTS_CPU_SET
    std::uint16_t cpu{0};               ///< t_hpts_cpu
    std::uint16_t lroCpu{kNoCpu};       ///< t_lro_cpu
    std::int16_t domain{kNoDomain};     ///< inp_numa_domain
    bool hasFlowId{false};              ///< inp_flowtype is not M_HASHTYPE_NONE
    std::uint32_t flowId{0};            ///< inp_flowid
    std::int32_t slot{0};               ///< t_hpts_slot
    std::uint32_t remaining{0};         ///< t_hpts_request: slots beyond what fits on the wheel
    std::uint32_t generation{0};        ///< t_hpts_gencnt
    std::uint32_t dueUs{0};             ///< when it asked to be served, in 32-bit microseconds
    HptsEntry* previousInSlot{nullptr}; ///< HptsSlots' own
    HptsEntry* nextInSlot{nullptr};     ///< HptsSlots' own

  protected:
    ~HptsEntry() = default;
};

} // namespace hoststack

#endif // HS_HPTS_ENTRY_H
