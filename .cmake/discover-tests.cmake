# SPDX-License-Identifier: GPL-2.0-only
#
# Run after a test program is linked: writes TEST_FILE, with one add_test per TEST_CASE of PROGRAM.
# Catch2's own script splits names at semicolons, which sentences have.

execute_process(
  COMMAND ${PROGRAM} --list-test-names-only
  OUTPUT_FILE ${TEST_FILE}.names
  RESULT_VARIABLE count # Catch2 2 returns the number of tests, 255 at most
)
file(STRINGS ${TEST_FILE}.names names)
set(script)
set(tests 0)
foreach(name IN LISTS names)
  # What Catch2 would take for a list or a tag; NoTests makes a name that it does not find fail.
  string(REGEX REPLACE "([][,\\\\])" "\\\\\\1" pattern "${name}")
  string(APPEND script "add_test([==[${LABEL}/${name}]==] [==[${PROGRAM}]==] [==[${pattern}]==] -w NoTests)\n")
  string(APPEND script "set_tests_properties([==[${LABEL}/${name}]==] PROPERTIES LABELS ${LABEL} TIMEOUT 300 WORKING_DIRECTORY [==[${DIRECTORY}]==])\n")
  math(EXPR tests "${tests} + 1")
endforeach()
set(expected ${tests})
if(expected GREATER 255)
  set(expected 255)
endif()
if(NOT expected EQUAL count)
  message(FATAL_ERROR "${PROGRAM} says it has ${count} tests, but lists ${tests}")
endif()
file(WRITE ${TEST_FILE} "${script}")
