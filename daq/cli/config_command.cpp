#include <iostream>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daq/base/error.hpp"
#include "daq/cli/command.hpp"
#include "daq/cli/explain.hpp"

namespace spillway::cli {
namespace {

struct Options {
  std::string key;
  bool markdown = false;
  bool json = false;
};

nlohmann::ordered_json to_json(const detectors::ExplainedKey& key) {
  return {{"section", key.section},
          {"key", key.spec.key},
          {"type", type_name(key.spec.type)},
          {"unit", key.spec.unit},
          {"default", key.spec.fallback.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(key.spec.fallback)},
          {"meaning", key.spec.meaning}};
}

int explain_keys(const Options& options, Call& call) {
  const auto all = detectors::all_keys();
  const auto keys = matching_keys(all, options.key);
  if (keys.empty()) {
    const std::string near = nearest_key(all, options.key);
    throw Error(fmt::format("there is no key `{}`; {}`spillway config --explain` prints all", options.key,
                            near.empty() ? "" : fmt::format("did you mean `{}`? ", near)));
  }
  if (options.json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const auto& key : keys) list.push_back(to_json(key));
    call.out << list.dump(2) << '\n';
  } else if (options.markdown) {
    explain_markdown(keys, call.out);
  } else {
    explain(keys, call.out);
  }
  return kOk;
}

}  // namespace

Action define_config(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--explain", options->key, "Print type, unit, default and meaning of a key, or of all")
      ->type_name("[KEY]")
      ->expected(0, 1);
  app.add_flag("--markdown", options->markdown, "Print docs/configuration.md");
  app.add_flag("--json", options->json, "Print a JSON list of {section, key, type, unit, default, meaning}");
  return [options](Call& call) { return explain_keys(*options, call); };
}

}  // namespace spillway::cli
