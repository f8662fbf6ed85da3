// A machine's place in its cluster, in Prometheus's text format.

#pragma once

#include <cstdint>
#include <string>

namespace service {

struct ClusterSample {
  bool leads = false, may_answer = false;
  std::uint64_t row = 0;
  // Of a machine that stands by: its store does not follow, or it may not lead.
  bool is_faulty = false;
  // Of a leader: rows whose acknowledgement waits, and processes with a read lease.
  std::uint64_t waiting_rows = 0, read_leases = 0;
};

[[nodiscard]] std::string cluster_metrics_text(const ClusterSample& sample);

}  // namespace service
