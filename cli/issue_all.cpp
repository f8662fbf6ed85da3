// Many connections at once, so that the server commits many issues with one sync.

#include "cli/issue_all.h"

#include <map>

#include "cli/due_text.h"
#include "cli/parallel.h"
#include "pki/card_files.h"
#include "pki/certification_request.h"
#include "pki/messages/cli.h"

namespace cli {

namespace {

constexpr std::size_t kConnections = 16;

struct RefusedGroup {
  std::size_t count = 0;
  std::string example;
};

struct Tally {
  std::mutex mutex;
  std::size_t issued = 0;
  // By article and code, e.g. "Act 6".
  std::map<std::string, RefusedGroup> refused;
};

std::vector<std::string> ids_of_all(AdminClient& client) {
  std::vector<std::string> ids;
  std::string after;
  do {
    const json::object page =
        value_or_fail(client.get("/v1/residents?limit=1000" + (after.empty() ? "" : "&after=" + after)));
    for (const json::value& resident : page.at("residents").as_array())
      ids.push_back(text_field(resident.as_object(), "id"));
    after = text_field(page, "next");
  } while (!after.empty());
  return ids;
}

void count_refusal(Tally& tally, const pki::Error& error) {
  const std::string reason = error.article.empty() ? std::string(pki::to_string(error.code)) : error.article;
  RefusedGroup& refusals = tally.refused[reason];
  if (refusals.count++ == 0) refusals.example = error.text();
}

void issue_one(AdminClient& client, const IssueAllRequest& request, const std::string& id,
               pki::CertificateKind kind, const pki::PrivateKey& key, Tally& tally) {
  const json::object body{{"resident", id},
                          {"kind", pki::to_string(kind)},
                          {"csr", pki::to_base64(pki::make_certification_request(key))}};
  const auto answer = client.post("/v1/certificates", body);
  if (answer.has_error() && exit_code(answer.error().code) >= kNotReachable) throw Failure(answer.error());
  if (answer.has_value() && !request.out.empty()) {
    const auto der = pki::from_base64(text_field(*answer, "der")),
               ca = pki::from_base64(text_field(*answer, "ca"));
    if (!der || !ca) throw Failure(kInternal, messages::answer_without_certificate);
    value_or_fail(
        pki::write_card(std::filesystem::path(request.out) / id, {.kind = kind,
                                                                  .certificate = *der,
                                                                  .ca_certificate = *ca,
                                                                  .key = key,
                                                                  .p12_password = request.p12_password}));
  }
  const std::lock_guard lock(tally.mutex);
  if (answer.has_error()) {
    count_refusal(tally, answer.error());
  } else {
    ++tally.issued;
  }
}

}  // namespace

int issue_to_all(const CommonOptions& common, const IssueAllRequest& request) {
  if (request.key_pool.empty()) throw Failure(kUsage, messages::all_needs_pool);
  const auto keys = value_or_fail(pki::load_key_pool(request.key_pool));
  AdminClient client = common.connect();
  const auto ids = ids_of_all(client);
  Tally tally;
  {
    Progress progress(common.say(messages::progress_residents_done), ids.size(), common.progress());
    for_each_parallel<AdminClient>(
        ids.size(), kConnections, [&] { return common.connect(); },
        [&](AdminClient& worker, std::size_t i) {
          // The authentication certificate first: the signing one must not outlive it.
          if (request.kind != "sign")
            issue_one(worker, request, ids[i], pki::CertificateKind::auth, keys[2 * i % keys.size()], tally);
          if (request.kind != "auth")
            issue_one(worker, request, ids[i], pki::CertificateKind::sign, keys[(2 * i + 1) % keys.size()],
                      tally);
          progress.add(1);
        });
  }
  json::array refused;
  std::string words =
      common.say(messages::issued_to_all, std::to_string(tally.issued), std::to_string(ids.size())) + "\n";
  for (const auto& [reason, refusals] : tally.refused) {
    refused.push_back(
        json::object{{"reason", reason}, {"count", refusals.count}, {"example", refusals.example}});
    words += common.say(messages::refused_by, std::to_string(refusals.count),
                        article_text(reason, common.language), refusals.example) +
             "\n";
  }
  print(common,
        json::object{{"residents", ids.size()}, {"issued", tally.issued}, {"refused", std::move(refused)}},
        words);
  return kDone;
}

}  // namespace cli
