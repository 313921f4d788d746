// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_FINGERPRINT_H
#define HS_FINGERPRINT_H

#include <memory>
#include <string>

namespace hoststack
{

/// A SHA-256 digest that grows with what is added (OpenSSL).
class Fingerprint
{
  public:
    Fingerprint();
    ~Fingerprint();
    Fingerprint(const Fingerprint&) = delete;
    Fingerprint& operator=(const Fingerprint&) = delete;

    void Add(const std::string& bytes);

    /// 64 hexadecimal digits; nothing can be added afterwards.
    std::string Finish();

  private:
    struct Context;
    std::unique_ptr<Context> m_context;
};

/// The SHA-256 digest of \p bytes.
std::string FingerprintOf(const std::string& bytes);

} // namespace hoststack

#endif // HS_FINGERPRINT_H
