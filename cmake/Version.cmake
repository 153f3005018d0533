# One source of the version: project(VERSION) in the top CMakeLists.txt.
set(LUCHENG_VERSION ${PROJECT_VERSION})
if(LUCHENG_STAMP)
  find_program(LUCHENG_GIT git)
  if(LUCHENG_GIT AND EXISTS ${CMAKE_SOURCE_DIR}/.git)
    execute_process(
      COMMAND ${LUCHENG_GIT} -C ${CMAKE_SOURCE_DIR} rev-parse --short=12 HEAD
      OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE
      RESULT_VARIABLE failed ERROR_QUIET)
    if(NOT failed)
      string(APPEND LUCHENG_VERSION "+g${revision}")
      # The reflog grows with every commit and checkout, and with nothing else.
      if(EXISTS ${CMAKE_SOURCE_DIR}/.git/logs/HEAD)
        set_property(DIRECTORY APPEND PROPERTY
          CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/.git/logs/HEAD)
      endif()
    endif()
  endif()
endif()
# Written only when it differs, so that configuring again rebuilds nothing.
configure_file(${CMAKE_SOURCE_DIR}/cmake/version.hpp.in
  ${CMAKE_BINARY_DIR}/generated/lucheng/version.hpp @ONLY)
add_library(lucheng_version INTERFACE)
target_include_directories(lucheng_version INTERFACE ${CMAKE_BINARY_DIR}/generated)

# A build tree has the pages beside the daemon, as a package has them in its own folder.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/bin/web)
file(CREATE_LINK ${CMAKE_SOURCE_DIR}/web/kiosk/dist ${CMAKE_BINARY_DIR}/bin/web/kiosk SYMBOLIC)
