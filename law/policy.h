// What the Act leaves to administrative practice when a certificate is issued: set when the CA is made.

#pragma once

namespace law {

struct Policy {
  // Signing certificates are refused below this age: administrative practice, not the Act. 0 switches it off.
  int minimum_age_for_signing = 15;
  // Whether adult wards (成年被後見人) get signing certificates: administrative practice says no, the Act
  // nothing.
  bool signing_for_adult_wards = false;
};

}  // namespace law
