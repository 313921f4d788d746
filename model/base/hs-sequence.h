// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SEQUENCE_H
#define HS_SEQUENCE_H

#include <cstdint>

namespace hoststack
{

/**
 * A TCP sequence number: 32 bits, compared modulo 2^32 (RFC 9293 section 3.4).
 *
 * Invariant: two numbers are only ordered while they are less than 2^31 apart; the difference of
 * two numbers is signed and lies in [-2^31, 2^31).
 */
class Seq32
{
  public:
    constexpr Seq32() = default;

    constexpr explicit Seq32(std::uint32_t value)
        : m_value(value)
    {
    }

    constexpr std::uint32_t Value() const
    {
        return m_value;
    }

    constexpr Seq32& operator+=(std::uint32_t n)
    {
        m_value += n;
        return *this;
    }

    friend constexpr Seq32 operator+(Seq32 a, std::uint32_t n)
    {
        return Seq32(a.m_value + n);
    }

    friend constexpr Seq32 operator-(Seq32 a, std::uint32_t n)
    {
        return Seq32(a.m_value - n);
    }

    friend constexpr std::int32_t operator-(Seq32 a, Seq32 b)
    {
        return static_cast<std::int32_t>(a.m_value - b.m_value);
    }

    friend constexpr bool operator==(Seq32 a, Seq32 b)
    {
        return a.m_value == b.m_value;
    }

    friend constexpr bool operator!=(Seq32 a, Seq32 b)
    {
        return a.m_value != b.m_value;
    }

    friend constexpr bool operator<(Seq32 a, Seq32 b)
    {
        return a - b < 0;
    }

    friend constexpr bool operator>(Seq32 a, Seq32 b)
    {
        return b < a;
    }

    friend constexpr bool operator<=(Seq32 a, Seq32 b)
    {
        return !(b < a);
    }

    friend constexpr bool operator>=(Seq32 a, Seq32 b)
    {
        return !(a < b);
    }

  private:
    std::uint32_t m_value{0};
};

constexpr Seq32
Max(Seq32 a, Seq32 b)
{
    return a < b ? b : a;
}

constexpr Seq32
Min(Seq32 a, Seq32 b)
{
    return a < b ? a : b;
}

/**
 * An MPTCP data sequence number: 64 bits, compared modulo 2^64 (RFC 8684 section 3.3.1).
 *
 * Invariant: two numbers are only ordered while they are less than 2^63 apart; the difference of
 * two numbers is signed and lies in [-2^63, 2^63).
 */
class Dsn64
{
  public:
    constexpr Dsn64() = default;

    constexpr explicit Dsn64(std::uint64_t value)
        : m_value(value)
    {
    }

    constexpr std::uint64_t Value() const
    {
        return m_value;
    }

    /// What a 32-bit field carries of it.
    constexpr std::uint32_t Low32() const
    {
        return static_cast<std::uint32_t>(m_value);
    }

    constexpr Dsn64& operator+=(std::uint64_t n)
    {
        m_value += n;
        return *this;
    }

    friend constexpr Dsn64 operator+(Dsn64 a, std::uint64_t n)
    {
        return Dsn64(a.m_value + n);
    }

    friend constexpr Dsn64 operator-(Dsn64 a, std::uint64_t n)
    {
        return Dsn64(a.m_value - n);
    }

    friend constexpr std::int64_t operator-(Dsn64 a, Dsn64 b)
    {
        return static_cast<std::int64_t>(a.m_value - b.m_value);
    }

    friend constexpr bool operator==(Dsn64 a, Dsn64 b)
    {
        return a.m_value == b.m_value;
    }

    friend constexpr bool operator!=(Dsn64 a, Dsn64 b)
    {
        return a.m_value != b.m_value;
    }

    friend constexpr bool operator<(Dsn64 a, Dsn64 b)
    {
        return a - b < 0;
    }

    friend constexpr bool operator>(Dsn64 a, Dsn64 b)
    {
        return b < a;
    }

    friend constexpr bool operator<=(Dsn64 a, Dsn64 b)
    {
        return !(b < a);
    }

    friend constexpr bool operator>=(Dsn64 a, Dsn64 b)
    {
        return !(a < b);
    }

  private:
    std::uint64_t m_value{0};
};

constexpr Dsn64
Max(Dsn64 a, Dsn64 b)
{
    return a < b ? b : a;
}

constexpr Dsn64
Min(Dsn64 a, Dsn64 b)
{
    return a < b ? a : b;
}

/// The number with these low 32 bits that is nearest to \p near: from 2^31 before it to 2^31 - 1
/// behind it.
constexpr Dsn64
ExpandDsn(std::uint32_t low, Dsn64 near)
{
    const std::int64_t difference = Seq32(low) - Seq32(near.Low32());
    return near + static_cast<std::uint64_t>(difference);
}

} // namespace hoststack

#endif // HS_SEQUENCE_H
