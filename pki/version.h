// The program's version, as CMakeLists.txt has it (tests/service/state_metrics_test.cpp holds them equal).

#pragma once

#include <string_view>

namespace pki {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace pki
