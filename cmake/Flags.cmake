add_compile_options(
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Woverloaded-virtual -Wimplicit-fallthrough -Wswitch)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 sees writes past the short buffer of a moved std::string that nobody does.
  add_compile_options(
    -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(LUCHENG_WERROR)
  add_compile_options(-Werror)
endif()

# Asio and Beast are compiled once, in cmake/*_impl.cpp. Defined everywhere, because two files
# that disagree on these would break the one-definition rule without a word.
add_compile_definitions(
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION)
add_compile_definitions(_GLIBCXX_ASSERTIONS)

# One kind of code for libraries and programs, so that both can share a precompiled header.
add_compile_options(-fPIE)
# A program that is linked statically has -static-pie, which clang does not take beside -pie.
set(is_program $<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>)
set(is_static $<BOOL:$<TARGET_PROPERTY:LUCHENG_STATIC>>)
add_link_options($<$<AND:${is_program},$<NOT:${is_static}>>:-pie>)

# What is not used is neither mapped nor locked: the cabinet's computer is small.
add_compile_options(-ffunction-sections -fdata-sections)
add_link_options(-Wl,--gc-sections -Wl,--as-needed)

if(LUCHENG_HARDEN)
  include(CheckCXXCompilerFlag)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong)
  foreach(flag -fstack-clash-protection -fcf-protection -mbranch-protection=standard)
    string(MAKE_C_IDENTIFIER "LUCHENG_HAVE${flag}" have)
    check_cxx_compiler_flag(${flag} ${have})
    if(${have})
      add_compile_options(${flag})
    endif()
  endforeach()
  add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endif()

if(LUCHENG_SANITIZE)
  add_compile_options(
    -fsanitize=${LUCHENG_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${LUCHENG_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # With its checks in between, g++ 12 loses sight of what the library's <regex> has set.
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
  if(LUCHENG_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio has fences, which g++ says it cannot follow; what they order is under mutexes too.
    add_compile_options(-Wno-tsan)
  endif()
endif()
if(LUCHENG_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
