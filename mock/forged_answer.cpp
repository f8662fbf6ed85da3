// ResponseData (RFC 6960 section 4.2.1) part by part.

#include "mock/forged_answer.h"

#include "ca/key_folder.h"
#include "pki/certificate.h"
#include "pki/der.h"
#include "pki/hash.h"
#include "pki/messages/mock.h"
#include "registry/issuers.h"

namespace mock {

namespace {

namespace der = pki::der;

// SEQUENCE { certID, certStatus, thisUpdate, nextUpdate [0] OPTIONAL, singleExtensions [1] OPTIONAL }
pki::Result<ForgedSingle> read_single(der::Reader& singles) {
  TRY_ASSIGN(der::Reader parts, singles.enter_sequence());
  ForgedSingle single;
  TRY_ASSIGN(const der::Element cert_id, parts.read_any());
  single.cert_id = pki::to_bytes(cert_id.encoding);
  TRY_ASSIGN(const der::Element status, parts.read_any());
  single.status = pki::to_bytes(status.encoding);
  TRY_ASSIGN(single.this_update, parts.read_generalized_time());
  TRY_ASSIGN(const auto next_update, parts.read_optional(der::tag::context_constructed(0)));
  if (next_update) {
    der::Reader inside(next_update->content);
    TRY_ASSIGN(single.next_update, inside.read_generalized_time());
  }
  single.extensions = pki::to_bytes(parts.rest());
  return single;
}

pki::Result<void> read_response_data(ForgedAnswer& answer, pki::ByteView bytes) {
  der::Reader whole(bytes);
  TRY_ASSIGN(der::Reader data, whole.enter_sequence());
  TRY(data.read_optional(der::tag::context_constructed(0)));
  TRY_ASSIGN(const der::Element responder, data.read_any());
  answer.responder_id = pki::to_bytes(responder.encoding);
  TRY_ASSIGN(answer.produced_at, data.read_generalized_time());
  TRY_ASSIGN(der::Reader singles, data.enter_sequence());
  while (!singles.at_end()) {
    TRY_ASSIGN(ForgedSingle single, read_single(singles));
    answer.singles.push_back(std::move(single));
  }
  TRY_ASSIGN(const auto tagged, data.read_optional(der::tag::context_constructed(1)));
  if (!tagged) return {};
  der::Reader outer(tagged->content);
  TRY_ASSIGN(der::Reader extensions, outer.enter_sequence());
  while (!extensions.at_end()) {
    TRY_ASSIGN(const der::Element extension, extensions.read_any());
    answer.extensions.push_back(pki::to_bytes(extension.encoding));
  }
  return {};
}

// Which generation's responder has the key of this certificate.
pki::Result<void> find_signer(World& world, ForgedAnswer& answer) {
  TRY_ASSIGN(const pki::Certificate sent, pki::Certificate::decode(answer.certificates.at(0)));
  for (const registry::SigningIssuer& ca : world.instance().authority().generations()) {
    const auto responder = load_responder(world, ca.id());
    if (!responder || responder->signer->public_key() != pki::to_bytes(sent.subject_public_key_info()))
      continue;
    answer.issuer = ca.id();
    answer.signer = responder->signer;
    return {};
  }
  return pki::fail(pki::Errc::not_found, messages::answer_not_ours);
}

void write_single(der::Writer& writer, const ForgedSingle& single) {
  writer.sequence([&] {
    writer.raw(single.cert_id).raw(single.status);
    if (single.this_update) writer.generalized_time(*single.this_update);
    if (single.next_update) writer.context(0, [&] { writer.generalized_time(*single.next_update); });
    writer.raw(single.extensions);
  });
}

pki::Bytes encode_response_data(const ForgedAnswer& answer) {
  der::Writer writer;
  writer.sequence([&] {
    writer.raw(answer.responder_id).generalized_time(answer.produced_at).sequence([&] {
      for (const ForgedSingle& single : answer.singles)
        write_single(writer, single);
    });
    if (answer.extensions.empty()) return;
    writer.context(1, [&] {
      writer.sequence([&] {
        for (const pki::Bytes& extension : answer.extensions)
          writer.raw(extension);
      });
    });
  });
  return writer.take();
}

}  // namespace

pki::Result<ForgedResponder> load_responder(World& world, registry::IssuerId issuer) {
  const auto record = registry::find_responder(world.instance().environment().read(), issuer);
  if (!record) return pki::fail(pki::Errc::not_found, messages::generation_without_responder);
  TRY_ASSIGN(const pki::PrivateKey key, ca::KeyFolder(world.data().keys()).load(record->key_file));
  return ForgedResponder{.certificate = record->certificate, .signer = pki::make_openssl_signer(key)};
}

pki::Result<pki::Bytes> responder_id_of(pki::ByteView certificate) {
  TRY_ASSIGN(const pki::Certificate decoded, pki::Certificate::decode(certificate));
  der::Reader info(decoded.subject_public_key_info());
  TRY_ASSIGN(der::Reader parts, info.enter_sequence());
  TRY(parts.read_any());
  TRY_ASSIGN(const der::BitString key, parts.read_bit_string());
  der::Writer writer;
  writer.context(2, [&] { writer.octet_string(pki::digest(pki::HashAlgorithm::sha1, key.bytes)); });
  return writer.take();
}

pki::Result<pki::Bytes> without_extension(const registry::SigningIssuer& ca, pki::ByteView certificate,
                                          const pki::Oid& extension) {
  der::Reader whole(certificate);
  TRY_ASSIGN(der::Reader outer, whole.enter_sequence());
  TRY_ASSIGN(der::Reader tbs, outer.enter_sequence());
  der::Writer writer;
  pki::Result<void> outcome;
  const auto copy_extensions = [&](der::Reader list) -> pki::Result<void> {
    TRY_ASSIGN(der::Reader extensions, list.enter_sequence());
    while (!extensions.at_end()) {
      TRY_ASSIGN(const der::Element one, extensions.read_any());
      der::Reader inside(one.content);
      TRY_ASSIGN(const pki::Oid id, inside.read_oid());
      if (!(id == extension)) writer.raw(one.encoding);
    }
    return {};
  };
  const auto copy = [&]() -> pki::Result<void> {
    while (!tbs.at_end()) {
      TRY_ASSIGN(const der::Element part, tbs.read_any());
      if (part.tag != der::tag::context_constructed(3)) {
        writer.raw(part.encoding);
        continue;
      }
      writer.context(3,
                     [&] { writer.sequence([&] { outcome = copy_extensions(der::Reader(part.content)); }); });
    }
    return {};
  };
  pki::Result<void> copied;
  writer.sequence([&] { copied = copy(); });
  TRY(std::move(copied));
  TRY(std::move(outcome));
  return ca.sign(writer.view());
}

pki::Result<ForgedAnswer> take_apart(World& world, pki::ByteView response) {
  TRY_ASSIGN(const ocsp::Response decoded, ocsp::decode_response(response));
  if (!decoded.basic || decoded.basic->certs.empty())
    return pki::fail(pki::Errc::unsupported, messages::answer_not_delegated);
  ForgedAnswer answer;
  for (const pki::ByteView certificate : decoded.basic->certs)
    answer.certificates.push_back(pki::to_bytes(certificate));
  TRY(find_signer(world, answer));
  TRY(read_response_data(answer, decoded.basic->tbs_response_data));
  return answer;
}

pki::Bytes put_together(const ForgedAnswer& answer) {
  const pki::Bytes data = encode_response_data(answer);
  pki::Bytes signature = answer.signer->sign(pki::digest(pki::hash_of(answer.signer->algorithm()), data));
  if (answer.is_signature_broken) signature.back() ^= 1U;
  der::Writer basic;
  basic.sequence([&] {
    basic.raw(data)
        .raw(pki::encode_algorithm_identifier(answer.signer->algorithm()))
        .bit_string(signature)
        .context(0, [&] {
          basic.sequence([&] {
            for (const pki::Bytes& certificate : answer.certificates)
              basic.raw(certificate);
          });
        });
  });
  der::Writer writer;
  writer.sequence([&] {
    writer.enumerated(0).context(
        0, [&] { writer.sequence([&] { writer.oid(pki::oids::kOcspBasic).octet_string(basic.view()); }); });
  });
  return writer.take();
}

}  // namespace mock
