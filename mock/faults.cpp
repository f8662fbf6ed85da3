// Which faults an answer meets.

#include "mock/faults.h"

#include <algorithm>

#include "admin/json.h"
#include "mock/exchange_reading.h"
#include "mock/plain_number.h"
#include "pki/messages/mock.h"

namespace mock {

namespace json = boost::json;

namespace {

bool fits_family(FaultFamily family, std::string_view path) {
  switch (family) {
    case FaultFamily::http:
      return true;
    case FaultFamily::ocsp:
      return path.starts_with("/ocsp/");
    case FaultFamily::crl:
      return path.starts_with("/crl/");
    case FaultFamily::delta:
      return path.starts_with("/crl/") && path.find("/delta") != std::string_view::npos;
  }
  return false;
}

// Everything but time, count and luck.
bool concerns(const Fault& fault, const Exchange& exchange, World& world) {
  const std::string_view path = http::split_target(exchange.target).path;
  if (!fits_family(fault.kind->family, path) || !path.starts_with(fault.path)) return false;
  if (fault.serial && !asks_about(exchange, *fault.serial)) return false;
  return !fault.verifier || verifier_of(exchange, world) == fault.verifier;
}

std::string known_names() {
  std::string names;
  for (const FaultKind& kind : fault_kinds())
    names += (names.empty() ? "" : ", ") + std::string(kind.name);
  return names;
}

pki::Result<std::optional<double>> take_probability(json::object& body) {
  const json::value* value = body.if_contains("probability");
  if (value == nullptr || value->is_null()) return std::optional<double>{};
  boost::system::error_code wrong;
  const double probability = value->is_number() ? value->to_number<double>(wrong) : -1.0;
  if (wrong || !(probability > 0 && probability <= 1))
    return pki::invalid("probability", messages::probability_form);
  body.erase("probability");
  return std::optional(probability);
}

pki::Result<void> read_limits(admin::FieldReader& fields, Fault& fault) {
  TRY_ASSIGN(fault.count, fields.number("count"));
  if (fault.count == 0U) return pki::invalid("count", messages::count_zero);
  TRY_ASSIGN(const auto seed, fields.number("seed"));
  fault.seed = seed.value_or(1);
  TRY_ASSIGN(const auto until, fields.text("until"));
  if (until) {
    const auto moment = pki::parse_rfc3339(*until);
    if (!moment) return pki::invalid("until", messages::moment_form);
    fault.until = *moment;
  }
  TRY_ASSIGN(const auto delay, fields.number("milliseconds"));
  if (!delay) return {};
  if (fault.kind->delay.count() == 0) return pki::invalid("milliseconds", messages::delay_without_use);
  if (*delay == 0 || *delay > 86'400'000) return pki::invalid("milliseconds", messages::delay_range);
  fault.delay = std::chrono::milliseconds{*delay};
  return {};
}

}  // namespace

std::span<const FaultKind> fault_kinds() {
  static const std::vector<FaultKind> kinds = [] {
    std::vector<FaultKind> all;
    for (auto family : {http_fault_kinds(), ocsp_fault_kinds(), crl_fault_kinds()})
      std::ranges::move(family, std::back_inserter(all));
    return all;
  }();
  return kinds;
}

const FaultKind* find_fault_kind(std::string_view name) {
  const auto found = std::ranges::find(fault_kinds(), name, &FaultKind::name);
  return found == fault_kinds().end() ? nullptr : &*found;
}

pki::Result<Fault> read_fault(const json::object& given) {
  json::object body = given;
  Fault fault;
  TRY_ASSIGN(const auto probability, take_probability(body));
  fault.probability = probability.value_or(1);
  admin::FieldReader fields(body);
  TRY_ASSIGN(const std::string name, fields.required_text("fault"));
  fault.kind = find_fault_kind(name);
  if (fault.kind == nullptr) return pki::invalid("fault", {messages::fault_unknown, name, known_names()});
  TRY_ASSIGN(const auto path, fields.text("path"));
  fault.path = path.value_or("");
  if (!fault.path.empty() && !fault.path.starts_with('/')) return pki::invalid("path", messages::path_form);
  TRY_ASSIGN(fault.verifier, fields.number("verifier"));
  TRY_ASSIGN(fault.serial, fields.number("serial"));
  if (fault.serial && fault.kind->family != FaultFamily::http && fault.kind->family != FaultFamily::ocsp)
    return pki::invalid("serial", messages::crl_fault_serial);
  TRY(read_limits(fields, fault));
  TRY(fields.finish());
  return fault;
}

std::uint64_t Faults::add(Fault fault) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t id = ++last_id_;
  pki::Rng luck = pki::Rng::seeded(fault.seed);
  entries_.push_back({.id = id,
                      .fault = std::move(fault),
                      .luck = std::move(luck),
                      .removed = std::make_shared<std::atomic<bool>>(false)});
  armed_ = true;
  return id;
}

