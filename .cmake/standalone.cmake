# SPDX-License-Identifier: GPL-2.0-only
#
# The project by itself, against an installed ns-3.
#
# hoststack-core             the model's rooms without ns-3 (static)
# hoststack-scenario         the same and the helpers' rooms without ns-3: scenarios are read, results
#                            judged and written (static)
# hoststack                  all rooms, as objects
# hoststack-scenario-shared  libhoststack-scenario.so: hoststack-scenario behind its public face
# hoststack-shared           libhoststack.so: all rooms behind theirs (both: HOSTSTACK_SHARED)
# hoststack-cli              the command-line program behind ./hoststack
# hoststack-python           the Python package around all rooms: python/CMakeLists.txt
# hs-test-core, hs-test-ns3, fuzz targets, benchmarks: test/CMakeLists.txt

option(HOSTSTACK_NS3 "Build what needs ns-3 (off: core, scenarios and their tests)" ON)
option(HOSTSTACK_SHARED "Build the shared libraries, for Python and other programs" OFF)
set(HOSTSTACK_TESTS ON
    CACHE STRING "Test programs and benchmarks (core: those without ns-3; off: only the package's)"
)
option(HOSTSTACK_WERROR "Treat warnings as errors (default: the environment's)" $ENV{HOSTSTACK_WERROR})
option(HOSTSTACK_PCH "Use precompiled headers" ON)
option(HOSTSTACK_UNITY "Compile several files at a time, where names allow it" OFF)
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

include(GNUInstallDirs)
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
hoststack_unite(hoststack-core model/host model/link model/program)

find_package(nlohmann_json REQUIRED)
find_path(VALIJSON_INCLUDE_DIR valijson/validator.hpp REQUIRED)
mark_as_advanced(VALIJSON_INCLUDE_DIR)
add_library(hoststack-scenario STATIC ${hoststack_scenario_sources} ${hoststack_scenario_headers})
set_target_properties(hoststack-scenario PROPERTIES LINKER_LANGUAGE CXX)
target_link_libraries(hoststack-scenario PUBLIC hoststack-core nlohmann_json::nlohmann_json)
target_compile_definitions(
  hoststack-scenario PUBLIC HOSTSTACK_VERSION="${PROJECT_VERSION}"
                            HOSTSTACK_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
)
if(HOSTSTACK_SANITIZE)
  # Reading and writing are short beside the core's tests, and take three times as long to optimise.
  target_compile_options(hoststack-scenario PRIVATE -O0)
endif()
hoststack_precompile(hoststack-scenario ${hoststack_std_headers} <nlohmann/json.hpp>)
hoststack_unite(hoststack-scenario helper/read helper/result)

# lib<output>.so of the objects of the given targets. Only what is marked HS_PUBLIC is seen outside.
function(hoststack_shared_library name output)
  set(objects)
  foreach(target ${ARGN})
    list(APPEND objects $<TARGET_OBJECTS:${target}>)
  endforeach()
  add_library(${name} SHARED ${objects})
  set(script ${PROJECT_SOURCE_DIR}/.cmake/public-face.map)
  # No version promises the binary interface of another one.
  set_target_properties(
    ${name} PROPERTIES OUTPUT_NAME ${output} LINKER_LANGUAGE CXX LINK_DEPENDS ${script}
                       SOVERSION ${PROJECT_VERSION}
  )
  target_include_directories(
    ${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/include>
                   $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/hoststack>
  )
  target_link_libraries(${name} PUBLIC nlohmann_json::nlohmann_json Boost::headers)
  target_link_libraries(${name} PRIVATE OpenSSL::Crypto)
  target_link_options(${name} PRIVATE -Wl,--version-script=${script})
  if(NOT HOSTSTACK_SANITIZE)
    target_link_options(${name} PRIVATE -Wl,--no-undefined)
  endif()
endfunction()
if(HOSTSTACK_SHARED)
  hoststack_shared_library(
    hoststack-scenario-shared hoststack-scenario hoststack-core hoststack-scenario
  )
endif()

if(HOSTSTACK_NS3)
  include(.cmake/find-ns3.cmake)
  find_package(CLI11 REQUIRED)
endif()

if(HOSTSTACK_NS3 AND hoststack_ns3_sources)
  # Objects, not an archive: ns-3 registers types in static initialisers, and a linker drops the
  # members of an archive that nobody refers to.
  add_library(hoststack-objects OBJECT ${hoststack_ns3_sources})
  target_link_libraries(
    hoststack-objects PUBLIC hoststack-scenario hoststack-ns3 CLI11::CLI11 Threads::Threads
  )
  if(HOSTSTACK_SANITIZE)
    target_compile_options(hoststack-objects PUBLIC -O0)
  endif()
  hoststack_precompile(hoststack-objects ${hoststack_std_headers} ${hoststack_ns3_headers})
  hoststack_unite(hoststack-objects helper/build helper/run helper/live helper/cli)

  add_library(hoststack INTERFACE)
  target_link_libraries(hoststack INTERFACE hoststack-objects)
  target_sources(hoststack INTERFACE $<TARGET_OBJECTS:hoststack-objects>)

  if(HOSTSTACK_SHARED)
    hoststack_shared_library(
      hoststack-shared hoststack hoststack-core hoststack-scenario hoststack-objects
    )
    target_link_libraries(
      hoststack-shared
      PUBLIC $<BUILD_INTERFACE:hoststack-ns3>
      PRIVATE Threads::Threads
    )
  endif()

  if(EXISTS ${PROJECT_SOURCE_DIR}/${hoststack_main})
    add_executable(hoststack-cli ${hoststack_main})
    target_link_libraries(hoststack-cli PRIVATE hoststack)
    hoststack_reuse_pch(hoststack-cli hoststack-objects)
  endif()
  if(EXISTS ${PROJECT_SOURCE_DIR}/examples/CMakeLists.txt AND HOSTSTACK_TESTS AND NOT HOSTSTACK_TESTS STREQUAL "core")
    add_subdirectory(examples)
  endif()
endif()

enable_testing()
if(HOSTSTACK_TESTS)
  add_subdirectory(test)
endif()
add_subdirectory(python)
include(.cmake/install.cmake)
