// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PAYLOAD_H
#define HS_PAYLOAD_H

#include <cassert>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace hoststack
{

/**
 * Bytes that travel: a window into a shared, immutable block, or \e virtual bytes that have a
 * length and read as zero (what `Create<Packet>(n)` means in ns-3). Virtual bytes cost no memory;
 * copying or slicing never copies content. Not thread-safe, like the simulator it serves.
 */
class Payload
{
  public:
    Payload() = default;

    /// \p length virtual bytes.
    static Payload Virtual(std::uint32_t length)
    {
        Payload p;
        p.m_length = length;
        return p;
    }

    /// Copies \p length bytes into a block of their own.
    static Payload Copy(const std::uint8_t* data, std::uint32_t length)
    {
        Payload p;
        if (length > 0)
        {
            p.m_block = new Block{1, std::vector<std::uint8_t>(data, data + length)};
        }
        p.m_length = length;
        return p;
    }

    Payload(const Payload& other)
        : m_block(other.m_block),
          m_offset(other.m_offset),
          m_length(other.m_length)
    {
        if (m_block)
        {
            ++m_block->users;
        }
    }

    Payload(Payload&& other) noexcept
        : m_block(std::exchange(other.m_block, nullptr)),
          m_offset(std::exchange(other.m_offset, 0)),
          m_length(std::exchange(other.m_length, 0))
    {
    }

    Payload& operator=(const Payload& other)
    {
        if (this != &other)
        {
            Payload copy(other);
            Swap(copy);
        }
        return *this;
    }

    Payload& operator=(Payload&& other) noexcept
    {
        if (this != &other)
        {
            Release();
            m_block = std::exchange(other.m_block, nullptr);
            m_offset = std::exchange(other.m_offset, 0);
            m_length = std::exchange(other.m_length, 0);
        }
        return *this;
    }

    ~Payload()
    {
        Release();
    }

    std::uint32_t Length() const
    {
        return m_length;
    }

    bool IsVirtual() const
    {
        return m_block == nullptr;
    }

    /// The bytes, or nullptr for virtual ones.
    const std::uint8_t* Data() const
    {
        return m_block ? m_block->bytes.data() + m_offset : nullptr;
    }

    /// The \p length bytes from \p offset on, sharing the block.
    Payload Slice(std::uint32_t offset, std::uint32_t length) const
    {
        assert(offset + length <= m_length);
        Payload p(*this);
        p.m_offset += offset;
        p.m_length = length;
        return p;
    }

    /// Puts the bytes of \p next behind these; copies only if they do not follow in the same block.
    /// A block that nobody else has grows, so that many are joined with one copy of each.
    void Append(const Payload& next)
    {
        const bool follows = m_block == next.m_block && m_offset + m_length == next.m_offset;
        if (m_length == 0 || next.m_length == 0 || follows || (IsVirtual() && next.IsVirtual()))
        {
            const auto length = m_length + next.m_length;
            if (m_length == 0)
            {
                *this = next;
            }
            m_length = length;
            return;
        }
        if (m_block && m_block->users == 1 && m_offset + m_length == m_block->bytes.size())
        {
            auto& bytes = m_block->bytes;
            bytes.resize(bytes.size() + next.m_length);
            next.CopyTo(bytes.data() + m_offset + m_length);
            m_length += next.m_length;
            return;
        }
        std::vector<std::uint8_t> bytes(m_length + next.m_length);
        CopyTo(bytes.data());
        next.CopyTo(bytes.data() + m_length);
        Payload joined;
        joined.m_length = m_length + next.m_length;
        joined.m_block = new Block{1, std::move(bytes)};
        Swap(joined);
    }

    /// Drops the first \p n bytes.
    void TrimFront(std::uint32_t n)
    {
        assert(n <= m_length);
        m_offset += n;
        m_length -= n;
    }

    /// Drops all but the first \p n bytes.
    void TrimTo(std::uint32_t n)
    {
        assert(n <= m_length);
        m_length = n;
    }

    /// Writes the bytes (zeros for virtual ones) to \p out, which has room for Length().
    void CopyTo(std::uint8_t* out) const
    {
        if (m_block)
        {
            std::memcpy(out, Data(), m_length);
        }
        else if (m_length > 0)
        {
            std::memset(out, 0, m_length);
        }
    }

  private:
    struct Block
    {
        std::uint32_t users;
        std::vector<std::uint8_t> bytes;
    };

    void Release()
    {
        if (m_block && --m_block->users == 0)
        {
            delete m_block;
        }
    }

    void Swap(Payload& other) noexcept
    {
        std::swap(m_block, other.m_block);
        std::swap(m_offset, other.m_offset);
        std::swap(m_length, other.m_length);
    }

    Block* m_block{nullptr};
    std::uint32_t m_offset{0};
    std::uint32_t m_length{0};
};

} // namespace hoststack

#endif // HS_PAYLOAD_H
