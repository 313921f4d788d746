// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_FUZZ_INPUT_H
#define HS_FUZZ_INPUT_H

#include <cstddef>
#include <cstdint>

namespace hoststack::fuzz
{

/// The input as numbers; zeros after its end.
class Source
{
  public:
    Source(const std::uint8_t* data, std::size_t size)
        : m_data(data),
          m_size(size)
    {
    }

    bool Empty() const
    {
        return m_at >= m_size;
    }

    std::uint8_t Byte()
    {
        return m_at < m_size ? m_data[m_at++] : 0;
    }

    std::uint32_t Number()
    {
        const std::uint32_t low = Byte();
        return low | std::uint32_t{Byte()} << 8;
    }

  private:
    const std::uint8_t* m_data;
    std::size_t m_size;
    std::size_t m_at{0};
};

} // namespace hoststack::fuzz

#endif // HS_FUZZ_INPUT_H
