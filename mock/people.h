// The residents of a mock with their simulated cards: made up from a seed, issued to, written out, described.

#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "ca/ceremony.h"
#include "ca/issue.h"
#include "mock/card.h"
#include "mock/world.h"
#include "pki/card_files.h"
#include "pki/private_key.h"
#include "registry/residents.h"

namespace mock {

// The password of every PKCS#12 file.
inline constexpr const char* kPassword = "jpki-test";

// A certificate on a card, and its files.
struct HeldCertificate {
  pki::CertificateKind kind = pki::CertificateKind::sign;
  registry::CertificateId id;
  pki::DistributionPoint point;
  // Empty for serials that were never issued.
  std::string cer = {}, key = {}, p12 = {};
};

// A consent to the provision of current items (Act 19-5) that the holder has signed.
struct GivenConsent {
  std::string file;
  pki::Time given;
  // Who may bring it along.
  std::string verifier;
};

struct Person {
  registry::ResidentId id;
  // The ready-made state that the person was prepared in, and what has brought it; "good" and nothing
  // otherwise.
  std::string state = "good";
  std::string cause = {};
  // The last of a kind is the one on the card.
  std::vector<HeldCertificate> certificates = {};
  Card card = {};
  std::vector<GivenConsent> consents = {};

  // The last of a kind; null without one.
  [[nodiscard]] const HeldCertificate* on_card(pki::CertificateKind kind) const;
};

// The keys of an authority of the mock's, by seed and file name.
[[nodiscard]] ca::KeySource test_keys(std::uint64_t seed);
// Who acts for the mock.
[[nodiscard]] registry::Actor mock_actor();

// An invented resident; the same seed and number, the same one. The first lives in Kiyose, as in the
// documents' examples.
[[nodiscard]] registry::Resident make_resident(std::uint64_t seed, std::uint64_t number);
// Enters the resident in the register.
[[nodiscard]] pki::Result<void> register_resident(World& world, const registry::Resident& resident);

// What cards are made with, and where their files go.
struct CardShop {
  World& world;
  std::uint64_t seed = 1;
  std::filesystem::path folder;
};

// The key of the next certificate of a kind on the person's card.
[[nodiscard]] pki::PrivateKey card_key(const CardShop& shop, const Person& person, pki::CertificateKind kind);
// An application for a certificate: its key and its request, which follow from the seed alone.
struct CardApplication {
  ca::IssueRequest wish;
  pki::PrivateKey key;
  // The name of its files.
  std::string name;
};
// A certificate whose files are not written yet.
struct IssuedCard {
  HeldCertificate held;
  pki::CardContent content;
  std::filesystem::path folder;
};

// `mode` and the rest of `wish` are the caller's; its holder, request and actor are filled in.
[[nodiscard]] CardApplication apply(const CardShop& shop, const Person& person, ca::IssueRequest wish);
[[nodiscard]] pki::Result<IssuedCard> issue(const CardShop& shop, const Person& person,
                                            CardApplication application);
// Gives the certificate with the names of its files.
[[nodiscard]] pki::Result<HeldCertificate> write_files(IssuedCard card);
// The three of them.
[[nodiscard]] pki::Result<HeldCertificate> issue(const CardShop& shop, Person& person, ca::IssueRequest wish);
// Both of the card's certificates, the authentication certificate first: the signing one must not outlive it.
[[nodiscard]] pki::Result<void> issue_both(const CardShop& shop, Person& person);

// As in the first line: who it is, the four items as they stand in the register, each certificate with its
// files and its status now.
[[nodiscard]] boost::json::object describe(World& world, const Person& person);
// The card: which certificates it carries, and how its PINs stand. REQUIRES: it carries one.
[[nodiscard]] boost::json::object describe_card(const Person& person);
[[nodiscard]] boost::json::object describe(const CardPin& pin);

}  // namespace mock
