# SPDX-License-Identifier: GPL-2.0-only
#
# <build>/include/ns3/: one link per header, as ns-3 flattens headers into ns3/. Links whose header
# has gone are removed.

set(directory ${CMAKE_BINARY_DIR}/include/ns3)
file(MAKE_DIRECTORY ${directory})
set(names)
foreach(header ${hoststack_headers})
  get_filename_component(name ${header} NAME)
  if(name IN_LIST names)
    message(FATAL_ERROR "Two headers are named ${name}; header names are unique over the project.")
  endif()
  list(APPEND names ${name})
  set(source ${PROJECT_SOURCE_DIR}/${header})
  set(target)
  if(IS_SYMLINK ${directory}/${name})
    file(READ_SYMLINK ${directory}/${name} target)
  endif()
  if(NOT target STREQUAL source)
    file(CREATE_LINK ${source} ${directory}/${name} SYMBOLIC)
  endif()
endforeach()
file(GLOB links RELATIVE ${directory} ${directory}/*.h)
foreach(link ${links})
  if(NOT link IN_LIST names)
    file(REMOVE ${directory}/${link})
  endif()
endforeach()
