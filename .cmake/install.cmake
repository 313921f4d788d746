# SPDX-License-Identifier: GPL-2.0-only
#
# What `cmake --install` puts where, by component:
#
# command  bin/hoststack and the program behind it, its manual page
# library  the shared libraries, the headers of their face, and the CMake package `hoststack`
#          (HOSTSTACK_SHARED)
# data     scenarios, profiles and schema
# python   the Python package, with data of its own (python/CMakeLists.txt)

# A package holds what was built; it has no tests in it, so that they need not be built for it.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY TRUE)
set(hoststack_data ${CMAKE_INSTALL_DATADIR}/hoststack)
set(hoststack_program ${CMAKE_INSTALL_LIBEXECDIR}/hoststack)

install(DIRECTORY scenarios DESTINATION ${hoststack_data} COMPONENT data)
# The commit, which results name; nothing where the sources are not git's.
set(hoststack_commit ${CMAKE_BINARY_DIR}/install/commit)
install(CODE "execute_process(COMMAND git -C \"${PROJECT_SOURCE_DIR}\" rev-parse HEAD OUTPUT_FILE \"${hoststack_commit}\" ERROR_QUIET)"
        COMPONENT data
)
install(FILES ${hoststack_commit} DESTINATION ${hoststack_data} COMPONENT data OPTIONAL)
install(
  FILES LICENSE CHANGES.md README.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR}
  COMPONENT data
)

if(TARGET hoststack-cli)
  # Its place is found from the command's, so that the tree may be moved.
  file(RELATIVE_PATH hoststack_to_prefix /${CMAKE_INSTALL_BINDIR} /)
  configure_file(.cmake/hoststack.in ${CMAKE_BINARY_DIR}/install/hoststack @ONLY)
  configure_file(docs/hoststack.1.in ${CMAKE_BINARY_DIR}/install/hoststack.1 @ONLY)
  install(PROGRAMS ${CMAKE_BINARY_DIR}/install/hoststack DESTINATION ${CMAKE_INSTALL_BINDIR}
          COMPONENT command
  )
  install(TARGETS hoststack-cli RUNTIME DESTINATION ${hoststack_program} COMPONENT command)
  install(FILES ${CMAKE_BINARY_DIR}/install/hoststack.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1
          COMPONENT command
  )
endif()

# The headers that show something public, and those that they include.
function(hoststack_public_headers result)
  foreach(header ${hoststack_headers})
    get_filename_component(name ${header} NAME)
    set(path_of_${name} ${header})
    file(STRINGS ${header} public REGEX "HS_PUBLIC")
    if(public)
      list(APPEND wanted ${name})
    endif()
  endforeach()
  set(taken)
  while(wanted)
    list(POP_FRONT wanted name)
    if(name IN_LIST taken)
      continue()
    endif()
    list(APPEND taken ${name})
    list(APPEND paths ${path_of_${name}})
    file(STRINGS ${path_of_${name}} includes REGEX "^#include \"ns3/hs-")
    foreach(line ${includes})
      string(REGEX REPLACE ".*\"ns3/(.*)\".*" "\\1" included "${line}")
      list(APPEND wanted ${included})
    endforeach()
  endwhile()
  set(${result} ${paths} PARENT_SCOPE)
endfunction()

if(TARGET hoststack-shared)
  include(CMakePackageConfigHelpers)
  hoststack_public_headers(public_headers)
  install(FILES ${public_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/hoststack/ns3
          COMPONENT library
  )
  set(hoststack_package ${CMAKE_INSTALL_LIBDIR}/cmake/hoststack)
  set_target_properties(hoststack-shared PROPERTIES EXPORT_NAME hoststack)
  set_target_properties(hoststack-scenario-shared PROPERTIES EXPORT_NAME scenario)
  install(
    TARGETS hoststack-shared hoststack-scenario-shared
    EXPORT hoststack
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT library
  )
  install(EXPORT hoststack NAMESPACE hoststack:: DESTINATION ${hoststack_package}
          FILE hoststack-targets.cmake COMPONENT library
  )
  configure_package_config_file(
    .cmake/hoststack-config.cmake.in ${CMAKE_BINARY_DIR}/install/hoststack-config.cmake
    INSTALL_DESTINATION ${hoststack_package}
  )
  write_basic_package_version_file(
    ${CMAKE_BINARY_DIR}/install/hoststack-config-version.cmake COMPATIBILITY ExactVersion
  )
  install(
    FILES ${CMAKE_BINARY_DIR}/install/hoststack-config.cmake
          ${CMAKE_BINARY_DIR}/install/hoststack-config-version.cmake .cmake/find-ns3.cmake
    DESTINATION ${hoststack_package}
    COMPONENT library
  )
endif()

# One Debian package of all of it: cpack -G DEB in the build folder.
set(CPACK_PACKAGE_NAME hoststack)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "hoststack")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Models of the end host for ns-3: TCP and multipath TCP")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR DEB)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS
    "python3-numpy, python3-pandas, python3-matplotlib, python3-cloudpickle, python3-jinja2"
)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libns3-dev, libboost-dev, nlohmann-json3-dev, python3-tqdm, python3-distributed")
include(CPack)
