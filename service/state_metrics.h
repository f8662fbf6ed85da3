// Metrics of what the service has, beside what it does: build, process, store, and the ends of its
// certificates and lists, so that an alert can be given weeks before.
//
// Names and types of the process are those of Prometheus' own client libraries.

#pragma once

#include <string>

#include "service/certificate_counts.h"
#include "service/data_folder.h"
#include "store/environment.h"

namespace service {

// Prometheus text, each family with HELP and TYPE. What the system does not report, or is not known yet, is
// left out. `machine`: by what name this machine belongs to its log, whose responders are meant; empty
// without one.
[[nodiscard]] std::string state_metrics_text(const store::Environment& environment, const DataFolder& data,
                                             const CertificateCounts& counts,
                                             const std::string& machine = {});

}  // namespace service
