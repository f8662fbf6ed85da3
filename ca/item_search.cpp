// A plain search: no knowledge of where an encoder might put an item.

#include "ca/item_search.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "pki/der.h"
#include "pki/oid.h"
#include "pki/plain_form.h"
#include "pki/repertoire.h"

namespace ca {

namespace {

constexpr std::string_view kFullWidthSpace = "　";

bool occurs(pki::ByteView bytes, std::string_view text) {
  return !text.empty() && pki::as_text(bytes).find(text) != std::string_view::npos;
}

// As the whole value of a UTF8String, PrintableString or IA5String.
bool occurs_as_string(pki::ByteView bytes, std::string_view text) {
  namespace tag = pki::der::tag;
  for (const std::uint8_t type : {tag::kUtf8String, tag::kPrintableString, tag::kIa5String}) {
    pki::der::Writer writer;
    writer.text(type, text);
    if (occurs(bytes, pki::as_text(writer.view()))) return true;
  }
  return false;
}

bool is_short_ascii(std::string_view text) {
  return text.size() < kShortTextBytes &&
         std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// The parts between full-width spaces.
std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(kFullWidthSpace), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + kFullWidthSpace.size()));
  }
  return parts;
}

// Every form in which a text of the register could stand in a certificate.
std::vector<std::string> forms_of(const std::string& text) {
  if (text.empty()) return {};
  const std::string wide = pki::register_form(text);
  std::vector<std::string> forms = parts_of(wide);
  forms.push_back(text);
  forms.push_back(wide);
  if (auto recorded = pki::substitute_outside_repertoire(wide)) forms.push_back(std::move(recorded->text));
  return forms;
}

bool has_text(pki::ByteView bytes, const std::string& text) {
  return std::ranges::any_of(forms_of(text), [&](const std::string& form) {
    return is_short_ascii(form) ? occurs_as_string(bytes, form) : occurs(bytes, form);
  });
}

bool has_birth_date(pki::ByteView bytes, pki::Date birth) {
  // Of a date that is not known at all nothing but zeros would be looked for.
  if (birth.year() == std::chrono::year{0}) return false;
  const std::string iso = pki::to_string(birth);
  std::string digits = iso;
  std::erase(digits, '-');
  return occurs(bytes, iso) || occurs(bytes, digits);
}

bool has_sex(pki::ByteView bytes, registry::Sex sex) {
  const std::string code = std::to_string(static_cast<int>(sex));
  if (occurs_as_string(bytes, to_string(sex)) || occurs_as_string(bytes, code)) return true;
  if (sex == registry::Sex::unknown) return false;
  return occurs(bytes, sex == registry::Sex::male ? "男" : "女");
}

// The arc of the items, without the last component.
bool has_item_identifier(pki::ByteView bytes) {
  pki::der::Writer writer;
  writer.oid(pki::oids::kItemName);
  const std::string_view encoding = pki::as_text(writer.view());
  return occurs(bytes, encoding.substr(2, encoding.size() - 3));
}

}  // namespace

std::optional<std::string_view> find_personal_item(const registry::Resident& resident, pki::ByteView bytes) {
  if (has_item_identifier(bytes)) return "identifier of a recorded item";
  if (has_text(bytes, resident.name)) return "name";
  if (has_text(bytes, resident.address)) return "address";
  if (has_birth_date(bytes, resident.birth)) return "date of birth";
  if (has_sex(bytes, resident.sex)) return "sex";
  if (has_text(bytes, resident.furigana)) return "furigana";
  if (has_text(bytes, resident.former_name)) return "former name";
  if (has_text(bytes, resident.alias)) return "alias";
  if (occurs(bytes, to_string(resident.id))) return "resident id";
  return std::nullopt;
}

}  // namespace ca
