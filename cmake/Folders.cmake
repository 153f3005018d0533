# The folder is the layer: one target a folder, and its link list is the arrow.

add_custom_target(programs)  # what runs on a cabinet and at a desk
add_custom_target(benches)   # what measures

# lucheng_library(<name> [PCH std|net] [EXCLUDE <file>...] LINK <target>...)
# A library of all *.cpp in the current folder. A folder without any is an INTERFACE library, so
# that those who link it can still be configured.
function(lucheng_library name)
  cmake_parse_arguments(ARG "" "PCH" "EXCLUDE;LINK;LINK_PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  foreach(file IN LISTS ARG_EXCLUDE)
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  endforeach()
  if(NOT sources)
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE ${ARG_LINK} ${ARG_LINK_PRIVATE})
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_LINK} PRIVATE ${ARG_LINK_PRIVATE})
  lucheng_use_pch(${name} "${ARG_PCH}")
endfunction()

# lucheng_program(<name> SOURCES <file>... [PCH std|net|test] LINK <target>...)
# Files that do not exist yet are left out; a program without any is skipped.
function(lucheng_program name)
  cmake_parse_arguments(ARG "" "PCH" "SOURCES;LINK" ${ARGN})
  if(NOT ARG_SOURCES)
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  if(LUCHENG_SANITIZE)
    target_link_libraries(${name} PRIVATE lucheng_sanitizer_options)
  endif()
  lucheng_use_pch(${name} "${ARG_PCH}")
  if(name MATCHES "^bench_")
    add_dependencies(benches ${name})
  elseif(NOT name MATCHES "^(test|fuzz)_")
    add_dependencies(programs ${name})
  endif()
endfunction()

function(lucheng_use_pch name kind)
  if(LUCHENG_PCH AND kind)
    target_precompile_headers(${name} REUSE_FROM lucheng_pch_${kind})
  endif()
endfunction()

# lucheng_needs(<target> <program>...): built first, because the target starts them.
function(lucheng_needs name)
  foreach(program IN LISTS ARGN)
    if(TARGET ${name} AND TARGET ${program})
      add_dependencies(${name} ${program})
    endif()
  endforeach()
endfunction()