std::size_t Faults::end(const std::function<bool(const Entry&)>& is_meant) {
  for (const Entry& entry : entries_)
    if (is_meant(entry)) *entry.removed = true;
  const std::size_t ended = std::erase_if(entries_, is_meant);
  armed_ = !entries_.empty();
  return ended;
}

bool Faults::remove(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  return end([&](const Entry& entry) { return entry.id == id; }) > 0;
}

void Faults::clear() {
  const std::lock_guard lock(mutex_);
  end([](const Entry&) { return true; });
}

bool Faults::is_over(const Entry& entry) const {
  return (entry.fault.count && entry.fired >= *entry.fault.count) ||
         (entry.fault.until && clock_.now() >= *entry.fault.until);
}

json::object Faults::describe(const Entry& entry) {
  const Fault& fault = entry.fault;
  json::object object{{"id", std::to_string(entry.id)},
                      {"fault", fault.kind->name},
                      {"what", fault.kind->what},
                      {"probability", plain_number(fault.probability)},
                      {"fired", entry.fired}};
  if (!fault.path.empty()) object["path"] = fault.path;
  if (fault.verifier) object["verifier"] = std::to_string(*fault.verifier);
  if (fault.serial) object["serial"] = std::to_string(*fault.serial);
  if (fault.count) object["count"] = *fault.count;
  if (fault.until) object["until"] = pki::to_rfc3339(*fault.until);
  if (fault.kind->delay.count() > 0) object["milliseconds"] = fault.delay.value_or(fault.kind->delay).count();
  return object;
}

json::array Faults::describe() const {
  const std::lock_guard lock(mutex_);
  json::array list;
  for (const Entry& entry : entries_)
    if (!is_over(entry)) list.push_back(describe(entry));
  return list;
}

std::optional<json::object> Faults::describe(std::uint64_t id) const {
  const std::lock_guard lock(mutex_);
  for (const Entry& entry : entries_)
    if (entry.id == id) return describe(entry);
  return std::nullopt;
}

std::vector<Faults::Chosen> Faults::chosen(const Exchange& exchange, World& world) {
  std::vector<Chosen> list;
  const std::lock_guard lock(mutex_);
  for (Entry& entry : entries_) {
    if (is_over(entry) || !concerns(entry.fault, exchange, world)) continue;
    constexpr std::uint64_t kParts = 1'000'000;
    const auto limit = static_cast<std::uint64_t>(entry.fault.probability * kParts);
    if (entry.fault.probability < 1 && entry.luck.below(kParts) >= limit) continue;
    ++entry.fired;
    list.push_back({.fault = entry.fault,
                    .is_over = [removed = entry.removed, until = entry.fault.until, &clock = clock_] {
                      return *removed || (until && clock.now() >= *until);
                    }});
  }
  return list;
}

FaultsMet Faults::apply(const Exchange& exchange, World& world, http::Response& response) {
  FaultsMet met;
  if (!armed_) return met;
  for (const auto& [fault, is_over] : chosen(exchange, world)) {
    FaultSite site{.exchange = exchange,
                   .world = world,
                   .response = response,
                   .delay = fault.delay.value_or(fault.kind->delay),
                   .is_over = is_over};
    // What stands on the wire already is not changed once more.
    if (response.raw || !fault.kind->apply(site)) continue;
    // Of several the longest.
    if (site.held_for > (met.hold ? met.hold->delay : std::chrono::milliseconds{0}))
      met.hold = Hold{.delay = site.held_for, .is_over = is_over};
    met.names.emplace_back(fault.kind->name);
    const std::string path(http::split_target(exchange.target).path.substr(0, 60));
    if (on_fault_) on_fault_("fault " + met.names.back() + ": " + exchange.method + " " + path);
  }
  return met;
}

}  // namespace mock
