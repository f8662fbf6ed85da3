# add_module(name USES a b [COLD] [APART *.cpp] [HEADERS c d] [ROOM e f] [SHARE g]): the library of one folder, from
# every .cpp in it, with our warnings. The allowed arrows are recorded for the layering test.
#
#   COLD     nothing in it is done often enough to be worth the time of the optimiser
#   HEADERS  outside headers that many of its files include, to be precompiled for it
#   ROOM     our own ones, precompiled with JPKI_WHOLE_ROOMS alone
#   SHARE    without either, whose precompiled header it uses (jpki_headers)
#   APART    files with local names that others in the folder have, too (a `list` and a `show` of each command, the
#            statements of SQL, words of several enums): each is compiled by itself
#
# With JPKI_WHOLE_ROOMS eight files are one compilation, which reads their common headers and makes their common
# templates once: two thirds of the time for a build from nothing. Two files of a folder that have one local name then
# end the build: give one of them a better name.

set_property(GLOBAL PROPERTY JPKI_MODULES "")

add_library(jpki_warnings INTERFACE)
target_compile_options(jpki_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion)
if(JPKI_WERROR)
  target_compile_options(jpki_warnings INTERFACE -Werror)
endif()
# clang counts the length of string literals; embed_text() makes long ones on purpose.
target_compile_options(jpki_warnings INTERFACE $<$<CXX_COMPILER_ID:Clang>:-Wno-overlength-strings>)

function(add_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "COLD" "SHARE" "USES;HEADERS;ROOM;APART")
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${name}/*.cpp)
  list(REMOVE_ITEM sources ${PROJECT_SOURCE_DIR}/${name}/main.cpp)
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${arg_USES} PRIVATE jpki_warnings)
  if(arg_COLD)
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  if(NOT JPKI_WHOLE_ROOMS)
    set(arg_ROOM "")
  else()
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    # GCC takes a local type of a file that is included for one that other files see differently.
    target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
    if(arg_APART)
      list(TRANSFORM arg_APART PREPEND ${PROJECT_SOURCE_DIR}/${name}/)
      file(GLOB apart CONFIGURE_DEPENDS ${arg_APART})
      set_source_files_properties(${apart} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endif()
  if(arg_HEADERS OR arg_ROOM)
    use_headers(${name} ${arg_HEADERS} ${arg_ROOM})
  elseif(arg_SHARE)
    share_headers(${name} ${arg_SHARE})
  else()
    share_headers(${name} jpki_headers)
  endif()
  string(JOIN " " uses ${arg_USES})
  set_property(GLOBAL APPEND PROPERTY JPKI_MODULES "${name}: ${uses}")
  get_property(modules GLOBAL PROPERTY JPKI_MODULES)
  string(JOIN "\n" text ${modules})
  file(WRITE ${PROJECT_BINARY_DIR}/modules.txt "${text}\n")
endfunction()

# embed_text(module name file): makes `name.embedded.h` with the file's text as a string view, so that the
# program carries its tables with it.
function(embed_text module name file)
  set(out ${PROJECT_BINARY_DIR}/embedded/${module}/${name}.embedded.h)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DIN=${PROJECT_SOURCE_DIR}/${file} -DOUT=${out} -DNAME=${name}
            -DMODULE=${module} -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${PROJECT_SOURCE_DIR}/${file} ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
    VERBATIM)
  # A target of its own: as part of the module alone, the header would wait for the libraries that the module
  # uses, and ./dev lint, which needs the header only, would compile them all.
  add_custom_target(embed_${name} DEPENDS ${out})
  target_sources(${module} PRIVATE ${out})
  add_dependencies(${module} embed_${name})
  target_include_directories(${module} PRIVATE ${PROJECT_BINARY_DIR}/embedded/${module})
endfunction()

# embed_files(module name folder): makes `name.embedded.h` with every file of the folder, for what is served.
function(embed_files module name folder)
  set(out ${PROJECT_BINARY_DIR}/embedded/${module}/${name}.embedded.h)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DIN=${PROJECT_SOURCE_DIR}/${folder} -DOUT=${out} -DNAME=${name}
            -DMODULE=${module} -P ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake
    VERBATIM)
  add_custom_target(embed_${name} DEPENDS ${out})
  target_sources(${module} PRIVATE ${out})
  add_dependencies(${module} embed_${name})
  target_include_directories(${module} PRIVATE ${PROJECT_BINARY_DIR}/embedded/${module})
endfunction()
