// Completion scripts: which command the line has come to, and what may follow there.

#include <algorithm>
#include <functional>
#include <set>

#include "cli/command_tree.h"

namespace cli {

namespace {

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text)
    result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

// Options that stand on every command, and those of the command itself.
std::vector<const OptionHelp*> options_of(const CommandHelp& tree, const CommandHelp& command) {
  std::vector<const OptionHelp*> options;
  const auto add = [&options](const CommandHelp& from) {
    for (const OptionHelp& option : from.options) {
      const bool is_there = std::ranges::any_of(
          options, [&option](const OptionHelp* other) { return other->names == option.names; });
      if (!is_there) options.push_back(&option);
    }
  };
  add(command);
  add(tree);
  return options;
}

// "'resident'|'resident add'|…": the words that lead to a command.
std::string paths_of(const CommandHelp& tree) {
  std::string patterns;
  for (const CommandHelp* command : all_commands(tree))
    if (command->path.size() > 1) patterns += (patterns.empty() ? "" : "|") + quoted(command->words());
  return patterns;
}

// "--data|--socket|…": the options whose value is the next word.
std::string value_options_of(const CommandHelp& tree) {
  std::set<std::string> names;
  for (const CommandHelp* command : all_commands(tree))
    for (const OptionHelp& option : command->options)
      if (option.takes_value && !option.is_positional) names.insert(option.names.begin(), option.names.end());
  std::string patterns;
  for (const std::string& name : names)
    patterns += (patterns.empty() ? "" : "|") + name;
  return patterns;
}

std::string bash_words(const CommandHelp& tree, const CommandHelp& command) {
  std::string words;
  const auto add = [&words](const std::string& word) { words += (words.empty() ? "" : " ") + word; };
  for (const CommandHelp& sub : command.commands)
    add(sub.path.back());
  for (const OptionHelp* option : options_of(tree, command)) {
    if (option->is_positional) std::ranges::for_each(option->choices, add);
    if (!option->is_positional) std::ranges::for_each(option->names, add);
  }
  return words;
}

// A case for each option of a command whose values are known: its pattern, "'resident add|--sex'", and what
// `action` makes of the values.
std::string value_cases(const CommandHelp& tree,
                        const std::function<std::string(const std::vector<std::string>&)>& action) {
  std::string cases;
  for (const CommandHelp* command : all_commands(tree))
    for (const OptionHelp* option : options_of(tree, *command)) {
      if (option->is_positional || option->choices.empty()) continue;
      std::string pattern;
      for (const std::string& name : option->names)
        pattern += (pattern.empty() ? "" : "|") + quoted(command->words() + "|" + name);
      cases += "    " + pattern + ") " + action(option->choices) + "; return ;;\n";
    }
  return cases;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : " ") + word;
  return text;
}

// 'name:text' as _describe wants it.
std::string zsh_item(const std::string& name, const std::string& text) {
  std::string item;
  for (const char c : name)
    item += c == ':' ? std::string("\\:") : std::string(1, c);
  return quoted(item + ":" + text);
}

}  // namespace

std::string bash_completion(const CommandHelp& tree) {
  std::string script =
      "# bash completion for jpki, made by `jpki completion bash`.\n"
      "_jpki() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= words= i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case ${COMP_WORDS[i-1]} in\n"
      "      " +
      value_options_of(tree) +
      ") continue ;;\n"
      "    esac\n"
      "    case ${command:+$command }${COMP_WORDS[i]} in\n"
      "      " +
      paths_of(tree) +
      ") command=${command:+$command }${COMP_WORDS[i]} ;;\n"
      "    esac\n"
      "  done\n"
      "  COMPREPLY=()\n"
      "  case \"$command|$before\" in\n" +
      value_cases(tree,
                  [](const std::vector<std::string>& choices) {
                    return "mapfile -t COMPREPLY < <(compgen -W " + quoted(joined(choices)) +
                           " -- \"$word\")";
                  }) +
      "  esac\n"
      "  case $before in\n"
      "    " +
      value_options_of(tree) +
      ") return ;;\n"
      "  esac\n"
      "  case $command in\n";
  for (const CommandHelp* command : all_commands(tree))
    script += "    " + quoted(command->words()) + ") words=" + quoted(bash_words(tree, *command)) + " ;;\n";
  return script +
         "  esac\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
         "}\n"
         "complete -o default -F _jpki jpki\n";
}

