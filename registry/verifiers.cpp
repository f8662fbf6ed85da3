// Verifier records and their standing at a moment.

#include "registry/verifiers.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "registry/counters.h"
#include "registry/network_table.h"
#include "registry/record.h"

namespace registry {

namespace {

constexpr std::string_view kVersionKey = "verifiers_version";
constexpr std::array kClasses = {VerifierClass::signature, VerifierClass::group_signature,
                                 VerifierClass::authentication, VerifierClass::specific_authentication};

// [n] SEQUENCE OF OCTET STRING, absent when empty.
void write_list(pki::der::Writer& writer, unsigned n, const std::vector<pki::Bytes>& list) {
  if (list.empty()) return;
  writer.context(n, [&] {
    writer.sequence([&] {
      for (const pki::Bytes& octets : list)
        writer.octet_string(octets);
    });
  });
}

std::vector<pki::Bytes> read_list(RecordReader& reader, unsigned n) {
  std::vector<pki::Bytes> list;
  if (auto field = reader.optional(n))
    while (!field->at_end())
      list.push_back(field->octets());
  return list;
}

pki::Bytes encode(const Verifier& verifier) {
  pki::der::Writer writer;
  writer.sequence([&] {
    write_text(writer, verifier.name);
    writer.integer(static_cast<std::uint64_t>(verifier.sector))
        .boolean(verifier.by_signature)
        .boolean(verifier.by_tls);
    writer.sequence([&] {
      for (const auto& entry : verifier.classes)
        writer.sequence([&] {
          writer.integer(static_cast<std::uint64_t>(entry.first));
          write_steps(writer, entry.second);
        });
    });
    writer.sequence([&] {
      for (const Network& network : verifier.networks)
        writer.sequence([&] { writer.octet_string(network.address).integer(network.prefix_length); });
    });
    write_optional(writer, 0, verifier.suspension, [&](const Suspension& suspension) {
      write_date(writer, suspension.from);
      write_optional(writer, 0, suspension.until, [&](pki::Date date) { write_date(writer, date); });
    });
    write_optional(writer, 1, verifier.cancelled, [&](pki::Date date) { write_date(writer, date); });
    write_list(writer, 2, verifier.request_cas);
    write_list(writer, 3, verifier.refused_signers);
  });
  return writer.take();
}

Verifier decode(std::uint64_t id, pki::ByteView record) {
  RecordReader reader(record);
  Verifier verifier;
  verifier.id = id;
  verifier.name = reader.text();
  verifier.sector = static_cast<Sector>(reader.number());
  verifier.by_signature = reader.boolean();
  verifier.by_tls = reader.boolean();
  for (RecordReader classes = reader.nested(); !classes.at_end();) {
    RecordReader one = classes.nested();
    const auto verifier_class = static_cast<VerifierClass>(one.number());
    verifier.classes[verifier_class] = read_steps(one);
  }
  for (RecordReader networks = reader.nested(); !networks.at_end();) {
    RecordReader one = networks.nested();
    const pki::Bytes address = one.octets();
    if (address.size() != 16)
      throw Corruption("a verifier's network does not decode: restore the store from a backup");
    Network network;
    std::ranges::copy(address, network.address.begin());
    network.prefix_length = static_cast<std::uint8_t>(one.number());
    verifier.networks.push_back(network);
  }
  if (auto field = reader.optional(0)) {
    Suspension suspension{.from = field->date(), .until = {}};
    if (auto until = field->optional(0)) suspension.until = until->date();
    verifier.suspension = suspension;
  }
  if (auto field = reader.optional(1)) verifier.cancelled = field->date();
  verifier.request_cas = read_list(reader, 2);
  verifier.refused_signers = read_list(reader, 3);
  return verifier;
}

bool is_v4_mapped(const std::array<std::uint8_t, 16>& address) {
  constexpr std::array<std::uint8_t, 12> kPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  return std::equal(kPrefix.begin(), kPrefix.end(), address.begin());
}

}  // namespace

std::string_view to_string(VerifierClass verifier_class) {
  switch (verifier_class) {
    case VerifierClass::signature:
      return "signature";
    case VerifierClass::group_signature:
      return "group-signature";
    case VerifierClass::authentication:
      return "authentication";
    case VerifierClass::specific_authentication:
      return "specific-authentication";
  }
  return "";
}

std::string_view to_string(Purpose purpose) {
  switch (purpose) {
    case Purpose::normal:
      return "normal";
    case Purpose::pinless:
      return "pinless";
    case Purpose::kazashi:
      return "kazashi";
  }
  return "";
}

std::optional<VerifierClass> parse_verifier_class(std::string_view text) {
  for (const VerifierClass known : kClasses)
    if (to_string(known) == text) return known;
  return std::nullopt;
}

bool Network::contains(const std::array<std::uint8_t, 16>& other) const {
  return masked(other, prefix_length) == address;
}

pki::Result<Network> parse_network(std::string_view text) {
  const pki::Error wrong = pki::invalid("network", "a network is written as 192.0.2.0/24 or 2001:db8::/32");
  const std::size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  Network network;
  unsigned offset = 0;
  if (in_addr v4{}; inet_pton(AF_INET, address.c_str(), &v4) == 1) {
    network.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&v4), 4, network.address.begin() + 12);
    offset = 96;
  } else if (in6_addr v6{}; inet_pton(AF_INET6, address.c_str(), &v6) == 1) {
    std::copy_n(v6.s6_addr, 16, network.address.begin());
  } else {
    return wrong;
  }
  unsigned length = 128 - offset;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc{} || stop != digits.data() + digits.size() || length > 128 - offset) return wrong;
  }
  network.prefix_length = static_cast<std::uint8_t>(length + offset);
  if (masked(network.address, network.prefix_length) != network.address)
    return pki::invalid("network", "the bits of " + std::string(text) + " after the prefix must be zero");
  return network;
}

