// The cards of a simulation's residents. Certificates are issued one after another, so that serials follow
// from the seed; the keys and requests of the next residents and the files of those before are made
// meanwhile.

#include <chrono>
#include <deque>
#include <future>
#include <utility>
#include <vector>

#include "mock/simulation.h"

namespace mock {

namespace {

// Residents whose requests, and whose files, are in the making at a time. The issuing between them waits for
// commits, so that one of each leaves cores idle.
constexpr std::size_t kBeside = 4;

struct Applicant {
  registry::Resident resident;
  std::vector<CardApplication> applications;
};

struct CardHolder {
  Person person;
  std::vector<IssuedCard> cards = {};
};

Applicant make_applicant(const CardShop& shop, std::uint64_t number) {
  Applicant applicant{.resident = make_resident(shop.seed, number), .applications = {}};
  const Person person{.id = applicant.resident.id};
  // The authentication certificate first: the signing one must not outlive it.
  for (const pki::CertificateKind kind : {pki::CertificateKind::auth, pki::CertificateKind::sign}) {
    ca::IssueRequest wish;
    wish.kind = kind;
    applicant.applications.push_back(apply(shop, person, std::move(wish)));
  }
  return applicant;
}

CardHolder issue_to(const CardShop& shop, Applicant applicant) {
  pki::or_throw(register_resident(shop.world, applicant.resident));
  CardHolder holder{.person = {.id = applicant.resident.id}};
  for (CardApplication& application : applicant.applications)
    holder.cards.push_back(pki::or_throw(issue(shop, std::as_const(holder.person), std::move(application))));
  return holder;
}

Person write_cards(CardHolder holder) {
  for (IssuedCard& card : holder.cards)
    holder.person.certificates.push_back(pki::or_throw(write_files(std::move(card))));
  return std::move(holder.person);
}

}  // namespace

void Simulation::make_people() {
  if (setting_.residents == 0) return;
  const CardShop shop{.world = *world_, .seed = setting_.seed, .folder = files()};
  std::vector<Person> residents;
  residents.reserve(setting_.residents);
  std::deque<std::future<Applicant>> applicants;
  std::deque<std::future<Person>> written;
  const auto take_written = [&] {
    residents.push_back(written.front().get());
    written.pop_front();
  };
  std::uint32_t prepared = 0;
  auto said = std::chrono::steady_clock::now();
  for (std::uint32_t number = 0; number < setting_.residents; ++number) {
    check_cancelled();
    if (const auto now = std::chrono::steady_clock::now(); now - said >= std::chrono::seconds{2}) {
      said = now;
      if (setting_.on_progress)
        setting_.on_progress(std::to_string(number) + " of " + std::to_string(setting_.residents) +
                             " residents have their cards");
    }
    for (; prepared < setting_.residents && applicants.size() < kBeside; ++prepared)
      applicants.push_back(std::async(std::launch::async, make_applicant, std::cref(shop), prepared));
    Applicant applicant = applicants.front().get();
    applicants.pop_front();
    CardHolder holder = issue_to(shop, std::move(applicant));
    if (written.size() == kBeside) take_written();
    written.push_back(std::async(std::launch::async, write_cards, std::move(holder)));
  }
  while (!written.empty())
    take_written();
  people_.insert(people_.begin(), residents.begin(), residents.end());
}

}  // namespace mock
