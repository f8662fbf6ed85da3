// The page at / of the control listener, for people: the files of mock/page/, which the program carries, and
// which speak to the control as any other client does.

#pragma once

#include "http/router.h"
#include "mock/origin_guard.h"

namespace mock {

// Adds / (in English or Japanese, by ?lang= or Accept-Language) and the files below /page/. `guard` must
// outlive the router's use.
void mount_page(http::Router& router, const OriginGuard& guard);

}  // namespace mock
