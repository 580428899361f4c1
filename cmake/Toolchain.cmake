# How our own code is compiled. BoringSSL and generated code keep their own rules.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")  # half the build time of -g, and back traces still name lines
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")

set(CAUSEWAY_SANITIZE "" CACHE STRING "Sanitizers for every target, e.g. address,undefined or thread")
if(CAUSEWAY_SANITIZE)
  add_compile_options(-fsanitize=${CAUSEWAY_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${CAUSEWAY_SANITIZE})
endif()

include(Fuzz)
if(CAUSEWAY_FUZZ)
  # clang 14 sees Asio's coroutines only when told, and its "function" sanitizer cannot follow them. Its
  # opinion of our code is asked nowhere.
  add_compile_options(
    -O1 -w -fno-omit-frame-pointer -fno-sanitize-recover=all
    "$<$<COMPILE_LANGUAGE:C,CXX>:-fsanitize=fuzzer-no-link,address,undefined;-fno-sanitize=function>"
    $<$<COMPILE_LANGUAGE:CXX>:-fcoroutines-ts>)
  add_compile_definitions(ASIO_HAS_CO_AWAIT ASIO_HAS_STD_COROUTINE)
  add_link_options(-fsanitize=address,undefined)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_ASM_COMPILER_LAUNCHER ${CCACHE})
endif()

find_program(LLD ld.lld)
if(LLD)
  add_link_options(-fuse-ld=lld)
endif()

add_library(causeway_warnings INTERFACE)
if(NOT CAUSEWAY_FUZZ)
  target_compile_options(causeway_warnings INTERFACE -Wall -Wextra -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 with optimisation sees only one half of the pair by which Asio recycles coroutine frames.
  target_compile_options(causeway_warnings INTERFACE -Wno-mismatched-new-delete)
  if(CAUSEWAY_SANITIZE MATCHES thread)
    target_compile_options(causeway_warnings INTERFACE -Wno-tsan)  # Asio's fences, unknown to it
  endif()
endif()
