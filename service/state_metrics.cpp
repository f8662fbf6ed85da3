// Read when asked for: a few files of /proc and a handful of rows. Labels are words of this program and need
// no escapes.

#include "service/state_metrics.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <vector>

#include "pki/certificate.h"
#include "pki/file.h"
#include "pki/version.h"
#include "registry/crls.h"
#include "registry/issuers.h"

namespace service {

namespace {

struct StateSample {
  std::string labels;  // With the braces; empty without any.
  double value = 0;
};

void add(std::ostringstream& text, const char* name, const char* type, const char* help,
         const std::vector<StateSample>& samples) {
  if (samples.empty()) return;
  text << "# HELP " << name << " " << help << "\n# TYPE " << name << " " << type << "\n";
  for (const StateSample& sample : samples)
    text << name << sample.labels << " " << sample.value << "\n";
}

std::vector<StateSample> one(std::optional<double> value) {
  return value ? std::vector<StateSample>{{{}, *value}} : std::vector<StateSample>{};
}

// The process' start, seconds since 1970: its field 22 in ticks since the machine's, proc(5).
std::optional<double> process_start() {
  std::ifstream process("/proc/self/stat"), machine("/proc/stat");
  const std::string fields{std::istreambuf_iterator<char>(process), {}};
  // The name, field 2, is in parentheses and may hold anything.
  std::istringstream rest(fields.substr(std::min(fields.rfind(')') + 1, fields.size())));
  constexpr int kFieldsBefore = 19;
  std::string skipped;
  for (int i = 0; i < kFieldsBefore; ++i)
    rest >> skipped;
  double ticks = 0, boot = 0;
  for (std::string line; std::getline(machine, line);)
    if (line.starts_with("btime ")) boot = std::stod(line.substr(6));
  if (!(rest >> ticks) || boot == 0) return std::nullopt;
  return boot + ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::optional<double> resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0, resident = 0;
  if (!(file >> total >> resident)) return std::nullopt;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

std::optional<double> open_files() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (error) return std::nullopt;
  // The iteration has one open itself.
  return static_cast<double>(std::distance(begin(files), end(files)) - 1);
}

std::optional<double> files_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

std::optional<double> cpu_seconds() {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return std::nullopt;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// What the store takes on the disk: the file has holes.
std::optional<double> store_bytes(const std::filesystem::path& folder) {
  struct stat status{};
  if (::stat((folder / "data.mdb").c_str(), &status) != 0) return std::nullopt;
  constexpr double kBlock = 512;
  return static_cast<double>(status.st_blocks) * kBlock;
}

void add_process(std::ostringstream& text) {
  add(text, "process_start_time_seconds", "gauge", "When the process began, seconds since 1970.",
      one(process_start()));
  add(text, "process_cpu_seconds_total", "counter", "Processor time, user and system.", one(cpu_seconds()));
  add(text, "process_resident_memory_bytes", "gauge", "Memory in use, mapped pages of the store included.",
      one(resident_bytes()));
  add(text, "process_open_fds", "gauge", "Open files and connections.", one(open_files()));
  add(text, "process_max_fds", "gauge", "The most that may be open.", one(files_limit()));
}

// {certificate="ca",issuer="sign-1"}
std::string labels_of(const char* kind, registry::IssuerId issuer) {
  return "{" + std::string(kind) + ",issuer=\"" + to_string(issuer) + "\"}";
}

void add_end(std::vector<StateSample>& ends, const char* kind, registry::IssuerId issuer, pki::ByteView der) {
  if (const auto certificate = pki::Certificate::decode(der); certificate.has_value())
    ends.push_back({labels_of(kind, issuer), static_cast<double>(pki::to_unix(certificate->not_after()))});
}

std::string_view word_of(registry::DayState state) {
  switch (state) {
    case registry::DayState::valid:
      return "valid";
    case registry::DayState::held:
      return "held";
    case registry::DayState::revoked:
      return "revoked";
    case registry::DayState::expired:
      return "expired";
  }
  return "";
}

void add_counts(std::ostringstream& text, const CertificateCounts& counts) {
  const auto last = counts.last();
  if (!last) return;
  std::vector<StateSample> samples;
  for (const pki::CertificateKind kind : pki::kAllCertificateKinds)
    for (const registry::DayState state : registry::kAllDayStates)
      samples.push_back(
          {"{kind=\"" + std::string(to_string(kind)) + "\",state=\"" + std::string(word_of(state)) + "\"}",
           static_cast<double>(last->by_kind.of(kind).of(state))});
  add(text, "jpki_certificates", "gauge",
      "Certificates issued to residents, by their state at the last count.", samples);
  add(text, "jpki_certificates_counted_seconds", "gauge", "When they were counted, seconds since 1970.",
      one(static_cast<double>(pki::to_unix(last->at))));
}

std::optional<double> last_backup(const DataFolder& data) {
  const auto line = pki::read_file(data.last_backup());
  if (line.has_error()) return std::nullopt;
  const auto time = pki::parse_rfc3339(std::string_view(*line).substr(0, line->find('\n')));
  return time.has_value() ? std::optional(static_cast<double>(pki::to_unix(*time))) : std::nullopt;
}

}  // namespace

std::string state_metrics_text(const store::Environment& environment, const DataFolder& data,
                               const CertificateCounts& counts, const std::string& machine) {
  std::ostringstream text;
  text.precision(17);
  add(text, "jpki_build_info", "gauge", "1; the version in a label.",
      {{"{version=\"" + std::string(pki::kVersion) + "\"}", 1}});
  add_process(text);
  add(text, "jpki_store_bytes", "gauge", "Disk space of the store.", one(store_bytes(data.store())));
  add(text, "jpki_last_backup_seconds", "gauge", "When the last backup was made, seconds since 1970.",
      one(last_backup(data)));
  add_counts(text, counts);

  const auto transaction = environment.read();
  std::vector<StateSample> certificates, lists;
  for (const registry::Issuer& issuer : registry::all_issuers(transaction)) {
    add_end(certificates, "certificate=\"ca\"", issuer.id, issuer.certificate);
    if (const auto responder = registry::find_responder(transaction, issuer.id, machine))
      add_end(certificates, "certificate=\"responder\"", issuer.id, responder->certificate);
    const registry::CrlScope whole{.issuer = issuer.id, .point = {}};
    for (const auto& [kind, label] : {std::pair{registry::CrlKind::complete, "list=\"complete\""},
                                      std::pair{registry::CrlKind::delta, "list=\"delta\""}})
      if (const auto record = registry::current_crl(transaction, whole, kind))
        lists.push_back(
            {labels_of(label, issuer.id), static_cast<double>(pki::to_unix(record->next_update))});
  }
  add(text, "jpki_certificate_end_seconds", "gauge",
      "notAfter of the certificates of CAs and responders, seconds since 1970.", certificates);
  add(text, "jpki_crl_next_update_seconds", "gauge",
      "nextUpdate of the current lists of whole generations, seconds since 1970.", lists);
  return text.str();
}

}  // namespace service
