// steelyard-kill-oracle: see oracle.h.
//
//   steelyard-kill-oracle --store DIR --head FILE [--held FILE]... [--owner NAME=STATE_DIR]...
//                         [--user NAME=STATE_DIR=JOURNAL]... [--quiesced yes]
//
// Prints each finding as `slug: what`, then one JSON line of counts. Exit 0: nothing found; 1: findings; 3: unreadable.
#include <cstdio>

#include <fmt/format.h>

#include "core/json/json.h"
#include "tests/kill/oracle.h"

namespace steelyard::kill {
namespace {

constexpr std::size_t kPrintedOfOneSlug = 5;

struct Options {
  std::string store, head;
  std::vector<std::string> held;
  std::vector<std::vector<std::string>> owners, users;
  bool quiesced = false;
};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == '=')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

bool parse(int count, char** values, Options& options) {
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = values[i], value = values[i + 1];
    if (name == "--store")
      options.store = value;
    else if (name == "--head")
      options.head = value;
    else if (name == "--held")
      options.held.push_back(value);
    else if (name == "--quiesced")
      options.quiesced = value == "yes";
    else if (name == "--owner")
      options.owners.push_back(split(value));
    else if (name == "--user")
      options.users.push_back(split(value));
    else
      return false;
  }
  for (const auto& owner : options.owners)
    if (owner.size() != 2) return false;
  for (const auto& user : options.users)
    if (user.size() != 3) return false;
  return count % 2 == 1 && !options.store.empty() && !options.head.empty();
}

json::Value as_json(const Counts& counts, const Findings& findings) {
  return json::object({{"entries", counts.entries},
                       {"exchanges", counts.exchanges},
                       {"answered", counts.answered},
                       {"refused", counts.refused},
                       {"open", counts.open},
                       {"ledger_lines", counts.ledger_lines},
                       {"answers_lost", counts.answers_lost},
                       {"delivered", counts.delivered},
                       {"kept", counts.kept},
                       {"receipts", counts.receipts},
                       {"handed_over", counts.handed_over},
                       {"rejected", counts.rejected},
                       {"timed_out", counts.timed_out},
                       {"limited", counts.limited},
                       {"quota_refused", counts.quota_refused},
                       {"findings", findings.all().size()}});
}

Result<bool> run(const Options& options) {
  Findings findings;
  TRY_ASSIGN(const Log log, read_log(options.store, options.head, options.held, findings));
  Ledgers ledgers;
  for (const auto& owner : options.owners) TRY(read_ledger(owner[0], owner[1], ledgers, findings));
  std::vector<Party> parties;
  for (const auto& user : options.users) {
    TRY_ASSIGN(Party party, read_party(user[0], user[1], user[2], findings));
    parties.push_back(std::move(party));
  }
  TRY_ASSIGN(const Counts counts, Oracle(log, ledgers, parties, findings).judge(options.quiesced));
  std::map<std::string, std::size_t> printed;
  for (const Finding& finding : findings.all())
    if (++printed[finding.slug] <= kPrintedOfOneSlug) fmt::print("{}: {}\n", finding.slug, finding.what);
  for (const auto& [slug, count] : printed)
    if (count > kPrintedOfOneSlug) fmt::print("{}: and {} more\n", slug, count - kPrintedOfOneSlug);
  fmt::print("{}\n", json::dump(as_json(counts, findings)));
  return findings.all().empty();
}

}  // namespace
}  // namespace steelyard::kill

int main(int count, char** values) {
  using namespace steelyard;
  kill::Options options;
  if (!kill::parse(count, values, options)) {
    std::fprintf(stderr, "usage: see the head of tests/kill/oracle_main.cc\n");
    return 2;
  }
  const auto whole = kill::run(options);
  if (!whole) {
    std::fprintf(stderr, "steelyard-kill-oracle: %s\n", whole.error().what.c_str());
    return 3;
  }
  return *whole ? 0 : 1;
}