std::string zsh_completion(const CommandHelp& tree) {
  std::string script =
      "#compdef jpki\n"
      "# zsh completion for jpki, made by `jpki completion zsh`.\n"
      "_jpki() {\n"
      "  local command= i\n"
      "  local -a commands options\n"
      "  for ((i = 2; i < CURRENT; i++)); do\n"
      "    case ${words[i-1]} in\n"
      "      " +
      value_options_of(tree) +
      ") continue ;;\n"
      "    esac\n"
      "    case ${command:+$command }${words[i]} in\n"
      "      " +
      paths_of(tree) +
      ") command=\"${command:+$command }${words[i]}\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$command|${words[CURRENT-1]}\" in\n" +
      value_cases(tree,
                  [](const std::vector<std::string>& choices) { return "compadd -- " + joined(choices); }) +
      "  esac\n"
      "  case ${words[CURRENT-1]} in\n"
      "    " +
      value_options_of(tree) +
      ") _files; return ;;\n"
      "  esac\n"
      "  case $command in\n";
  for (const CommandHelp* command : all_commands(tree)) {
    std::string commands, options;
    for (const CommandHelp& sub : command->commands)
      commands += " " + zsh_item(sub.path.back(), sub.text);
    for (const OptionHelp* option : options_of(tree, *command)) {
      if (option->is_positional) {
        for (const std::string& choice : option->choices)
          commands += " " + zsh_item(choice, option->text);
        continue;
      }
      for (const std::string& name : option->names)
        options += " " + zsh_item(name, option->text);
    }
    script +=
        "    " + quoted(command->words()) + ") commands=(" + commands + " ); options=(" + options + " ) ;;\n";
  }
  return script +
         "  esac\n"
         "  if [[ ${words[CURRENT]} == -* ]]; then\n"
         "    _describe -o option options\n"
         "  elif (( ${#commands} )); then\n"
         "    _describe command commands\n"
         "  else\n"
         "    _files\n"
         "  fi\n"
         "}\n"
         "if [[ $funcstack[1] == _jpki ]]; then _jpki \"$@\"; else compdef _jpki jpki; fi\n";
}

namespace {

std::string fish_quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') result += '\\';
    result += c;
  }
  return result + "'";
}

std::string fish_option(const OptionHelp& option) {
  std::string text;
  for (const std::string& name : option.names)
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (!option.choices.empty())
    text += " -x -a " + fish_quoted(joined(option.choices));
  else if (option.takes_value)
    text += " -r -F";
  return text + " -d " + fish_quoted(option.text);
}

// A list of words, quoted, for fish's `contains`.
std::string fish_list(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words)
    text += " " + fish_quoted(word);
  return text;
}

std::vector<std::string> value_option_names(const CommandHelp& tree) {
  std::set<std::string> names;
  for (const CommandHelp* command : all_commands(tree))
    for (const OptionHelp& option : command->options)
      if (option.takes_value && !option.is_positional) names.insert(option.names.begin(), option.names.end());
  return {names.begin(), names.end()};
}

}  // namespace

std::string fish_completion(const CommandHelp& tree) {
  std::vector<std::string> paths;
  for (const CommandHelp* command : all_commands(tree))
    if (command->path.size() > 1) paths.push_back(command->words());
  std::string script =
      "# fish completion for jpki, made by `jpki completion fish`.\n"
      "function __jpki_at\n"
      "  set -l command\n"
      "  set -l value 0\n"
      "  set -l tokens (commandline -opc)\n"
      "  for token in $tokens[2..-1]\n"
      "    if test $value = 1\n"
      "      set value 0\n"
      "    else if contains -- $token" +
      fish_list(value_option_names(tree)) +
      "\n"
      "      set value 1\n"
      "    else if contains -- (string join ' ' $command $token)" +
      fish_list(paths) +
      "\n"
      "      set command $command $token\n"
      "    end\n"
      "  end\n"
      "  test \"$command\" = \"$argv[1]\"\n"
      "end\n";
  for (const CommandHelp* command : all_commands(tree)) {
    const std::string at = "complete -c jpki -n " + fish_quoted("__jpki_at " + fish_quoted(command->words()));
    for (const CommandHelp& sub : command->commands)
      script += at + " -f -a " + fish_quoted(sub.path.back()) + " -d " + fish_quoted(sub.text) + "\n";
    for (const OptionHelp* option : options_of(tree, *command)) {
      if (!option->is_positional)
        script += at + fish_option(*option) + "\n";
      else if (!option->choices.empty())
        script +=
            at + " -f -a " + fish_quoted(joined(option->choices)) + " -d " + fish_quoted(option->text) + "\n";
    }
  }
  return script;
}

}  // namespace cli
