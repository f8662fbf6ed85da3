// Six gauges.

#include "service/cluster_metrics.h"

namespace service {

namespace {

std::string gauge(const std::string& name, const std::string& help, std::uint64_t value) {
  return "# HELP " + name + " " + help + "\n# TYPE " + name + " gauge\n" + name + " " +
         std::to_string(value) + "\n";
}

}  // namespace

std::string cluster_metrics_text(const ClusterSample& sample) {
  return gauge("jpki_cluster_leads", "1 on the machine that leads the log.", sample.leads ? 1 : 0) +
         gauge("jpki_cluster_may_answer", "1 while this machine may say anything of a status.",
               sample.may_answer ? 1 : 0) +
         gauge("jpki_cluster_row", "Up to which row of the log this machine's store is.", sample.row) +
         gauge("jpki_cluster_fault", "1 while a machine that stands by does not follow, or may not lead.",
               sample.is_faulty ? 1 : 0) +
         gauge("jpki_cluster_waiting_rows",
               "Rows that this leader has stored and not acknowledged, since machines with a read lease lack "
               "them.",
               sample.waiting_rows) +
         gauge("jpki_cluster_read_leases", "Processes that hold a read lease of this leader.",
               sample.read_leases);
}

}  // namespace service
