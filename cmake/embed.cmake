# Writes the text file IN as the header OUT with one constant. The delimiter of the raw string does not
# occur in any of our tables.
cmake_minimum_required(VERSION 3.25)
file(READ "${IN}" text)
string(CONCAT header
  "// Made from a file of testdata/ by cmake/embed.cmake; do not edit.\n"
  "#pragma once\n#include <string_view>\n"
  "namespace ${MODULE}::embedded {\ninline constexpr char ${NAME}_text[] = R\"embedded(")
file(WRITE "${OUT}" "${header}")
file(APPEND "${OUT}" "${text}")
# The length is the array's: counting characters at compile time would exceed the compiler's limits.
file(APPEND "${OUT}" ")embedded\";\ninline constexpr std::string_view ${NAME}{${NAME}_text, sizeof(${NAME}_text) - 1};\n}\n")
