// steelyard member rename, recover, keep: next versions of a member's statement.
#include "cli/desk.h"
#include "cli/member.h"
#include "cli/statement_file.h"
#include "cli/statement_text.h"
#include "cli/verbs.h"
#include "core/crypto/key_file.h"

namespace steelyard::cli {
namespace {

using schemas::KeyUse;
using schemas::Role;
using schemas::StatementKind;

struct Options {
  Making making;
  std::string id, name_zh, name_en, office, recovery;
};

Result<const exchange::MemberRecord*> member_in(const exchange::Registry& registry, const std::string& id) {
  const exchange::MemberRecord* member = registry.member(MemberId(id));
  if (member == nullptr) return usage("there is no member `" + id + "`");
  return member;
}

Status rename(Terminal& terminal, const Options& options) {
  if (auto good = check_name(options.id); !good) return usage(good.error().what);
  TRY_ASSIGN(Desk desk, open_desk(terminal, options.making));
  TRY_ASSIGN(const exchange::MemberRecord* member, member_in(desk.registry(), options.id));
  schemas::Member body = member->statement;
  body.names = {options.name_zh, options.name_en};
  return make_statement(terminal, desk, options.making, StatementKind::kMember, options.id, Role::kRootManager,
                        std::move(body));
}

// Repeats what is in force: with the office key that is claimed to be lost, which therefore is not.
Status keep(Terminal& terminal, const Options& options) {
  TRY_ASSIGN(Desk desk, open_desk(terminal, options.making));
  const std::string id = desk.office.member.text;
  TRY_ASSIGN(const exchange::MemberRecord* member, member_in(desk.registry(), id));
  if (!member->claim) return usage("nobody claims another office key for `" + id + "`");
  return make_statement(terminal, desk, options.making, StatementKind::kMember, id, Role::kMember, member->statement);
}

// Connects with any folder of the member's; the office's own may be what is lost.
Status recover(Terminal& terminal, const Options& options) {
  TRY_ASSIGN(const client::Identity identity, read_home(options.making.home));
  TRY_ASSIGN(const Office office, read_office(options.office));
  if (office.member != identity.member)
    return usage("--office: " + options.office + " is an office of `" + office.member.text + "`, not of `" +
                 identity.member.text + "`");
  TRY_ASSIGN(const crypto::SigningKey recovery, crypto::read_signing_key(join(options.recovery, "recovery.key")));
  TRY(refuse_existing(options.making.out));
  TRY_ASSIGN(Session session, Session::connect(terminal, options.making.home));
  const exchange::Registry& registry = session.registry();
  const MemberId& id = identity.member;
  TRY_ASSIGN(const exchange::MemberRecord* member, member_in(registry, id.text));
  const exchange::RegisteredKey* registered_key = member->current(KeyUse::kRecovery);
  if (registered_key == nullptr || registered_key->key != recovery.public_key())
    return usage("--recovery: " + options.recovery + " has not the recovery key that `" + id.text + "` has registered");
  schemas::Member body = member->statement;
  for (schemas::Key& key : body.keys)
    if (key.use == KeyUse::kOffice) key = registered(KeyUse::kOffice, office.key.public_key());
  exchange::StatementBytes statement{
      draw_up(registry, StatementKind::kMember, id.text, id, Role::kRecovery, terminal.clock.wall(), body), {}};
  const auto sign = [&](Role role, const crypto::SigningKey& key) {
    return exchange::add_signature(statement,
                                   exchange::sign_statement(registry.suite(), statement.document, role, id, key));
  };
  TRY(sign(Role::kRecovery, recovery));
  TRY(sign(Role::kMember, office.key));
  if (id == registry.root_manager()) TRY(sign(Role::kRootManager, office.key));
  TRY(write_statement(options.making.out, statement));
  terminal.err
      << "the root manager signs " << options.making.out
      << " with `steelyard sign --role root-manager`, then `steelyard submit`; the new office key takes effect "
         "72 hours after that\n";
  return print_written(terminal, registry.suite(), statement, options.making.out);
}

}  // namespace

void register_member_keys(Command& noun) {
  auto renaming = std::make_shared<Options>();
  Command renames = noun.verb("rename", "draws up a member's new name; its own office must sign it, too",
                              "  steelyard member rename tax --name-zh 税务局 --name-en \"Tax Bureau\" \\\n"
                              "      --home data-bureau-office --out tax.statement\n");
  renames.required("id", renaming->id, "the member's id");
  renames.required("--name-zh", renaming->name_zh, "its name in Chinese");
  renames.required("--name-en", renaming->name_en, "its name in English");
  renaming->making.declare(renames);
  renames.runs([renaming](Terminal& terminal) { return rename(terminal, *renaming); });

  auto recovering = std::make_shared<Options>();
  Command recovers = noun.verb("recover", "claims a new office key in place of a lost one, with the recovery key",
                               "  steelyard keys make --office tax-new-office --member tax\n"
                               "  steelyard member recover --office tax-new-office --recovery tax-recovery \\\n"
                               "      --home tax-office --out tax.statement\n"
                               "  steelyard sign tax.statement --role root-manager --home data-bureau-office\n"
                               "  steelyard submit tax.statement --home data-bureau-office\n");
  recovers.home(recovering->making.home);
  recovers.required("--office", recovering->office, "folder of the new office");
  recovers.required("--recovery", recovering->recovery, "folder of the recovery key");
  recovers.required("--out", recovering->making.out, "the file that the root manager signs");
  recovers.runs([recovering](Terminal& terminal) { return recover(terminal, *recovering); });

  auto keeping = std::make_shared<Options>();
  Command keeps =
      noun.verb("keep", "stops a claim: your office key is not lost", "  steelyard member keep --home tax-office\n");
  keeping->making.declare(keeps);
  keeps.runs([keeping](Terminal& terminal) { return keep(terminal, *keeping); });
}

}  // namespace steelyard::cli
