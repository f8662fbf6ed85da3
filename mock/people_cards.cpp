// The cards of a simulation's residents. Certificates are issued one after another, so that serials follow
// from the seed; the keys and requests of the next resident and the files of the one before are made
// meanwhile.

#include <chrono>
#include <future>
#include <utility>
#include <vector>

#include "mock/simulation.h"

namespace mock {

namespace {

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
  const auto prepare = [&shop](std::uint32_t number) {
    return std::async(std::launch::async, make_applicant, std::cref(shop), number);
  };
  std::vector<Person> residents;
  residents.reserve(setting_.residents);
  auto said = std::chrono::steady_clock::now();
  std::future<Applicant> next = prepare(0);
  std::future<Person> written;
  for (std::uint32_t number = 0; number < setting_.residents; ++number) {
    check_cancelled();
    if (const auto now = std::chrono::steady_clock::now(); now - said >= std::chrono::seconds{2}) {
      said = now;
      if (setting_.on_progress)
        setting_.on_progress(std::to_string(number) + " of " + std::to_string(setting_.residents) +
                             " residents have their cards");
    }
    Applicant applicant = next.get();
    if (number + 1 < setting_.residents) next = prepare(number + 1);
    CardHolder holder = issue_to(shop, std::move(applicant));
    if (written.valid()) residents.push_back(written.get());
    written = std::async(std::launch::async, write_cards, std::move(holder));
  }
  residents.push_back(written.get());
  people_.insert(people_.begin(), residents.begin(), residents.end());
}

}  // namespace mock
