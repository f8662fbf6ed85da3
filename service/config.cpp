// Reading goes along the file and looks each key up in the table, so that a key that is not in it is found
// with its line; writing goes along the table.

#include "service/config.h"

#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <numeric>

#include "http/url.h"
#include "pki/messages/service.h"
#include "service/config_keys.h"

namespace service {

namespace {

// The first and the last line of a file that write_config() has made: one that was cut off lacks the last.
constexpr std::string_view kFirstLine =
    "# Configuration of jpki (docs/operations.md, section 3). Complete only with its last line.\n";
constexpr std::string_view kLastLine = "# End of the configuration.\n";

// What stands before the names of users in [operators.local].
constexpr std::string_view kLocalOperators = "operators.local.";

// How many letters must be put in, left out or exchanged to make one text of the other (Levenshtein).
std::size_t distance_between(std::string_view one, std::string_view other) {
  std::vector<std::size_t> row(other.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < one.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < other.size(); ++j) {
      const std::size_t exchanged = diagonal + (one[i] == other[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({exchanged, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::string_view last_part(std::string_view name) {
  return name.substr(name.rfind('.') + 1);
}

// The key that was probably meant: the nearest by its whole name, or one whose word in its table begins so.
std::optional<std::string> nearest_key(const std::vector<ConfigKey>& keys, std::string_view wrong) {
  const ConfigKey* nearest = nullptr;
  std::size_t least = std::max<std::size_t>(3, wrong.size() / 3) + 1;
  for (const ConfigKey& key : keys) {
    const std::size_t distance =
        last_part(key.name).starts_with(last_part(wrong)) ? 1 : distance_between(key.name, wrong);
    if (distance >= least) continue;
    least = distance;
    nearest = &key;
  }
  return nearest == nullptr ? std::nullopt : std::optional(nearest->name);
}

std::optional<ConfigValue> value_of(const toml::node& node) {
  if (const auto value = node.value_exact<bool>()) return *value;
  if (const auto value = node.value_exact<std::int64_t>()) return *value;
  if (const auto value = node.value_exact<std::string>()) return *value;
  const toml::array* const list = node.as_array();
  if (list == nullptr) return std::nullopt;
  std::vector<std::string> texts;
  for (const toml::node& element : *list) {
    const auto text = element.value_exact<std::string>();
    if (!text) return std::nullopt;
    texts.push_back(*text);
  }
  return texts;
}

// Goes through a file, puts its values into a configuration and collects every mistake.
class ConfigReader final {
 public:
  explicit ConfigReader(std::string_view file) : file_(file) {}

  void read(const toml::table& table, const std::string& prefix = {}) {
    for (const auto& [name, node] : table) {
      const std::string path = prefix + std::string(name.str());
      const auto line = name.source().begin.line;
      const auto key = std::ranges::find(keys_, path, &ConfigKey::name);
      const bool is_quoted_path = name.str().find('.') != std::string_view::npos;
      if (prefix == kLocalOperators) {
        read_local_operator(std::string(name.str()), node, line);
      } else if (key != keys_.end() && !is_quoted_path) {
        lines_[path] = line;
        const auto value = value_of(node);
        if (!value || !key->set(config_, *value))
          add(path, line, {messages::key_must_be, path, key->allowed});
      } else if (const toml::table* inner = node.as_table(); inner != nullptr && !is_quoted_path) {
        read(*inner, path + ".");
      } else {
        const auto meant = nearest_key(keys_, path);
        add(path, line,
            meant ? pki::Message(messages::key_unknown_near, path, *meant)
                  : pki::Message(messages::key_unknown, path));
      }
    }
  }

  // What no row can say of itself.
  void check_together() {
    const auto require = [this](bool holds, const std::string& name, const pki::Message& what) {
      if (!holds) add(name, lines_.contains(name) ? lines_.at(name) : 0, what);
    };
    config_.ocsp.access =
        config_.open_to_all ? ocsp::AccessPolicy::open_to_all : ocsp::AccessPolicy::authorized_only;
    require(config_.ocsp.next_update_after >= config_.ocsp.grid, "ocsp.next_update_seconds",
            messages::next_update_short);
    require(config_.crl.delta_overlap < config_.crl.delta_validity, "crl.delta_overlap_seconds",
            messages::delta_overlap_long);
    const auto profile = ca::Profile::make(config_.profile);
    if (profile.has_value()) return;
    const std::string& member = profile.error().field;
    const auto key = std::ranges::find_if(
        keys_, [&](const ConfigKey& row) { return row.name == member || last_part(row.name) == member; });
    require(false, key == keys_.end() ? member : key->name, profile.error().message);
  }

  // The configuration, or every mistake, each on a line of its own; the field is that of the first.
  pki::Result<Config> result() && {
    if (mistakes_.empty()) return std::move(config_);
    std::ranges::stable_sort(mistakes_, {}, &Mistake::line);
    pki::Message lines;
    for (const Mistake& mistake : mistakes_) {
      const pki::Message one = mistake.line > 0 ? pki::Message(messages::at_line, file_,
                                                               std::to_string(mistake.line), mistake.what)
                                                : pki::Message(messages::in_file, file_, mistake.what);
      lines = lines.empty() ? one : pki::Message(messages::two_lines, lines, one);
    }
    return pki::invalid(mistakes_.front().key, std::move(lines));
  }

 private:
  struct Mistake {
    std::string key;
    std::uint32_t line = 0;
    pki::Message what;
  };

  // A table whose keys are names of users, which no row can know.
  void read_local_operator(const std::string& user, const toml::node& node, std::uint32_t line) {
    const auto value = value_of(node);
    const std::string* const name = value ? std::get_if<std::string>(&*value) : nullptr;
    if (name == nullptr || name->empty())
      add("operators.local." + user, line, {messages::local_operator_form, user});
    else
      config_.local_operators[user] = *name;
  }

  void add(std::string key, std::uint32_t line, pki::Message what) {
    mistakes_.push_back({std::move(key), line, std::move(what)});
  }

  std::string_view file_;
  std::vector<ConfigKey> keys_ = config_keys();
  Config config_;
  std::map<std::string, std::uint32_t> lines_;
  std::vector<Mistake> mistakes_;
};

std::string toml_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string toml_text(const ConfigValue& value) {
  if (const bool* const flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* const number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* const text = std::get_if<std::string>(&value)) return toml_quoted(*text);
  std::string list = "[";
  for (const std::string& text : std::get<std::vector<std::string>>(value))
    list += (list.size() == 1 ? "" : ", ") + toml_quoted(text);
  return list + "]";
}

// A file that lost its end would be read as one with fewer keys, and the service would start with defaults.
pki::Result<void> check_completeness(std::string_view text, const std::string& file) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  if (std::ranges::all_of(text, is_blank))
    return pki::fail(pki::Errc::malformed, {messages::config_empty, file});
  const bool lacks_last_line = text.starts_with(kFirstLine) && !text.ends_with(kLastLine);
  if (lacks_last_line || !text.ends_with('\n'))
    return pki::fail(pki::Errc::malformed,
                     {messages::config_cut, file, kLastLine.substr(0, kLastLine.size() - 1)});
  return {};
}

}  // namespace

std::vector<std::string> https_hosts(const Config& config) {
  std::vector<std::string> hosts;
  const auto add = [&](const std::string& host) {
    if (!std::ranges::count(hosts, host)) hosts.push_back(host);
  };
  if (const auto url = http::parse_url(config.profile.public_url)) add(url->host);
  for (const std::string& name : config.https_names)
    add(name);
  // The addresses that mean "every one of this machine" name no host.
  for (const std::string& own : {config.verifier_https_listener.host, config.admin_https_listener.host})
    if (own != "0.0.0.0" && own != "::") add(own);
  for (const char* name : {"localhost", "127.0.0.1", "::1"})
    add(name);
  return hosts;
}

pki::Result<Config> parse_config(std::string_view text, std::string_view file_name) {
  toml::table table;
  try {
    table = toml::parse(text, file_name);
  } catch (const toml::parse_error& error) {
    return pki::fail(pki::Errc::malformed, {messages::at_line, file_name,
                                            std::to_string(error.source().begin.line), error.description()});
  }
  ConfigReader reader(file_name);
  reader.read(table);
  reader.check_together();
  return std::move(reader).result();
}

pki::Result<Config> read_config(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream && std::filesystem::exists(file))
    return pki::invalid("config", {messages::config_denied, file.string()});
  if (!stream) return pki::invalid("config", {messages::config_missing, file.string()});
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  TRY(check_completeness(text, file.string()));
  return parse_config(text, file.string());
}

std::string write_config(const Config& config) {
  std::string text(kFirstLine), table;
  for (const ConfigKey& key : config_keys()) {
    const std::size_t dot = key.name.rfind('.');
    if (key.name.substr(0, dot) != table) {
      table = key.name.substr(0, dot);
      text += "\n[" + table + "]\n";
    }
    text += "# " + key.comment + " (" + key.allowed.in(pki::Language::en) + ")\n";
    text += key.name.substr(dot + 1) + " = " + toml_text(key.get(config)) + "\n";
  }
  text += "\n# Which operator a user of this machine is on the admin socket, as USER = \"OPERATOR\".\n";
  text += "[operators.local]\n";
  for (const auto& [user, name] : config.local_operators)
    text += toml_quoted(user) + " = " + toml_quoted(name) + "\n";
  return text + "\n" + std::string(kLastLine);
}

}  // namespace service
