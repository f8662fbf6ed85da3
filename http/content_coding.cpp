// Accept-Encoding = #( codings [ weight ] ), weight = OWS ";" OWS "q=" qvalue.

#include "http/content_coding.h"

#include <optional>
#include <string_view>

#include "http/field_value.h"

namespace http {

namespace {

// Weights in thousandths.
constexpr int kFull = 1000;

// qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] ), section 12.4.2.
std::optional<int> parse_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int weight = (text[0] - '0') * kFull;
  int place = kFull;
  for (std::size_t i = 2; i < text.size(); ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    place /= 10;
    weight += (text[i] - '0') * place;
  }
  if (weight > kFull) return std::nullopt;
  return weight;
}

struct Weights {
  std::optional<int> gzip, identity, any;
};

// One member of the list; what is broken counts for nothing.
void read_member(Weights& weights, std::string_view member) {
  const auto semicolon = member.find(';');
  const std::string_view coding = without_whitespace(member.substr(0, semicolon));
  int weight = kFull;
  if (semicolon != std::string_view::npos) {
    const std::string_view parameter = without_whitespace(member.substr(semicolon + 1));
    if (parameter.size() < 2 || !equal_ignoring_case(parameter.substr(0, 2), "q=")) return;
    const auto parsed = parse_weight(parameter.substr(2));
    if (!parsed) return;
    weight = *parsed;
  }
  if (equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip")) weights.gzip = weight;
  if (equal_ignoring_case(coding, "identity")) weights.identity = weight;
  if (coding == "*") weights.any = weight;
}

}  // namespace

ContentCoding preferred_coding(const Request& request) {
  Weights weights;
  for (const HeaderView& field : request.headers) {
    if (!equal_ignoring_case(field.name, "Accept-Encoding")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const auto comma = rest.find(',');
      read_member(weights, rest.substr(0, comma));
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    }
  }
  const int gzip = weights.gzip.value_or(weights.any.value_or(0));
  const bool accepted = gzip > 0 && gzip >= weights.identity.value_or(0);
  return accepted ? ContentCoding::gzip : ContentCoding::identity;
}

}  // namespace http
