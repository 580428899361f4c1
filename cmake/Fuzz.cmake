# A fuzz target is a file that defines causeway::fuzz::attempt (tests/fuzz/target.h):
#
#   causeway_fuzz(xml LINKS common_xml SEEDS ${data}/xml DICTIONARY xml.dict LONGEST 4096)
#
# In the preset "fuzz" it is linked with libFuzzer and becomes a test with the label fuzz, which runs for
# CAUSEWAY_FUZZ_SECONDS, five if that is not set. Everywhere else it is a unit test, which plays the
# seeds and what was found once: tests/data/fuzz/<target>, beside SEEDS.

option(CAUSEWAY_FUZZ "Build the fuzz targets with libFuzzer; needs clang" OFF)
add_custom_target(fuzz_targets)

function(causeway_fuzz target)
  cmake_parse_arguments(FUZZ "" "DICTIONARY;LONGEST" "LINKS;SEEDS" ${ARGN})
  set(name fuzz_${target})
  set(seeds ${PROJECT_SOURCE_DIR}/tests/data/fuzz/${target} ${FUZZ_SEEDS})
  if(NOT CAUSEWAY_FUZZ)
    add_executable(${name} ${target}.cc replay.cc)
    list(JOIN seeds ":" joined)
    target_compile_definitions(${name} PRIVATE CAUSEWAY_FUZZ_SEEDS="${joined}")
    target_link_libraries(${name} PRIVATE ${FUZZ_LINKS} tests_support_catch causeway_warnings)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 120)
    add_dependencies(unit_tests ${name})
    return()
  endif()
  add_executable(${name} ${target}.cc libfuzzer.cc)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${FUZZ_LINKS})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzz_targets ${name})
  set(more)
  if(FUZZ_DICTIONARY)
    set(more --dictionary ${CMAKE_CURRENT_SOURCE_DIR}/${FUZZ_DICTIONARY})
  endif()
  add_test(NAME ${name}
    COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/fuzz.py $<TARGET_FILE:${name}>
            --longest ${FUZZ_LONGEST} ${more} ${seeds})
  set_tests_properties(${name} PROPERTIES LABELS fuzz)
endfunction()
