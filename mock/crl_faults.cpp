// Faults of a publisher: lists that are old, short, of another or by another.

#include <algorithm>

#include "crl/serve.h"
#include "mock/faults.h"
#include "pki/der.h"
#include "registry/signing_issuer.h"

namespace mock {

namespace {

namespace der = pki::der;
using std::chrono::days;

// CertificateList taken apart (RFC 5280 section 5.1).
struct ForgedList {
  // version and signature.
  pki::Bytes beginning;
  pki::Bytes issuer;
  pki::Time this_update;
  std::optional<pki::Time> next_update;
  // revokedCertificates, or nothing.
  pki::Bytes entries;
  // Each Extension of crlExtensions.
  std::vector<pki::Bytes> extensions;
  bool is_signature_broken = false;
};

pki::Result<ForgedList> take_apart(pki::ByteView bytes) {
  der::Reader whole(bytes);
  TRY_ASSIGN(der::Reader outer, whole.enter_sequence());
  TRY_ASSIGN(der::Reader tbs, outer.enter_sequence());
  ForgedList list;
  for (pki::Bytes* part : {&list.beginning, &list.beginning, &list.issuer}) {
    TRY_ASSIGN(const der::Element element, tbs.read_any());
    pki::append(*part, element.encoding);
  }
  TRY_ASSIGN(list.this_update, tbs.read_time());
  const auto tag = tbs.peek();
  if (tag == der::tag::kUtcTime || tag == der::tag::kGeneralizedTime) {
    TRY_ASSIGN(list.next_update, tbs.read_time());
  }
  TRY_ASSIGN(const auto entries, tbs.read_optional(der::tag::kSequence));
  if (entries) list.entries = pki::to_bytes(entries->encoding);
  TRY_ASSIGN(der::Reader tagged, tbs.enter(der::tag::context_constructed(0)));
  TRY_ASSIGN(der::Reader extensions, tagged.enter_sequence());
  while (!extensions.at_end()) {
    TRY_ASSIGN(const der::Element extension, extensions.read_any());
    list.extensions.push_back(pki::to_bytes(extension.encoding));
  }
  return list;
}

pki::Result<pki::Bytes> put_together(const ForgedList& list, const registry::SigningIssuer& ca) {
  der::Writer writer;
  writer.sequence([&] {
    writer.raw(list.beginning).raw(list.issuer).time(list.this_update);
    if (list.next_update) writer.time(*list.next_update);
    writer.raw(list.entries).context(0, [&] {
      writer.sequence([&] {
        for (const pki::Bytes& extension : list.extensions)
          writer.raw(extension);
      });
    });
  });
  TRY_ASSIGN(pki::Bytes bytes, ca.sign(writer.view()));
  if (list.is_signature_broken) bytes.back() ^= 1U;
  return bytes;
}

// The whole list that stands at a path, as it is: no part of it, not compressed, and not 304.
std::optional<pki::Bytes> list_at(FaultSite& site, std::string_view path) {
  const http::OwnedRequest made = http::make_request(http::Method::get, path);
  http::Request request = *made;
  request.peer = site.exchange.peer;
  const http::Response response = site.world.call(Door::verifier, http::OwnedRequest(request));
  const auto* range = std::get_if<http::FileRange>(&response.body);
  if (response.status != 200 || range == nullptr) return std::nullopt;
  return pki::or_throw(range->file->read(range->offset, static_cast<std::size_t>(range->length)));
}

std::string_view path_of(const FaultSite& site) {
  return http::split_target(site.exchange.target).path;
}

const registry::SigningIssuer* issuer_of(FaultSite& site) {
  const auto path = crl::parse_list_path(path_of(site));
  if (!path) return nullptr;
  const ca::Authority& authority = site.world.instance().authority();
  return path->generation ? authority.find({path->ca, *path->generation}) : &authority.current(path->ca);
}

bool put_list(FaultSite& site, pki::Bytes bytes) {
  site.response = {.content_type = "application/pkix-crl",
                   .headers = {{"Cache-Control", "no-store"}},
                   .body = std::move(bytes)};
  return true;
}

using Change = std::function<bool(ForgedList&)>;

std::function<bool(FaultSite&)> changed(Change change) {
  return [change = std::move(change)](FaultSite& site) {
    const registry::SigningIssuer* ca = issuer_of(site);
    const auto bytes = ca != nullptr ? list_at(site, path_of(site)) : std::nullopt;
    if (!bytes) return false;
    auto list = take_apart(*bytes);
    if (!list || !change(*list)) return false;
    auto forged = put_together(*list, *ca);
    return forged.has_value() && put_list(site, std::move(*forged));
  };
}

// Puts an extension in the place of the one with its identifier, or adds it.
void put_extension(ForgedList& list, const pki::Oid& id, bool is_critical, pki::ByteView value) {
  der::Writer writer;
  writer.sequence([&] {
    writer.oid(id);
    if (is_critical) writer.boolean(true);
    writer.octet_string(value);
  });
  std::erase_if(list.extensions, [&](const pki::Bytes& extension) {
    der::Reader whole(extension);
    auto inside = whole.enter_sequence();
    const auto found = inside ? inside->read_oid() : pki::Result<pki::Oid>(inside.error());
    return found && *found == id;
  });
  list.extensions.push_back(writer.take());
}

pki::Bytes number(std::uint64_t value) {
  der::Writer writer;
  writer.integer(value);
  return writer.take();
}

bool age(ForgedList& list) {
  list.this_update -= days{30};
  if (list.next_update) *list.next_update -= days{30};
  return true;
}

// Numbers of this program are milliseconds since 1970.
bool go_back(ForgedList& list) {
  put_extension(list, pki::oids::kCrlNumber, false,
                number(static_cast<std::uint64_t>(pki::to_unix(list.this_update - days{30})) * 1000));
  return true;
}

// IssuingDistributionPoint { distributionPoint [0] { fullName [0] { [6] URI } } }, of no municipality.
bool move_point(ForgedList& list) {
  der::Writer writer;
  writer.sequence([&] {
    writer.context(0, [&] {
      writer.context(0, [&] { writer.text(der::tag::context(6), "http://wrong.invalid/another.crl"); });
    });
  });
  put_extension(list, pki::oids::kIssuingDistributionPoint, true, writer.view());
  return true;
}

bool change_base(ForgedList& list) {
  put_extension(list, pki::oids::kDeltaCrlIndicator, true,
                number(static_cast<std::uint64_t>(pki::to_unix(list.this_update + days{30})) * 1000));
  return true;
}

bool truncate(FaultSite& site) {
  auto bytes = list_at(site, path_of(site));
  if (!bytes) return false;
  bytes->resize(bytes->size() / 2);
  return put_list(site, std::move(*bytes));
}

// The other CA's list of the same kind.
bool give_others(FaultSite& site) {
  std::string path(path_of(site));
  const bool is_sign = path.starts_with("/crl/sign");
  path.replace(5, 4, is_sign ? "auth" : "sign");
  auto bytes = list_at(site, path);
  return bytes && put_list(site, std::move(*bytes));
}

bool lose(FaultSite& site) {
  site.response = http::problem(404, "A fault on purpose: there is no delta CRL here");
  return true;
}

}  // namespace

std::vector<FaultKind> crl_fault_kinds() {
  using enum FaultFamily;
  const auto break_signature = [](ForgedList& list) { return list.is_signature_broken = true; };
  const auto empty = [](ForgedList& list) {
    list.entries.clear();
    return true;
  };
  return {{"crl-stale", crl, "dates the list thirty days back, past its nextUpdate", changed(age)},
          {"crl-number-back", crl, "gives the list a number of thirty days ago", changed(go_back)},
          {"crl-wrong-idp", crl, "names another distribution point", changed(move_point)},
          {"crl-bad-signature", crl, "breaks the signature", changed(break_signature)},
          {"crl-truncated", crl, "gives out half a list", truncate},
          {"crl-empty", crl, "leaves every entry out", changed(empty)},
          {"crl-other-ca", crl, "gives out the other CA's list", give_others},
          {"delta-missing", delta, "answers 404", lose},
          {"delta-wrong-base", delta, "names a base that does not exist", changed(change_base)}};
}

}  // namespace mock
