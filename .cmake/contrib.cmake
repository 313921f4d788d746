# SPDX-License-Identifier: GPL-2.0-only
#
# What ns-3's build does not give a module by itself.

find_library(hoststack_crypto_library crypto REQUIRED)
mark_as_advanced(hoststack_crypto_library)

file(STRINGS ${CMAKE_CURRENT_SOURCE_DIR}/VERSION hoststack_version LIMIT_COUNT 1)
set_source_files_properties(
  ${hoststack_scenario_sources} ${hoststack_ns3_sources}
  PROPERTIES
    COMPILE_DEFINITIONS
    "HOSTSTACK_VERSION=\"${hoststack_version}\";HOSTSTACK_SOURCE_DIR=\"${CMAKE_CURRENT_SOURCE_DIR}\""
)
