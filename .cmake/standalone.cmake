# SPDX-License-Identifier: GPL-2.0-only
#
# The project by itself, against an installed ns-3.
#
# hoststack-core   the rooms without ns-3 (static)
# hoststack        the rooms with ns-3 and the helpers
# hoststack-cli    the command-line program behind ./hoststack
# hs-test-core, hs-test-ns3, fuzz targets, benchmarks: test/CMakeLists.txt

option(HOSTSTACK_NS3 "Build what needs ns-3 (off: only the core and its tests)" ON)
option(HOSTSTACK_WERROR "Treat warnings as errors (default: the environment's)" $ENV{HOSTSTACK_WERROR})
option(HOSTSTACK_PCH "Use precompiled headers" ON)
option(HOSTSTACK_FUZZ "Build the fuzz targets with clang's libFuzzer" OFF)
set(HOSTSTACK_SANITIZE "" CACHE STRING "Sanitizers for all of our code, e.g. address,undefined")
set(HOSTSTACK_CXX_STANDARD 17 CACHE STRING "C++ standard to build as (17 or newer)")

set(CMAKE_CXX_STANDARD ${HOSTSTACK_CXX_STANDARD})
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

include(.cmake/toolchain.cmake)
include(.cmake/include-directory.cmake)

find_package(Boost REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(Threads REQUIRED)

add_library(hoststack-core STATIC ${hoststack_core_sources} ${hoststack_core_headers})
set_target_properties(hoststack-core PROPERTIES LINKER_LANGUAGE CXX)
target_include_directories(hoststack-core PUBLIC ${CMAKE_BINARY_DIR}/include)
target_link_libraries(hoststack-core PUBLIC Boost::headers OpenSSL::Crypto)
hoststack_precompile(hoststack-core ${hoststack_std_headers})

find_package(nlohmann_json REQUIRED)
if(HOSTSTACK_NS3)
  include(.cmake/find-ns3.cmake)
  find_package(CLI11 REQUIRED)
  find_path(VALIJSON_INCLUDE_DIR valijson/validator.hpp REQUIRED)
  mark_as_advanced(VALIJSON_INCLUDE_DIR)
endif()

if(HOSTSTACK_NS3 AND hoststack_ns3_sources)
  # Objects, not an archive: ns-3 registers types in static initialisers, and a linker drops the
  # members of an archive that nobody refers to.
  add_library(hoststack-objects OBJECT ${hoststack_ns3_sources})
  target_link_libraries(
    hoststack-objects PUBLIC hoststack-core hoststack-ns3 nlohmann_json::nlohmann_json
                             CLI11::CLI11 Threads::Threads
  )
  target_compile_definitions(
    hoststack-objects PUBLIC HOSTSTACK_VERSION="${PROJECT_VERSION}"
                             HOSTSTACK_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
  )
  hoststack_precompile(hoststack-objects ${hoststack_std_headers} ${hoststack_ns3_headers})

  add_library(hoststack INTERFACE)
  target_link_libraries(hoststack INTERFACE hoststack-objects)
  target_sources(hoststack INTERFACE $<TARGET_OBJECTS:hoststack-objects>)

  if(EXISTS ${PROJECT_SOURCE_DIR}/${hoststack_main})
    add_executable(hoststack-cli ${hoststack_main})
    target_link_libraries(hoststack-cli PRIVATE hoststack)
    hoststack_reuse_pch(hoststack-cli hoststack-objects)
  endif()
  if(EXISTS ${PROJECT_SOURCE_DIR}/examples/CMakeLists.txt)
    add_subdirectory(examples)
  endif()
endif()

enable_testing()
add_subdirectory(test)
