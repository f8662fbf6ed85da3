# Every outside library, once, as jpki::<name>. docs/dependencies.md says why each is there.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

add_library(jpki_threads INTERFACE)
target_link_libraries(jpki_threads INTERFACE Threads::Threads)
add_library(jpki::threads ALIAS jpki_threads)

# add_pkg_config_dependency(name package...): the first of the packages that is installed.
function(add_pkg_config_dependency name)
  pkg_search_module(${name} REQUIRED IMPORTED_TARGET ${ARGN})
  add_library(jpki_${name} INTERFACE)
  target_link_libraries(jpki_${name} INTERFACE PkgConfig::${name})
  add_library(jpki::${name} ALIAS jpki_${name})
endfunction()

add_pkg_config_dependency(botan botan-3 botan-2)
add_pkg_config_dependency(openssl openssl)
add_pkg_config_dependency(p11_kit p11-kit-1)
add_pkg_config_dependency(lmdb lmdb)
add_pkg_config_dependency(libpq libpq)
add_pkg_config_dependency(zlib zlib)
add_pkg_config_dependency(icu icu-uc)
add_pkg_config_dependency(spdlog spdlog)
add_pkg_config_dependency(tomlplusplus tomlplusplus)
add_pkg_config_dependency(prometheus prometheus-cpp-core)

# Header-only: Asio, Beast, System and JSON of Boost 1.81 (json/src.hpp is compiled once).
find_package(Boost 1.81 REQUIRED CONFIG OPTIONAL_COMPONENTS url)
add_library(jpki_boost INTERFACE)
target_link_libraries(jpki_boost INTERFACE Boost::headers)
target_compile_definitions(jpki_boost INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION
  BOOST_JSON_NO_LIB BOOST_URL_NO_LIB)
add_library(jpki::boost ALIAS jpki_boost)
# Boost.URL is a library; before 1.82 its source could be included instead, which asks for one package less.
add_library(jpki_boost_url INTERFACE)
if(TARGET Boost::url)
  target_link_libraries(jpki_boost_url INTERFACE Boost::url)
  target_compile_definitions(jpki_boost_url INTERFACE JPKI_BOOST_URL_IS_LIBRARY)
endif()
add_library(jpki::boost_url ALIAS jpki_boost_url)

find_package(CLI11 REQUIRED)
add_library(jpki_cli11 INTERFACE)
target_link_libraries(jpki_cli11 INTERFACE CLI11::CLI11)
add_library(jpki::cli11 ALIAS jpki_cli11)
