// Whether a certificate is good, by Botan, while its holder's life goes on. Botan 2.19 or 3:
//
//   c++ -std=c++20 relying_party.cpp $(pkg-config --cflags --libs botan-2) -o relying_party &&
//   ./relying_party

#include <botan/certstor.h>
#include <botan/ocsp.h>
#include <botan/version.h>
#include <botan/x509path.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

using Clock = std::chrono::system_clock;

// good, revoked, expired, or why the status is not known.
std::string check(const Botan::X509_Certificate& certificate, const Botan::X509_Certificate& ca,
                  Clock::time_point now) try {
  Botan::Certificate_Store_In_Memory trusted;
  trusted.add_certificate(ca);
  // Asks the responder that the certificate names.
#if BOTAN_VERSION_MAJOR >= 3
  const auto answer = Botan::OCSP::online_check(ca, certificate, std::chrono::seconds(5));
#else
  const auto answer = std::make_shared<const Botan::OCSP::Response>(
      Botan::OCSP::online_check(ca, certificate, &trusted, std::chrono::seconds(5)));
#endif
  // No acceptance without an answer.
  const Botan::Path_Validation_Restrictions restrictions(true);
  const auto result = Botan::x509_path_validate(
      std::vector{certificate}, restrictions, std::vector<Botan::Certificate_Store*>{&trusted}, "",
      Botan::Usage_Type::UNSPECIFIED, now, std::chrono::milliseconds(0), {answer});
  if (result.result() == Botan::Certificate_Status_Code::CERT_HAS_EXPIRED) return "expired";
  if (result.result() == Botan::Certificate_Status_Code::CERT_IS_REVOKED) return "revoked";
  return result.successful_validation() ? "good" : result.result_string();
} catch (const Botan::Exception&) {
  return "no answer";
}

// A mock that ends with this program, which holds its standard input open.
class Mock {
 public:
  Mock()
      : input_(::popen((program() + " mock --residents 1 --quiet --ready-file mock.json >mock.out").c_str(),
                       "w"),
               ::pclose) {
    while (!std::ifstream("mock.json"))
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::getline(std::ifstream("mock.json"), first_line_);
    ::setenv("JPKI_MOCK_CONTROL", text({"control"}).c_str(), 1);
  }

  // The text by the last name after the other names; where there is a JSON library, use that.
  std::string text(std::initializer_list<std::string> names) const { return text_in(first_line_, names); }
  static std::string text_in(const std::string& json, std::initializer_list<std::string> names) {
    std::size_t at = 0;
    for (const std::string& name : names)
      at = json.find("\"" + name + "\":", at) + name.size() + 3;
    const std::size_t begin = json.find('"', at) + 1;
    return json.substr(begin, json.find('"', begin) - begin);
  }

  // What the program says to a command, e.g. "mock clock --advance P6Y".
  static std::string command(const std::string& arguments) {
    const std::unique_ptr<FILE, int (*)(FILE*)> output(::popen((program() + " " + arguments).c_str(), "r"),
                                                       ::pclose);
    std::string said(4096, '\0');
    said.resize(std::fread(said.data(), 1, said.size(), output.get()));
    return said;
  }

 private:
  static std::string program() { return std::getenv("JPKI") != nullptr ? std::getenv("JPKI") : "jpki"; }

  std::unique_ptr<FILE, int (*)(FILE*)> input_;
  std::string first_line_;
};

void expect(const std::string& occasion, const std::string& verdict, const std::string& expected) {
  std::cout << occasion << ": " << verdict << std::endl;
  if (verdict != expected) throw std::runtime_error(expected + " was expected");
}

int main() try {
  const Mock mock;
  const Botan::X509_Certificate ca(mock.text({"ca", "sign", "cer"}));
  const Botan::X509_Certificate certificate(mock.text({"residents", "sign", "cer"}));
  expect("at first", check(certificate, ca, Clock::now()), "good");

  Mock::command("mock faults --add http-503 --count 1");
  expect("a responder that is too busy", check(certificate, ca, Clock::now()), "no answer");
  Mock::command("mock faults --add bad-signature --count 1");
  expect("a signature that is broken", check(certificate, ca, Clock::now()), "OCSP signature error");

  Mock::command("event address-change " + mock.text({"residents", "id"}) +
                " --address 東京都清瀬市元町一丁目１番 --socket " + mock.text({"admin"}));
  expect("the holder has moved house", check(certificate, ca, Clock::now()), "revoked");

  Mock::command("mock reset");
  const std::string now = Mock::text_in(Mock::command("mock clock --advance P6Y --json"), {"now"});
  std::tm moment{};
  std::istringstream(now) >> std::get_time(&moment, "%Y-%m-%dT%H:%M:%SZ");
  expect("six years later", check(certificate, ca, Clock::from_time_t(::timegm(&moment))), "expired");
} catch (const std::exception& error) {
  std::cerr << error.what() << std::endl;
  return 1;
}
