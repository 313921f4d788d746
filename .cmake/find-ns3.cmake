# SPDX-License-Identifier: GPL-2.0-only
#
# hoststack-ns3: the few ns-3 libraries we use, found as files. CMAKE_PREFIX_PATH may name another
# installation than the system's. Programs that link our library find them by this file, too.
#
# Why not ns-3's own CMake package: its targets wrap each other in --no-as-needed, so one library
# loads its whole chain at start-up; they want GSL's development files; and Debian's refuses to
# load without the separate package of ns-3's set-uid programs.

if(TARGET hoststack-ns3)
  return()
endif()
find_path(NS3_INCLUDE_DIR ns3/simulator.h REQUIRED)
mark_as_advanced(NS3_INCLUDE_DIR)

add_library(hoststack-ns3 INTERFACE)
target_include_directories(hoststack-ns3 SYSTEM INTERFACE ${NS3_INCLUDE_DIR})

# Other builds of ns-3 put version and profile in the file name: libns3.40-core-optimized.so.
foreach(module applications csma point-to-point internet traffic-control network core)
  find_library(NS3_${module} ns3-${module})
  mark_as_advanced(NS3_${module})
  if(NOT NS3_${module})
    foreach(directory ${NS3_INCLUDE_DIR}/../lib ${NS3_INCLUDE_DIR}/../lib64)
      file(GLOB found ${directory}/libns3*-${module}.so ${directory}/libns3*-${module}-*.so)
      list(FILTER found INCLUDE REGEX "-${module}(-default|-debug|-release|-optimized|)\\.so$")
      if(found)
        list(GET found 0 NS3_${module})
      endif()
    endforeach()
  endif()
  if(NOT NS3_${module})
    message(FATAL_ERROR "ns-3's ${module} library not found beside ${NS3_INCLUDE_DIR}")
  endif()
  target_link_libraries(hoststack-ns3 INTERFACE ${NS3_${module}})
endforeach()
message(STATUS "Found ns-3: ${NS3_core}")

if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_definitions(hoststack-ns3 INTERFACE NS3_LOG_ENABLE NS3_ASSERT_ENABLE)
endif()
