// jpki municipality list|find: the codes by which residents and distribution points are named.
//
// The table is built into the program, so no server is asked.

#include <algorithm>
#include <cctype>

#include "cli/command.h"
#include "pki/messages/cli.h"
#include "registry/municipalities.h"

namespace cli {

namespace {

using registry::Municipality;
using registry::MunicipalityLevel;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool contains(const std::string& text, const std::string& part) {
  return lower(text).find(lower(part)) != std::string::npos;
}

// Whether the code begins with the text, or a name in either script contains it.
bool matches(const Municipality& one, const std::string& text) {
  return registry::municipality_code_text(one.code).starts_with(text) ||
         contains(one.prefecture_ja + one.name_ja, text) || contains(one.prefecture_romaji, text) ||
         contains(one.name_romaji, text);
}

const char* level_text(MunicipalityLevel level) {
  switch (level) {
    case MunicipalityLevel::prefecture:
      return "prefecture";
    case MunicipalityLevel::municipality:
      return "municipality";
    case MunicipalityLevel::ward:
      return "ward";
  }
  return "";
}

template <typename Value, typename Text>
json::value text_or_null(const std::optional<Value>& value, Text text_of) {
  return value ? json::value(text_of(*value)) : json::value(nullptr);
}

std::string date_text(pki::Date date) {
  return pki::to_string(date);
}

json::object to_json(const Municipality& one) {
  return {{"code", registry::municipality_code_text(one.code)},
          {"level", level_text(one.level)},
          {"prefecture_ja", one.prefecture_ja},
          {"name_ja", one.name_ja},
          {"prefecture_en", one.prefecture_romaji},
          {"name_en", one.name_romaji},
          {"residents", registry::is_distribution_point(one)},
          {"valid_from", text_or_null(one.valid_from, date_text)},
          {"valid_to", text_or_null(one.valid_to, date_text)},
          {"successor", text_or_null(one.successor, registry::municipality_code_text)}};
}

std::string words_of(const CommonOptions& common, const Municipality& one) {
  std::string words = registry::municipality_code_text(one.code) + "  " + one.prefecture_ja + one.name_ja +
                      "  " + (one.name_romaji.empty() ? "" : one.name_romaji + ", ") + one.prefecture_romaji;
  if (one.has_wards) words += "  " + common.say(messages::city_with_wards);
  if (one.level == MunicipalityLevel::prefecture) words += "  " + common.say(messages::prefecture);
  if (one.valid_to) {
    words += "  " + (one.successor ? common.say(messages::code_until_then, pki::to_string(*one.valid_to),
                                                registry::municipality_code_text(*one.successor))
                                   : common.say(messages::code_until, pki::to_string(*one.valid_to)));
  }
  return words + "\n";
}

// All that match; everything for an empty text.
int show(const CommonOptions& common, const std::string& text) {
  json::array list;
  std::string words;
  for (const Municipality& one :
       value_or_fail(registry::parse_municipalities(registry::builtin_municipalities_csv()))) {
    if (!text.empty() && !matches(one, text)) continue;
    list.push_back(to_json(one));
    words += words_of(common, one);
  }
  if (list.empty()) throw Failure(kRefused, {messages::municipality_unknown, text});
  print(common, json::object{{"municipalities", std::move(list)}}, words);
  return kDone;
}

}  // namespace

void add_municipality_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  const Command municipality = add_command(
      line, line.app, "municipality", "Codes of municipalities and wards", "jpki municipality find 清瀬");
  municipality.require_subcommand(1);
  const Command list = add_command(line, municipality, "list", "Every code", "jpki municipality list");
  on_run(line, list, [&common] { return show(common, {}); });
  auto text = std::make_shared<std::string>();
  const Command find =
      add_command(line, municipality, "find", "The codes whose name has a text, in either script",
                  "jpki municipality find kiyose");
  find.add_option("TEXT", *text, "A part of the name, or the beginning of the code").required();
  on_run(line, find, [&common, text] { return show(common, *text); });
}

}  // namespace cli
