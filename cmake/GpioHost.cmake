# Tests that run on a machine of their own with GPIO chips; see tests/gpio-host/README.md.
# All have the label gpio-host, and none runs beside another.
set(LUCHENG_GPIO_HOST ${CMAKE_SOURCE_DIR}/tests/gpio-host)

function(lucheng_gpio_host_command result script limit)
  set(${result} ${LUCHENG_GPIO_HOST}/${script} --limit ${limit} --write ${CMAKE_BINARY_DIR}
    ${ARGN} -- PARENT_SCOPE)
endfunction()

# lucheng_gpio_host_tests(<program> SOURCES <file>... LINK <target>... STARTS <program>...)
# A Catch2 program, one ctest test a TEST_CASE, each a process of its own; all share one boot.
function(lucheng_gpio_host_tests name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;STARTS" ${ARGN})
  lucheng_program(${name}
    SOURCES ${ARG_SOURCES}
    PCH test
    LINK ${ARG_LINK} Catch2::Catch2WithMain)
  target_compile_definitions(${name} PRIVATE
    LUCHENG_SOURCE_DIR="${CMAKE_SOURCE_DIR}" LUCHENG_BUILD_DIR="${CMAKE_BINARY_DIR}")
  lucheng_needs(${name} ${ARG_STARTS})
  # No sanitizer's runtime fits into the machine's small address space.
  if(LUCHENG_SANITIZE)
    return()
  endif()
  lucheng_gpio_host_command(inside inside.sh 100)
  set_target_properties(${name} PROPERTIES CROSSCOMPILING_EMULATOR "${inside}")
  catch_discover_tests(${name}
    TEST_PREFIX "gpio-host: "
    DISCOVERY_MODE PRE_TEST
    WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
    PROPERTIES LABELS gpio-host RESOURCE_LOCK gpio-host TIMEOUT 240)
endfunction()

# add_gpio_host_test(<name> [OWN_BOOT] [LIMIT <seconds>] [OPTIONS <option>...] COMMAND <word>...)
# Any command, passed when it exits with 0. OWN_BOOT: on a machine that no other test sees, to which
# OPTIONS of run.sh can be given, for instance --systemd.
function(add_gpio_host_test name)
  cmake_parse_arguments(ARG "OWN_BOOT" "LIMIT" "OPTIONS;COMMAND" ${ARGN})
  if(LUCHENG_SANITIZE)
    return()
  endif()
  if(NOT ARG_LIMIT)
    set(ARG_LIMIT 100)
  endif()
  set(script inside.sh)
  if(ARG_OWN_BOOT)
    set(script run.sh)
  elseif(ARG_OPTIONS)
    message(FATAL_ERROR "${name}: options are for a machine of its own: OWN_BOOT")
  endif()
  lucheng_gpio_host_command(inside ${script} ${ARG_LIMIT} ${ARG_OPTIONS})
  # Time to boot, and to say what went wrong.
  math(EXPR timeout "${ARG_LIMIT} + 140")
  add_test(NAME "gpio-host: ${name}" COMMAND ${inside} ${ARG_COMMAND}
    WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
  set_tests_properties("gpio-host: ${name}" PROPERTIES
    LABELS gpio-host RESOURCE_LOCK gpio-host TIMEOUT ${timeout})
endfunction()
