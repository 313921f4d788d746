// SPDX-License-Identifier: GPL-2.0-only

#include <catch2/catch.hpp>

// What a preset says about the build is so in the build.

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_SANITIZER
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HAS_SANITIZER
#endif

#ifdef HAS_SANITIZER
TEST_CASE("a build with sanitizers is optimised", "[base]")
{
#ifdef __OPTIMIZE__
    SUCCEED();
#else
    FAIL("built with -O0");
#endif
}
#endif
