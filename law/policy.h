// What the Act leaves to administrative practice or to the configuration.

#pragma once

namespace law {

// For certificates; set when the CA is made.
struct Policy {
  // Signing certificates are refused below this age: administrative practice, not the Act. 0 switches it off.
  int minimum_age_for_signing = 15;
  // Whether adult wards (成年被後見人) get signing certificates: administrative practice says no, the Act
  // nothing.
  bool signing_for_adult_wards = false;
};

// Whether hold can be lifted from an authentication certificate: the deck says yes, CPS 4.9.9 says never.
enum class HoldRelease { auth, never };

// How an address must begin. A feed that leaves the prefecture out, or has another one, is most likely in
// error, and what it records would be in certificates.
enum class AddressRule { prefecture_first, any };

// For the entries of the register and for events.
struct RegisterPolicy {
  HoldRelease hold_release = HoldRelease::auth;
  AddressRule addresses = AddressRule::prefecture_first;
};

}  // namespace law
