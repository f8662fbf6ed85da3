# Writes every file of the folder IN, which holds text alone, as the header OUT: an array of EmbeddedFile with path
# (relative to IN), digest and text, so that the program carries the folder with it.
cmake_minimum_required(VERSION 3.25)
file(GLOB_RECURSE paths LIST_DIRECTORIES false RELATIVE "${IN}" "${IN}/*")
list(SORT paths)
file(WRITE "${OUT}"
  "// Made from the files of a folder by cmake/embed_files.cmake; do not edit.\n"
  "#pragma once\n#include <array>\n#include <string_view>\n"
  "namespace ${MODULE}::embedded {\n")
set(entries "")
set(number 0)
foreach(path IN LISTS paths)
  file(READ "${IN}/${path}" text)
  # ETags come from it.
  file(SHA256 "${IN}/${path}" digest)
  file(APPEND "${OUT}" "inline constexpr char ${NAME}_${number}[] = R\"embedded(")
  file(APPEND "${OUT}" "${text}")
  # The length is the array's: counting characters at compile time would exceed the compiler's limits.
  file(APPEND "${OUT}" ")embedded\";\n")
  string(APPEND entries
    "    EmbeddedFile{\"${path}\", \"${digest}\", {${NAME}_${number}, sizeof(${NAME}_${number}) - 1}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(APPEND "${OUT}"
  "struct EmbeddedFile {\n  std::string_view path, digest, text;\n};\n"
  "inline constexpr std::array ${NAME} = {\n${entries}};\n}\n")
