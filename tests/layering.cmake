# The rules about includes: who may include whom, and which outside library may appear where.
#
#   cmake -DSOURCE_DIR=. -DMODULES=build/dev/modules.txt -P tests/layering.cmake
#
# modules.txt is what add_module() in CMakeLists.txt wrote, so the table stands in one place only. With
# -DSELF_TEST=FOLDER it copies the modules there, plants one violation after another and fails unless each
# is noticed.

cmake_minimum_required(VERSION 3.25)

# confine(what pattern places): lines that match the pattern may stand only in files that match places.
macro(confine what pattern places)
  list(APPEND confined_things "${what}")
  list(APPEND confined_patterns "${pattern}")
  list(APPEND confined_places "${places}")
endmacro()

confine("LMDB" "include[ \t]*[<\"]lmdb" "^store/lmdb\\.h$")
confine("libpq" "include[ \t]*<(libpq|postgres)" "^store/postgres_session\\.cpp$")
confine("zlib" "include[ \t]*<zlib" "^crl/gzip\\.cpp$")
confine("Asio and Beast" "include[ \t]*<boost/(beast|asio)[/.]" "^http/")
confine("Boost.JSON" "include[ \t]*<boost/json" "^((admin|service|mock|cli)/|http/(message|boost_json)\\.cpp$)")
confine("Boost.URL" "include[ \t]*<boost/url" "^http/url\\.cpp$")
confine("CLI11" "include[ \t]*<CLI/" "^cli/")
confine("toml++" "include[ \t]*<toml" "^(service/|mock/scenario|cli/client_config)")
confine("spdlog" "include[ \t]*<spdlog/" "^service/")
confine("prometheus-cpp" "include[ \t]*<prometheus/" "^service/")
confine("Botan" "include[ \t]*<botan/" "^pki/")
confine("OpenSSL's API" "include[ \t]*<openssl/" "^(pki/(signer_openssl|openssl_verification|pkcs12|decode_openssl|library_versions|test_keys)|http/tls[a-z_]*)\\.cpp$|^pki/openssl_(key|certificate)\\.(cpp|h)$")
confine("ICU" "include[ \t]*<unicode/" "^pki/unicode_form\\.cpp$")
confine("iconv" "include[ \t]*<iconv" "^pki/charset\\.cpp$")
confine("the clock" "system_clock::now|[^a-z_]time\\((nullptr|NULL|0)\\)|gettimeofday" "^service/")
# Commands that only speak HTTP compile without a line of the server: in cli, the running service and the mock
# belong to the commands that run one or work on its folder while none runs, to the page of its configuration, and to the
# command that carries a mock's card to a virtual reader (mock/vpcd.h).
# The clock and the names of the data folder's files are no server.
confine("the running service" "include[ \t]*\"(service/|mock/)"
  "^(service/|mock/|tests/|cli/(service_commands|serve_command|key_commands|open_data_folder|mock_command|card_command|ca_commands|cluster_commands|view_commands|clock_commands|rescue_commands|check_commands|configuration_page)\\.cpp$|cli/two_credentials\\.(h|cpp)$)")

