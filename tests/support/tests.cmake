# How tests are built and registered: the functions that tests/CMakeLists.txt is written in.

# Sanitizers slow everything down by a small factor; a test that hangs should still end on its own.
set(JPKI_TEST_TIMEOUT 300)
set(JPKI_SCRIPT_TIMEOUT 600)
if(JPKI_SANITIZED)
  math(EXPR JPKI_TEST_TIMEOUT "${JPKI_TEST_TIMEOUT} * 2")
  math(EXPR JPKI_SCRIPT_TIMEOUT "${JPKI_SCRIPT_TIMEOUT} * 2")
endif()

# add_support_library(USES a b): tests/support/*.cpp, what the tests of several folders share. It is left
# out while there is nothing in it but the main function.
function(add_support_library)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "USES")
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/support/*.cpp)
  list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/support/main.cpp)
  add_library(test_support INTERFACE)
  if(sources)
    add_library(test_support_objects STATIC ${sources})
    target_link_libraries(test_support_objects PUBLIC test_main ${arg_USES} PRIVATE jpki::openssl jpki_warnings)
    share_headers(test_support_objects test_headers)
    target_link_libraries(test_support INTERFACE test_support_objects)
  endif()
endfunction()

# add_module_tests(folder [USES a b] [ROOM c d]): tests/<folder>/*.cpp as the executable <folder>_tests, linked with the
# module of that name unless USES says otherwise. ROOM are the headers of ours that most of its files include, precompiled
# with JPKI_WHOLE_ROOMS alone, as those of add_module(). Each *_test.cpp is a ctest of its own, so that they run in
# parallel and a failure names its file. A test that cannot run here ends with 77.
function(add_module_tests folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "USES;ROOM")
  if(NOT arg_USES)
    set(arg_USES ${folder})
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp)
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*_test.cpp)
  if(NOT tests)
    return()
  endif()
  set(target ${folder}_tests)
  add_executable(${target} ${sources})
  target_link_libraries(${target} PRIVATE test_main ${arg_USES} jpki_warnings)
  list(TRANSFORM arg_ROOM PREPEND ${PROJECT_SOURCE_DIR}/)
  if(JPKI_WHOLE_ROOMS AND arg_ROOM)
    use_headers(${target} ${JPKI_TEST_HEADERS} ${arg_ROOM})
  else()
    share_headers(${target} test_headers)
  endif()
  foreach(test IN LISTS tests)
    get_filename_component(name ${test} NAME_WE)
    add_test(NAME ${folder}/${name}
             COMMAND ${target} --source-file=*/${folder}/${name}.cpp --no-intro --minimal)
    set_tests_properties(${folder}/${name} PROPERTIES
      WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} TIMEOUT ${JPKI_TEST_TIMEOUT} LABELS "unit;${folder}"
      SKIP_RETURN_CODE 77)
  endforeach()
endfunction()

# The rules about includes, and the proof that breaking one is noticed.
function(add_layering_tests)
  set(rules -DSOURCE_DIR=${PROJECT_SOURCE_DIR} -DMODULES=${PROJECT_BINARY_DIR}/modules.txt)
  set(script -P ${CMAKE_CURRENT_SOURCE_DIR}/layering.cmake)
  add_test(NAME layering COMMAND ${CMAKE_COMMAND} ${rules} ${script})
  add_test(NAME layering_notices
           COMMAND ${CMAKE_COMMAND} ${rules} -DSELF_TEST=${CMAKE_CURRENT_BINARY_DIR}/layering_notices ${script})
  set_tests_properties(layering layering_notices PROPERTIES TIMEOUT 120 LABELS "rules")
endfunction()

# add_script_tests(folder): every tests/<folder>/*_test.sh drives the program that $JPKI names. A script
# chooses free ports and a folder of its own under $JPKI_TEST_DIR. One that needs the machine for itself
# says so with a line `# ctest: serial`; one that needs longer, `# ctest: timeout SECONDS`.
function(add_script_tests folder)
  file(GLOB scripts CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*_test.sh)
  foreach(script IN LISTS scripts)
    get_filename_component(name ${script} NAME_WE)
    set(work ${CMAKE_CURRENT_BINARY_DIR}/${folder}/${name})
    file(MAKE_DIRECTORY ${work})
    add_test(NAME ${folder}/${name} COMMAND bash ${script})
    set_tests_properties(${folder}/${name} PROPERTIES
      WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} TIMEOUT ${JPKI_SCRIPT_TIMEOUT} LABELS "script;${folder}"
      SKIP_RETURN_CODE 77
      ENVIRONMENT "JPKI=$<TARGET_FILE:jpki>;JPKI_TEST_DIR=${work};JPKI_SOURCE_DIR=${PROJECT_SOURCE_DIR}")
    file(STRINGS ${script} wishes REGEX "^# ctest: ")
    foreach(wish IN LISTS wishes)
      if(wish STREQUAL "# ctest: serial")
        set_tests_properties(${folder}/${name} PROPERTIES RUN_SERIAL ON)
      elseif(wish MATCHES "^# ctest: timeout ([0-9]+)$")
        set_tests_properties(${folder}/${name} PROPERTIES TIMEOUT ${CMAKE_MATCH_1})
      else()
        message(FATAL_ERROR "${script}: not understood: ${wish}")
      endif()
    endforeach()
  endforeach()
endfunction()