std::string to_string(const Network& network) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  const bool v4 = is_v4_mapped(network.address) && network.prefix_length >= 96;
  const void* const octets = v4 ? network.address.data() + 12 : network.address.data();
  inet_ntop(v4 ? AF_INET : AF_INET6, octets, buffer.data(), buffer.size());
  return std::string(buffer.data()) + "/" + std::to_string(network.prefix_length - (v4 ? 96 : 0));
}

bool Standing::may_ask(pki::CaName ca) const {
  if (ca == pki::CaName::sign)
    return active.contains(VerifierClass::signature) || active.contains(VerifierClass::group_signature);
  if (ca == pki::CaName::auth)
    return active.contains(VerifierClass::authentication) ||
           active.contains(VerifierClass::specific_authentication);
  return false;
}

bool Standing::may_ask(pki::CaName ca, Purpose purpose) const {
  switch (purpose) {
    case Purpose::normal:
      return may_ask(ca);
    case Purpose::pinless:
      return ca == pki::CaName::auth && active.contains(VerifierClass::specific_authentication);
    case Purpose::kazashi:
      return ca == pki::CaName::auth && may_ask(ca);
  }
  return false;
}

bool is_suspended(const Verifier& verifier, pki::Time now) {
  const pki::Date today = pki::jst_date(now);
  const auto& suspension = verifier.suspension;
  return suspension && suspension->from <= today && (!suspension->until || today <= *suspension->until);
}

Standing standing_of(const Verifier& verifier, pki::Time now) {
  const pki::Date today = pki::jst_date(now);
  Standing standing;
  if (verifier.cancelled && *verifier.cancelled <= today) {
    standing.explanation = "cancelled on " + pki::to_string(*verifier.cancelled);
    return standing;
  }
  if (is_suspended(verifier, now)) {
    standing.explanation = "suspended since " + pki::to_string(verifier.suspension->from) + " (Act 18, 37)";
    return standing;
  }
  for (const auto& [verifier_class, steps] : verifier.classes) {
    const std::string missing = missing_step(verifier_class, steps, verifier.sector, today);
    if (missing.empty()) {
      standing.active.insert(verifier_class);
    } else {
      if (!standing.explanation.empty()) standing.explanation += "; ";
      standing.explanation += std::string(to_string(verifier_class)) + ": " + missing;
    }
  }
  return standing;
}

std::optional<Verifier> find_verifier(const ReadTransaction& transaction, std::uint64_t id) {
  const auto value = transaction.get(TableId::verifiers, Key().u64(id));
  if (!value) return std::nullopt;
  return decode(id, *value);
}

std::vector<Verifier> all_verifiers(const ReadTransaction& transaction) {
  std::vector<Verifier> verifiers;
  Cursor cursor = transaction.cursor(TableId::verifiers);
  for (bool found = cursor.first(); found; found = cursor.next())
    verifiers.push_back(decode(pki::read_big_endian(cursor.key()), cursor.value()));
  return verifiers;
}

std::uint64_t put_verifier(WriteTransaction& transaction, Verifier verifier) {
  if (verifier.id == 0) verifier.id = take_number(transaction, counter_key(CounterPurpose::verifier));
  transaction.put(TableId::verifiers, Key().u64(verifier.id), encode(verifier));
  transaction.put(TableId::meta, pki::as_bytes(kVersionKey), Key().u64(verifiers_version(transaction) + 1));
  return verifier.id;
}

std::uint64_t verifiers_version(const ReadTransaction& transaction) {
  const auto value = transaction.get(TableId::meta, pki::as_bytes(kVersionKey));
  return value ? pki::read_big_endian(*value) : 0;
}

}  // namespace registry