# Sets `modules` and, for each of them, uses_<module>.
macro(read_modules)
  file(STRINGS ${MODULES} rows)
  foreach(row IN LISTS rows)
    if(NOT row MATCHES "^([a-z0-9_]+): ?(.*)$")
      message(FATAL_ERROR "${MODULES}: not understood: ${row}")
    endif()
    list(APPEND modules ${CMAKE_MATCH_1})
    string(REPLACE " " ";" uses_${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
  endforeach()
endmacro()

# Sets `violation` to what is wrong with one line of a file, or to nothing.
function(check_line file module line)
  set(violation "")
  if(line MATCHES "^[ \t]*#[ \t]*include[ \t]*\"([^\"]*)\"")
    set(included ${CMAKE_MATCH_1})
    string(REGEX REPLACE "/.*" "" other "${included}")
    if(other STREQUAL "tests")
      set(violation "the program must not use its tests")
    elseif(other IN_LIST modules AND NOT other STREQUAL module AND NOT other IN_LIST uses_${module})
      set(violation "${module} must not use ${other}")
    elseif(NOT other IN_LIST modules AND NOT included MATCHES "^[a-z0-9_]+\\.embedded\\.h$")
      set(violation "write \"${included}\" from the root of the repository, as \"folder/file.h\"")
    endif()
  endif()
  foreach(what pattern places IN ZIP_LISTS confined_things confined_patterns confined_places)
    if(line MATCHES "${pattern}" AND NOT file MATCHES "${places}"
       AND NOT line MATCHES "\"service/(clock|data_folder)\\.h\"")
      set(violation "${what} must not be used here")
    endif()
  endforeach()
  set(violation "${violation}" PARENT_SCOPE)
endfunction()

# Sets `violations` to a sentence for each line under `root` that breaks a rule, and `checked` to the number
# of files read.
function(check_tree root)
  set(found)
  set(count 0)
  foreach(module IN LISTS modules)
    file(GLOB_RECURSE files RELATIVE ${root} ${root}/${module}/*.h ${root}/${module}/*.cpp)
    foreach(file IN LISTS files)
      math(EXPR count "${count} + 1")
      file(STRINGS ${root}/${file} lines REGEX "# *include|system_clock::now|time\\(|gettimeofday")
      foreach(line IN LISTS lines)
        check_line(${file} ${module} "${line}")
        if(violation)
          list(APPEND found "${file}: ${violation}")
        endif()
      endforeach()
    endforeach()
  endforeach()
  set(violations "${found}" PARENT_SCOPE)
  set(checked ${count} PARENT_SCOPE)
endfunction()

# Plants one line in the copy and demands that it is noticed.
function(expect_violation file line expected)
  get_filename_component(folder ${file} DIRECTORY)
  file(MAKE_DIRECTORY ${SELF_TEST}/${folder})
  file(WRITE ${SELF_TEST}/${file} "${line}\n")
  check_tree(${SELF_TEST})
  file(REMOVE ${SELF_TEST}/${file})
  if(NOT "${file}: ${expected}" IN_LIST violations)
    message(FATAL_ERROR "planted '${line}' in ${file}, expected '${expected}', noticed '${violations}'")
  endif()
endfunction()

function(run_self_test)
  file(REMOVE_RECURSE ${SELF_TEST})
  foreach(module IN LISTS modules)
    file(COPY ${SOURCE_DIR}/${module} DESTINATION ${SELF_TEST})
  endforeach()
  expect_violation(crl/planted.cpp "#include \"ocsp/response.h\"" "crl must not use ocsp")
  expect_violation(pki/planted.h "#include \"registry/schema.h\"" "pki must not use registry")
  expect_violation(http/planted.cpp "  #  include \"admin/server.h\"" "http must not use admin")
  expect_violation(ca/planted.cpp "#include \"tests/support/world.h\"" "the program must not use its tests")
  expect_violation(ca/planted.cpp "#include \"profile.h\""
    "write \"profile.h\" from the root of the repository, as \"folder/file.h\"")
  expect_violation(registry/planted.cpp "#include <lmdb.h>" "LMDB must not be used here")
  expect_violation(store/planted.cpp "#include <libpq-fe.h>" "libpq must not be used here")
  expect_violation(law/planted.cpp "#include \"ca/issue.h\"" "law must not use ca")
  expect_violation(verifier/planted.cpp "#include \"law/rule.h\"" "verifier must not use law")
  expect_violation(store/planted.cpp "#include \"registry/actor.h\"" "store must not use registry")
  expect_violation(cli/planted_commands.cpp "#include \"service/instance.h\"" "the running service must not be used here")
  expect_violation(crl/planted.cpp "#include <zlib.h>" "zlib must not be used here")
  expect_violation(ocsp/planted.cpp "#include <boost/beast/http.hpp>" "Asio and Beast must not be used here")
  expect_violation(admin/planted.cpp "#include <CLI/CLI.hpp>" "CLI11 must not be used here")
  expect_violation(pki/planted.cpp "#include <openssl/evp.h>" "OpenSSL's API must not be used here")
  expect_violation(ca/planted.cpp "auto now = std::chrono::system_clock::now()" "the clock must not be used here")
  file(REMOVE_RECURSE ${SELF_TEST})
  message(STATUS "every planted violation was noticed")
endfunction()

read_modules()
if(SELF_TEST)
  run_self_test()
  return()
endif()
check_tree(${SOURCE_DIR})
if(violations)
  string(JOIN "\n  " text ${violations})
  message(FATAL_ERROR "the layers of CMakeLists.txt are broken:\n  ${text}")
endif()
message(STATUS "${checked} files keep to the layers")
