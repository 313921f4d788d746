// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_WINDOWED_MAX_H
#define HS_WINDOWED_MAX_H

#include <array>
#include <cstdint>

namespace hoststack::tcp
{

/**
 * The largest value of the last \p window units of time in constant space (Kathleen Nichols'
 * filter; Linux lib/win_minmax.c).
 *
 * Three candidates are kept, each at most as large as the one before and not older. A second and
 * a third candidate are taken from the later three quarters and the later half of the window, so
 * that a value is at hand when the first one expires; while values fall, the result can therefore
 * be smaller than the true maximum.
 */
template <class Value>
class WindowedMax
{
  public:
    explicit WindowedMax(std::uint64_t window)
        : m_window(window)
    {
    }

    Value Get() const
    {
        return m_best[0].value;
    }

    void Reset(std::uint64_t time, Value value)
    {
        m_best.fill({time, value});
    }

    void Update(std::uint64_t time, Value value)
    {
        const Candidate candidate{time, value};
        if (value >= m_best[0].value || time - m_best[2].time > m_window)
        {
            m_best.fill(candidate);
            return;
        }
        if (value >= m_best[1].value)
        {
            m_best[1] = m_best[2] = candidate;
        }
        else if (value >= m_best[2].value)
        {
            m_best[2] = candidate;
        }

        const auto age = time - m_best[0].time;
        if (age > m_window)
        {
            do
            {
                m_best = {m_best[1], m_best[2], candidate};
            } while (time - m_best[0].time > m_window);
        }
        else if (m_best[1].time == m_best[0].time && age > m_window / 4)
        {
            m_best[1] = m_best[2] = candidate;
        }
        else if (m_best[2].time == m_best[1].time && age > m_window / 2)
        {
            m_best[2] = candidate;
        }
    }

  private:
    struct Candidate
    {
        std::uint64_t time{0};
        Value value{};
    };

    std::uint64_t m_window;
    std::array<Candidate, 3> m_best{};
};

} // namespace hoststack::tcp

#endif // HS_WINDOWED_MAX_H
