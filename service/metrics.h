// /metrics: what the modules count, in Prometheus's text format.

#pragma once

#include <string>
#include <vector>

#include "http/server.h"
#include "service/audit_heads.h"
#include "service/services.h"
#include "store/writer.h"

namespace service {

// What is counted at this moment; null servers are left out, `heads` may be null. No label names a person, a
// serial or an address.
[[nodiscard]] std::string metrics_text(const Services& services, const store::Writer& writer,
                                       const AuditHeads* heads,
                                       const std::vector<const http::Server*>& servers);

}  // namespace service
