// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-fingerprint.h"

#include <openssl/evp.h>
#include <stdexcept>

namespace hoststack
{

struct Fingerprint::Context
{
    Context()
        : handle(EVP_MD_CTX_new())
    {
    }

    ~Context()
    {
        EVP_MD_CTX_free(handle);
    }

    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    EVP_MD_CTX* handle;
};

namespace
{

void
Require(int done)
{
    if (done != 1)
    {
        throw std::runtime_error("the crypto library cannot compute SHA-256");
    }
}

} // namespace

Fingerprint::Fingerprint()
    : m_context(std::make_unique<Context>())
{
    Require(m_context->handle ? EVP_DigestInit_ex(m_context->handle, EVP_sha256(), nullptr) : 0);
}

Fingerprint::~Fingerprint() = default;

void
Fingerprint::Add(const std::string& bytes)
{
    Require(EVP_DigestUpdate(m_context->handle, bytes.data(), bytes.size()));
}

std::string
Fingerprint::Finish()
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    Require(EVP_DigestFinal_ex(m_context->handle, digest, &length));
    static const char digits[] = "0123456789abcdef";
    std::string text;
    for (unsigned int i = 0; i < length; ++i)
    {
        text += digits[digest[i] >> 4];
        text += digits[digest[i] & 15];
    }
    return text;
}

std::string
FingerprintOf(const std::string& bytes)
{
    Fingerprint fingerprint;
    fingerprint.Add(bytes);
    return fingerprint.Finish();
}

} // namespace hoststack
