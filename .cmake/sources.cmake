# SPDX-License-Identifier: GPL-2.0-only
#
# The files of each room, relative to the root. A new file is found by the next build.
#
# hoststack_core_sources      model rooms that know no ns-3 type
# hoststack_scenario_sources  helper rooms that know none
# hoststack_ns3_sources       the rooms that do, without the program's main
# hoststack_headers           all headers; reached as ns3/<file name> whatever their folder

set(hoststack_core_rooms base wire tcp mptcp host pacing link offload program)
set(hoststack_scenario_rooms metric read result)
set(hoststack_ns3_rooms nic socket app)
set(hoststack_ns3_helper_rooms install build run live cli)
set(hoststack_main helper/cli/hs-main.cc)

function(hoststack_glob result)
  set(patterns)
  foreach(pattern ${ARGN})
    list(APPEND patterns ${CMAKE_CURRENT_SOURCE_DIR}/${pattern})
  endforeach()
  file(GLOB_RECURSE found CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} ${patterns})
  list(SORT found)
  set(${result} ${found} PARENT_SCOPE)
endfunction()

set(core_patterns)
set(core_header_patterns)
foreach(room ${hoststack_core_rooms})
  list(APPEND core_patterns model/${room}/*.cc)
  list(APPEND core_header_patterns model/${room}/*.h)
endforeach()
set(scenario_patterns)
set(scenario_header_patterns)
foreach(room ${hoststack_scenario_rooms})
  list(APPEND scenario_patterns helper/${room}/*.cc)
  list(APPEND scenario_header_patterns helper/${room}/*.h)
endforeach()
set(ns3_patterns)
foreach(room ${hoststack_ns3_rooms})
  list(APPEND ns3_patterns model/${room}/*.cc)
endforeach()
foreach(room ${hoststack_ns3_helper_rooms})
  list(APPEND ns3_patterns helper/${room}/*.cc)
endforeach()

hoststack_glob(hoststack_core_sources ${core_patterns})
hoststack_glob(hoststack_core_headers ${core_header_patterns})
hoststack_glob(hoststack_scenario_sources ${scenario_patterns})
hoststack_glob(hoststack_scenario_headers ${scenario_header_patterns})
hoststack_glob(hoststack_ns3_sources ${ns3_patterns})
hoststack_glob(hoststack_headers model/*.h helper/*.h)
list(REMOVE_ITEM hoststack_ns3_sources ${hoststack_main})
