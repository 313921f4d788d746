// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CAPTURE_WRITER_H
#define HS_CAPTURE_WRITER_H

#include "ns3/hs-ip-codec.h"
#include "ns3/hs-tcp-segment.h"
#include "ns3/hs-units.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace hoststack
{

/// A capture file that cannot be written; what() names the file and the reason.
class CaptureError : public std::runtime_error
{
  public:
    using std::runtime_error::runtime_error;
};

enum class CaptureFormat : std::uint8_t
{
    Pcapng, ///< draft-ietf-opsawg-pcapng: names, many interfaces, directions, comments
    Pcap,   ///< draft-ietf-opsawg-pcap with nanoseconds: one interface, no names
};

struct CaptureOptions
{
    CaptureFormat format{CaptureFormat::Pcapng};
    std::uint32_t snapLength{0}; ///< bytes kept of each packet; 0: all
};

/// As seen from the interface.
enum class CaptureDirection : std::uint8_t
{
    Unknown,
    Inbound,
    Outbound,
};

/**
 * Writes packets to a file that Wireshark reads.
 *
 * Packets begin with their IPv4 or IPv6 header (LINKTYPE_RAW). Time is simulated time since the
 * start of the run, with every nanosecond kept. The same packets give the same bytes on any
 * machine: little-endian, no date, no host name. Output is buffered; only Close() says that all of
 * it arrived.
 */
class CaptureWriter
{
  public:
    /// Creates or truncates the file. \throws CaptureError if that fails.
    CaptureWriter(const std::string& path, const CaptureOptions& options);
    /// Closes; an error at that point is lost.
    ~CaptureWriter();

    CaptureWriter(const CaptureWriter&) = delete;
    CaptureWriter& operator=(const CaptureWriter&) = delete;

    /**
     * Describes an interface; its packets come later. Possible at any time before Close().
     * \return its number, counting from 0
     * \throws CaptureError for a second interface in a pcap file
     */
    std::uint32_t AddInterface(const std::string& name, const std::string& description = "");

    /**
     * Writes one packet, cut to the snap length.
     * \param time not negative
     * \param comment shown by Wireshark; pcapng only, left out otherwise
     * \throws CaptureError if the file takes no more, the interface is unknown or the time negative
     */
    void WritePacket(std::uint32_t interface,
                     TimeNs time,
                     const std::uint8_t* packet,
                     std::size_t length,
                     CaptureDirection direction = CaptureDirection::Unknown,
                     const std::string& comment = "");

    /**
     * Writes a segment as the packet it travels in. The header's payload length is taken from the
     * segment, its ECN bits too; virtual payload reads as zeros.
     * \throws as WritePacket(), and std::length_error as EncodeTcpHeader() and EncodeIpHeader()
     */
    void WriteTcp(std::uint32_t interface,
                  TimeNs time,
                  const IpHeader& header,
                  const TcpSegment& segment,
                  CaptureDirection direction = CaptureDirection::Unknown,
                  const std::string& comment = "");

    std::uint64_t PacketCount() const
    {
        return m_packets;
    }

    /// Writes what is buffered and closes; a second call does nothing. \throws CaptureError
    void Close();

  private:
    struct Closer
    {
        void operator()(std::FILE* file) const
        {
            std::fclose(file);
        }
    };

    /// A packet in two pieces, so that payload need not be copied; no tail means zeros.
    struct Pieces
    {
        const std::uint8_t* head;
        std::size_t headLength;
        const std::uint8_t* tail;
        std::size_t tailLength;
    };

    void Write(std::uint32_t interface,
               TimeNs time,
               const Pieces& packet,
               CaptureDirection direction,
               const std::string& comment);
    void WritePcapRecord(TimeNs time, const Pieces& packet, std::size_t captured);
    void WriteEnhancedPacket(std::uint32_t interface,
                             TimeNs time,
                             const Pieces& packet,
                             std::size_t captured,
                             CaptureDirection direction,
                             const std::string& comment);
    void PutPieces(const Pieces& packet, std::size_t captured);
    void Put(const void* bytes, std::size_t length);
    [[noreturn]] void Fail(const std::string& what) const;

    std::string m_path;
    CaptureOptions m_options;
    std::vector<char> m_buffer;
    std::unique_ptr<std::FILE, Closer> m_file;
    std::uint32_t m_interfaces{0};
    std::uint64_t m_packets{0};
};

} // namespace hoststack

#endif // HS_CAPTURE_WRITER_H
