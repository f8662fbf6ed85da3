// A token of SoftHSM in a folder of its own, for tests of what uses PKCS#11.

#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/command.h"

namespace support {

// SoftHSM takes its folder from the environment, so one at a time has it.
class SoftToken final {
 public:
  explicit SoftToken(const std::string& label = "jpki test", const std::string& pin = "1234")
      : label_(label) {
    const std::filesystem::path configuration = folder_.path() / "softhsm2.conf";
    std::filesystem::create_directories(tokens());
    std::ofstream(configuration) << "directories.tokendir = " << tokens().string() << "\nlog.level = ERROR\n";
    ::setenv("SOFTHSM2_CONF", configuration.c_str(), 1);
    const std::string made = "softhsm2-util --init-token --free --label '" + label + "' --pin " + pin +
                             " --so-pin 5678 >/dev/null";
    REQUIRE_MESSAGE(std::system(made.c_str()) == 0, "softhsm2-util fails: install softhsm2");
  }

  [[nodiscard]] std::string uri(const std::string& of_module = module()) const {
    return uri_of(label_, of_module);
  }
  // Of another token of the same module.
  [[nodiscard]] static std::string uri_of(std::string label, const std::string& of_module = module()) {
    for (std::size_t at = 0; (at = label.find(' ', at)) != std::string::npos;)
      label.replace(at, 1, "%20");
    return "pkcs11:token=" + label + "?module-path=" + of_module;
  }
  // Pulls the token out, and puts it in again.
  void remove() { std::filesystem::rename(tokens(), away()); }
  void insert() { std::filesystem::rename(away(), tokens()); }

 private:
  static std::string module() { return "/usr/lib/softhsm/libsofthsm2.so"; }
  [[nodiscard]] std::filesystem::path tokens() const { return folder_.path() / "tokens"; }
  [[nodiscard]] std::filesystem::path away() const { return folder_.path() / "away"; }

  TemporaryFolder folder_;
  std::string label_;
};

}  // namespace support
