// steelyard-hostile: plays one attack of tests/hostile/cases.toml against the broker of a world, for hostile.py.
//
//   steelyard-hostile --world DIR [--long] ATTACK       one JSON object: what was told, how often, what was closed
//   steelyard-hostile --world DIR neighbour MS          asks every MS milliseconds until SIGTERM; a line per question
//   steelyard-hostile --list                            the names of all attacks
// Exit: 0 the attack was played, whatever came of it; 2 wrong usage; 3 it could not be played, the sentence on stderr.
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "core/json/json.h"
#include "tests/hostile/stage.h"

namespace steelyard::hostile {
namespace {

Attacks all_attacks() {
  Attacks all;
  add_transport(all);
  add_credentials(all);
  add_messages(all);
  add_flatbuffers(all);
  add_flips(all);
  add_signatures(all);
  add_replay(all);
  add_answers(all);
  add_catalogue(all);
  add_costly(all);
  add_floods(all);
  add_helpers(all);
  add_troubles(all);
  return all;
}

void print(const Seen& seen) {
  json::Value told = json::object();
  for (const auto& [what, times] : seen.told) told.set(what, std::uint64_t{times});
  json::Value alarms = json::object();
  for (const auto& [code, times] : seen.alarms) alarms.set(code, std::uint64_t{times});
  std::printf("%s\n", json::dump(json::object({{"told", told},
                                               {"alarms", alarms},
                                               {"done", std::uint64_t{seen.done}},
                                               {"closed", std::uint64_t{seen.closed}},
                                               {"note", seen.note}}))
                          .c_str());
}

int fail_with(const Error& error) {
  std::fprintf(stderr, "steelyard-hostile: %s\n", error.what.c_str());
  return 3;
}

int play(const std::string& world, bool long_form, std::string_view name, const char* argument) {
  Stage stage(world, long_form);
  if (auto opened = stage.open(); !opened) return fail_with(opened.error());
  if (name == "neighbour") {
    const auto asked = ask_steadily(stage, milliseconds(std::atoi(argument == nullptr ? "5" : argument)));
    return asked ? 0 : fail_with(asked.error());
  }
  const Attacks attacks = all_attacks();
  const auto attack = attacks.find(std::string(name));
  if (attack == attacks.end()) {
    std::fprintf(stderr, "steelyard-hostile: no attack `%s`; --list names all\n", std::string(name).c_str());
    return 2;
  }
  Seen seen;
  if (auto played = attack->second(stage, seen); !played) return fail_with(played.error());
  print(seen);
  return 0;
}

}  // namespace
}  // namespace steelyard::hostile

int main(int count, char** values) {
  using namespace steelyard::hostile;
  std::string world;
  bool long_form = false;
  std::string_view name;
  const char* argument = nullptr;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = values[i];
    if (word == "--list") {
      for (const auto& [each, attack] : all_attacks()) std::printf("%s\n", each.c_str());
      return 0;
    }
    if (word == "--long")
      long_form = true;
    else if (word == "--world" && i + 1 < count)
      world = values[++i];
    else if (name.empty())
      name = word;
    else
      argument = values[i];
  }
  if (world.empty() || name.empty()) {
    std::fprintf(stderr, "usage: see the head of tests/hostile/main.cc\n");
    return 2;
  }
  return play(world, long_form, name, argument);
}
