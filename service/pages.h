// Small pages that belong to no module: CA certificates, the CPS, readiness.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/router.h"
#include "store/environment.h"

namespace service {

// /ca/sign.cer, /ca/sign-1.cer, link certificates such as /ca/sign-2-with-1.cer, and /cps; open to all. The
// environment must outlive the router's use.
void mount_ca_certificates(http::Router& router, const store::Environment& environment);

// /notices; open to all: what the Act has the agency make public on the Internet, now the compromises of its
// keys. The environment must outlive the router's use.
void mount_notices(http::Router& router, const store::Environment& environment);

// 200 {"ready":true}, or 503 with what is wrong. `is_on_trial`: no operator was added yet. `role`: what the
// machine is in its cluster; empty without one.
[[nodiscard]] http::Response readiness_response(const std::vector<std::string>& faults,
                                                bool is_on_trial = false, std::string_view role = {});

}  // namespace service
