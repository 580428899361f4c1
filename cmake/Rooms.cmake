# A room is a folder and a library. Its name is its path: common/xml is common_xml.
#
#   causeway_room(SOURCES parser.cc writer.cc LINKS common_address EXPAT::EXPAT)
#
# LINKS is the whole list of rooms and libraries it may include; tests/layers_test.py holds the
# #include lines against it. Tests mirror the tree:
#
#   causeway_test(SOURCES parser_test.cc LINKS common_xml)          # in tests/common/xml

function(causeway_room_name out)
  file(RELATIVE_PATH path ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  string(REPLACE "/" "_" name ${path})
  set(${out} ${name} PARENT_SCOPE)
endfunction()

function(causeway_room)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINKS" ${ARGN})
  causeway_room_name(name)
  if(ROOM_SOURCES)
    add_library(${name} STATIC ${ROOM_SOURCES})
    target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} PUBLIC ${ROOM_LINKS} PRIVATE causeway_warnings)
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE ${ROOM_LINKS})
  endif()
endfunction()

# FILTERS are tags of which each is a test of its own, so that they run side by side.
# LABEL unit (the default) marks what is pure or talks to itself; these run under the sanitizers too, and
# the target unit_tests builds just them.
add_custom_target(unit_tests)
function(causeway_test)
  cmake_parse_arguments(TEST "" "LABEL" "SOURCES;LINKS;FILTERS" ${ARGN})
  causeway_room_name(name)
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE ${TEST_LINKS} tests_support_catch causeway_warnings)
  set(tests ${name})
  if(TEST_FILTERS)
    list(TRANSFORM TEST_FILTERS PREPEND ${name}_ OUTPUT_VARIABLE tests)
    foreach(filter ${TEST_FILTERS})
      add_test(NAME ${name}_${filter} COMMAND ${name} [${filter}])
    endforeach()
  else()
    add_test(NAME ${name} COMMAND ${name})
  endif()
  if(NOT TEST_LABEL)
    set(TEST_LABEL unit)
  endif()
  if(TEST_LABEL STREQUAL unit)
    add_dependencies(unit_tests ${name})
  endif()
  set_tests_properties(${tests} PROPERTIES LABELS ${TEST_LABEL} TIMEOUT 120)
endfunction()

# What a host needs of a daemon: its binary, its unit, its example configuration.
include(GNUInstallDirs)
function(causeway_install daemon)
  string(REPLACE "_" "-" unit causeway-${daemon}.service)
  install(TARGETS ${daemon} RUNTIME COMPONENT ${daemon})
  install(FILES ${PROJECT_SOURCE_DIR}/deploy/systemd/${unit}
          DESTINATION lib/systemd/system COMPONENT ${daemon})
  install(FILES ${PROJECT_SOURCE_DIR}/deploy/${daemon}.example.yaml
          ${PROJECT_SOURCE_DIR}/deploy/RUNBOOK.md ${PROJECT_SOURCE_DIR}/LICENSE
          DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/causeway COMPONENT ${daemon})
endfunction()
