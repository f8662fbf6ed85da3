# What makes a fault in the program harder to use: for the program that is shipped (the preset release).

option(JPKI_HARDEN "Harden the program against faults of memory; needs an optimised build" OFF)

if(JPKI_HARDEN)
  include(CheckCXXCompilerFlag)
  # Control-flow enforcement is a feature of some processors alone.
  foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -mbranch-protection=standard)
    string(MAKE_C_IDENTIFIER "JPKI_HAS${flag}" known)
    check_cxx_compiler_flag(${flag} ${known})
    if(${known})
      add_compile_options(${flag})
    endif()
  endforeach()
  add_compile_definitions(_FORTIFY_SOURCE=2)
  # The table of library functions is filled at start and read-only from then on.
  add_link_options(-Wl,-z,relro,-z,now)
endif()
