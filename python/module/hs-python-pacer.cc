// SPDX-License-Identifier: GPL-2.0-only

#include "hs-python-variant.h"
#include "ns3/hs-pacer.h"

#include <memory>

namespace py = pybind11;

namespace hoststack::python
{

namespace
{

class PythonPacer : public Pacer
{
  public:
    PythonPacer(const std::string& name, const PacingWish& wish)
        : m_instance("pacer", name),
          m_earliest(m_instance.Own("earliest_departure")),
          m_onSent(m_instance.Own("on_sent"))
    {
        if (Instance::IsAsked())
        {
            m_instance.Object().attr("is_asked") = wish.isAsked;
        }
        m_holds = m_instance.Flag("holds_output", true);
    }

    bool HoldsOutput() const override
    {
        return m_holds;
    }

    TimeNs EarliestDeparture() const override
    {
        if (!Instance::IsAsked())
        {
            return 0;
        }
        return static_cast<TimeNs>(m_instance.Number(m_earliest,
                                                     m_earliest.Call(),
                                                     std::numeric_limits<std::int64_t>::min(),
                                                     std::numeric_limits<std::int64_t>::max(),
                                                     0));
    }

    void OnSent(TimeNs now, std::uint32_t bytes, std::uint32_t fresh, BytesPerSecond rate) override
    {
        if (!Instance::IsAsked())
        {
            return;
        }
        const Argument a(now);
        const Argument b(bytes);
        const Argument c(fresh);
        const Argument d(static_cast<std::int64_t>(
            std::min<BytesPerSecond>(rate, std::numeric_limits<std::int64_t>::max())));
        m_instance.Nothing(m_onSent, m_onSent.Call(a.Get(), b.Get(), c.Get(), d.Get()));
    }

  private:
    Instance m_instance;
    Method m_earliest;
    Method m_onSent;
    bool m_holds{true};
};

} // namespace

void
AddPacerVariant(const std::string& name, const std::string& about)
{
    Pacers().Add({name, about, [name](const PacingWish& wish) {
                      return std::make_unique<PythonPacer>(name, wish);
                  }});
}

} // namespace hoststack::python
