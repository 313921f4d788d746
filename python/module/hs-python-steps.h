// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PYTHON_STEPS_H
#define HS_PYTHON_STEPS_H

#include "ns3/hs-units.h"

#include <pybind11/pybind11.h>
#include <string>

namespace hoststack::python
{

/// Time as the caller tells it; it never goes back.
class Steps
{
  public:
    /// \throws pybind11::value_error
    void At(TimeNs now)
    {
        if (now < m_now || now >= kNever)
        {
            throw pybind11::value_error("the time " + std::to_string(now) + " ns lies before " +
                                        std::to_string(m_now) +
                                        " ns, of the step before, or never comes");
        }
        m_now = now;
    }

    TimeNs Now() const
    {
        return m_now;
    }

  private:
    TimeNs m_now{0};
};

} // namespace hoststack::python

#endif // HS_PYTHON_STEPS_H
