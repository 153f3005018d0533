# Asio and Beast, compiled once for all who use them.
add_library(lucheng_asio STATIC cmake/asio_impl.cpp)
target_link_libraries(lucheng_asio PUBLIC Boost::headers Threads::Threads)
add_library(lucheng_beast STATIC cmake/beast_impl.cpp)
target_link_libraries(lucheng_beast PUBLIC lucheng_asio)

if(LUCHENG_SANITIZE)
  add_library(lucheng_sanitizer_options OBJECT cmake/sanitizer_options.cpp)
endif()

if(NOT LUCHENG_PCH)
  return()
endif()

function(lucheng_pch kind)
  file(WRITE ${CMAKE_BINARY_DIR}/generated/pch_${kind}.cpp.new "")
  file(COPY_FILE ${CMAKE_BINARY_DIR}/generated/pch_${kind}.cpp.new
    ${CMAKE_BINARY_DIR}/generated/pch_${kind}.cpp ONLY_IF_DIFFERENT)
  add_library(lucheng_pch_${kind} OBJECT ${CMAKE_BINARY_DIR}/generated/pch_${kind}.cpp)
  target_precompile_headers(lucheng_pch_${kind} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch_${kind}.hpp)
  target_link_libraries(lucheng_pch_${kind} PRIVATE ${ARGN})
endfunction()

lucheng_pch(std)
lucheng_pch(net fmt::fmt Boost::headers Threads::Threads)
if(LUCHENG_TESTS)
  lucheng_pch(test Catch2::Catch2)
endif()
