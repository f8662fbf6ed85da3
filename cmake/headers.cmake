# Precompiled headers. Two thirds of a compilation were the reading of the same outside headers, so they are read
# once. For every day only headers of other people: ours change, and with one of them everything would be compiled
# again. A build from nothing reads ours once, too (JPKI_WHOLE_ROOMS).
#
# A source still names every header it uses: ./dev lint reads each without precompiled headers.

# What most files include, whichever folder they are in.
set(JPKI_COMMON_HEADERS
  <algorithm> <array> <charconv> <chrono> <compare> <cstdint> <filesystem> <functional> <map> <memory> <mutex>
  <optional> <set> <span> <stdexcept> <string> <string_view> <system_error> <utility> <variant> <vector>
  <boost/system/result.hpp>)

# use_headers(target header...): a precompiled header of the target's own.
function(use_headers target)
  target_precompile_headers(${target} PRIVATE ${JPKI_COMMON_HEADERS} ${ARGN})
  allow_ccache(${target})
endfunction()

# add_headers(name USES a b HEADERS c d): a precompiled header that several targets share by share_headers().
# They must have the same compile definitions, which is what USES is for.
function(add_headers name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "USES;HEADERS")
  set(source ${PROJECT_BINARY_DIR}/${name}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "// Made by cmake/headers.cmake: a target needs a source.\n")
  add_library(${name} OBJECT ${source})
  target_link_libraries(${name} PRIVATE ${arg_USES} jpki_warnings)
  use_headers(${name} ${arg_HEADERS})
endfunction()

function(share_headers target name)
  target_precompile_headers(${target} REUSE_FROM ${name})
  allow_ccache(${target})
endfunction()

# The options without which ccache does not store what was compiled with a precompiled header (its manual,
# "Precompiled headers"). The other half, CCACHE_SLOPPINESS, is in ./dev.
function(allow_ccache target)
  target_compile_options(${target} PRIVATE
    $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess> "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
endfunction()
