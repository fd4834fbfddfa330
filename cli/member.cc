// steelyard member: admits members; lists and shows them.
#include "cli/member.h"
#include "cli/desk.h"
#include "cli/statement_text.h"
#include "cli/verbs.h"
#include "core/base/limits.h"

namespace steelyard::cli {
namespace {

struct Options {
  Making making;
  std::string id, name_zh, name_en;
  std::vector<std::string> keys;
};

Status add(Terminal& terminal, const Options& options) {
  if (auto good = check_name(options.id); !good) return usage(good.error().what);
  schemas::Member body;
  body.names = {options.name_zh, options.name_en};
  body.valid_from = terminal.clock.wall();
  for (const std::string& path : options.keys) {
    TRY_ASSIGN(const PublicKeys read, read_public_keys(path));
    if (read.member.text != options.id)
      return usage(path + " holds the keys of `" + read.member.text + "`, not of `" + options.id + "`");
    body.keys.insert(body.keys.end(), read.keys.begin(), read.keys.end());
  }
  TRY_ASSIGN(Desk desk, open_desk(terminal, options.making));
  return make_statement(terminal, desk, options.making, schemas::StatementKind::kMember, options.id,
                        schemas::Role::kRootManager, std::move(body));
}

Table list(const exchange::Registry& registry, Instant now) {
  Table table{{"member", "name_zh", "name_en", "valid", "entry"}, {}};
  for (const MemberId& id : registry.members()) {
    const exchange::MemberRecord& member = *registry.member(id);
    table.rows.push_back({id, member.statement.names.zh, member.statement.names.en, registry.member_valid(id, now),
                          index_value(member.number)});
  }
  return table;
}

Result<json::Value> show(const exchange::Registry& registry, const std::string& id, Instant) {
  const exchange::MemberRecord* member = registry.member(MemberId(id));
  if (member == nullptr) return usage("there is no member `" + id + "`");
  json::Value value = describe_body(member->statement);
  value.set("entry", index_value(member->number));
  if (member->claim)
    value.set("office_key_claimed",
              json::object({{"entry", index_value(member->claim->number)},
                            {"since", to_rfc3339(member->claim->since)},
                            {"takes_effect", to_rfc3339(member->claim->since + limits::kRecoveryWait)}}));
  return value;
}

}  // namespace

void register_member(Command& root) {
  Command noun = root.verb("member", "admits members to the network; lists and shows them");
  auto options = std::make_shared<Options>();
  Command command = noun.verb("add", "draws up the statement that admits a member; its own office must sign it, too",
                              "  steelyard member add tax --name-zh 税务局 --name-en \"Tax Service\" \\\n"
                              "      --keys tax-office/public.json --keys tax-adapter/public.json \\\n"
                              "      --home data-bureau-office --out tax.statement\n"
                              "  steelyard sign tax.statement --home tax-office\n"
                              "  steelyard submit tax.statement --home data-bureau-office\n");
  command.required("id", options->id, "the member's id");
  command.required("--name-zh", options->name_zh, "its name in Chinese");
  command.required("--name-en", options->name_en, "its name in English");
  command.required("--keys", options->keys, "public.json of its office, of its adapter, and of its recovery key");
  options->making.declare(command);
  command.runs([options](Terminal& terminal) { return add(terminal, *options); });
  register_member_keys(noun);
  declare_list(noun, "the members", list);
  declare_show(noun, "a member with its keys", show);
}

}  // namespace steelyard::cli
