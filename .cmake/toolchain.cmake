# SPDX-License-Identifier: GPL-2.0-only
#
# Compiler flags, linker, compiler cache and precompiled headers.

add_compile_options(-Wall -Wextra -Wpedantic)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 takes the two ends of a reference count (Payload) for a mistake; the sanitizer build
  # finds real ones.
  add_compile_options(-Wno-use-after-free)
endif()
if(HOSTSTACK_WERROR)
  add_compile_options(-Werror)
endif()
# The same arithmetic on machines with fused multiply-add: same input, same bytes out.
add_compile_options(-ffp-contract=off)
add_link_options(-Wl,--as-needed)
if(HOSTSTACK_SHARED)
  # One set of objects for programs and shared libraries: position-independent, and hidden outside
  # what it is linked into, but for HS_PUBLIC (model/base/hs-public.h). Nobody replaces our functions
  # at run time, so they may be inlined as in a program.
  add_compile_options(
    -fPIC -fno-semantic-interposition -fvisibility=hidden -fvisibility-inlines-hidden
  )
endif()

set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g")

if(HOSTSTACK_SANITIZE)
  # These runs are long, and unoptimised code would make them three times as long.
  set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
  add_compile_options(
    -fsanitize=${HOSTSTACK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
  )
  add_link_options(-fsanitize=${HOSTSTACK_SANITIZE})
endif()

find_program(HOSTSTACK_LLD ld.lld)
mark_as_advanced(HOSTSTACK_LLD)
if(HOSTSTACK_LLD)
  add_link_options(-fuse-ld=lld)
endif()

find_program(HOSTSTACK_CCACHE ccache)
mark_as_advanced(HOSTSTACK_CCACHE)
if(HOSTSTACK_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      /usr/bin/env CCACHE_SLOPPINESS=pch_defines,time_macros ${HOSTSTACK_CCACHE}
  )
  if(HOSTSTACK_PCH AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Without it ccache would preprocess through the precompiled header.
    add_compile_options(-fpch-preprocess)
  elseif(HOSTSTACK_PCH)
    # With it no precompiled header of clang would be the same twice.
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  endif()
endif()

set(hoststack_std_headers
    <algorithm>
    <array>
    <cstdint>
    <functional>
    <map>
    <memory>
    <string>
    <utility>
    <vector>
)
# ns-3's headers that nearly every file of nic, socket, app and helper includes. The *-module.h
# headers would double the compile time.
set(hoststack_ns3_headers
    <ns3/callback.h>
    <ns3/ipv4.h>
    <ns3/net-device.h>
    <ns3/node.h>
    <ns3/packet.h>
    <ns3/simulator.h>
    <ns3/socket.h>
    <nlohmann/json.hpp>
)

function(hoststack_precompile target)
  if(HOSTSTACK_PCH)
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
endfunction()

# Uses the precompiled header of another target, which must be compiled with the same flags.
function(hoststack_reuse_pch target from)
  if(HOSTSTACK_PCH)
    target_precompile_headers(${target} REUSE_FROM ${from})
  endif()
endfunction()

# Compiles the sources of \p rooms (folders, as in helper/read) of \p target eight at a time: most of
# a file's time goes to headers and templates that its neighbours want, too. Names in anonymous
# namespaces must differ within a room; others are compiled one by one.
set(hoststack_united 8)
function(hoststack_unite target)
  if(NOT HOSTSTACK_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  get_target_property(sources ${target} SOURCES)
  foreach(room ${ARGN})
    set(count 0)
    foreach(source ${sources})
      if(source MATCHES "^${room}/.*\\.cc$")
        math(EXPR group "${count} / ${hoststack_united}")
        set_source_files_properties(${source} PROPERTIES UNITY_GROUP "${room}/${group}")
        math(EXPR count "${count} + 1")
      endif()
    endforeach()
  endforeach()
endfunction()
