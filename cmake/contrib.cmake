# SPDX-License-Identifier: GPL-2.0-only
#
# What ns-3's build does not give a module by itself.

find_library(hoststack_crypto_library crypto REQUIRED)
mark_as_advanced(hoststack_crypto_library)
