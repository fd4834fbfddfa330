// steelyard agreement pending, review: what waits, and the page to read before signing.
#include "cli/agreement.h"
#include "cli/folder.h"
#include "cli/pending.h"
#include "cli/review_page.h"
#include "cli/statement_text.h"
#include "cli/verbs.h"

namespace steelyard::cli {
namespace {

struct PendingOptions {
  std::string home;
  bool mine = false;
};

// Said to people; what it says stands in the table, too.
void remind(Terminal& terminal, std::size_t mine, std::size_t overdue) {
  if (mine == 0) return;
  terminal.err << "有 " << mine << " 项待贵方办理";
  if (overdue != 0) terminal.err << "，其中 " << overdue << " 项已逾期";
  terminal.err << " / " << mine << (mine == 1 ? " waits" : " wait") << " for you";
  if (overdue != 0) terminal.err << ", " << overdue << " past the deadline";
  terminal.err << "\n";
}

Status pending(Terminal& terminal, const PendingOptions& options) {
  TRY_ASSIGN(const WorkingDays days, WorkingDays::read(options.home));
  TRY_ASSIGN(const client::Identity identity, read_home(options.home));
  TRY_ASSIGN(Session session, Session::connect(terminal, options.home));
  Table table{
      {"agreement", "waits_for", "role", "member", "since", "due", "working_days", "overdue", "escalated", "decision"},
      {}};
  std::size_t mine = 0, overdue = 0;
  for (const Waits& one : all_waits(session.registry(), terminal.clock.wall(), days)) {
    const bool own = one.member == identity.member;
    mine += own ? 1 : 0;
    overdue += own && one.overdue > 0 ? 1 : 0;
    if (options.mine && !own) continue;
    const auto& escalated = one.escalated;
    table.rows.push_back(
        {one.agreement, one.what, schemas::name_of(one.role), one.member, to_rfc3339(one.since), date_text(one.due),
         one.waited, one.overdue, escalated ? index_value(escalated->number) : json::Value(),
         escalated && escalated->decision ? json::Value(schemas::name_of(*escalated->decision)) : json::Value()});
  }
  print(terminal, table);
  remind(terminal, mine, overdue);
  return {};
}

struct ReviewOptions {
  std::string home, id, html, language = "both";
};

Status review(Terminal& terminal, const ReviewOptions& options) {
  if (auto good = check_name(options.id); !good) return usage(good.error().what);
  Language language = Language::kBoth;
  if (options.language == "zh")
    language = Language::kZh;
  else if (options.language == "en")
    language = Language::kEn;
  else if (options.language != "both")
    return usage("--language: zh, en or both");
  if (!options.html.empty()) TRY(refuse_existing(options.html));
  TRY_ASSIGN(Session session, Session::connect(terminal, options.home));
  TRY_ASSIGN(const exchange::AgreementRecord* record, agreement_in(session.registry(), options.id));
  const Review made = review_of(session.registry(), *record, terminal.clock.wall());
  if (!options.html.empty()) {
    TRY(write_text(options.html, review_html(made, language)));
    print(terminal,
          json::object({{"agreement", options.id}, {"digest", to_hex(made.digest.view())}, {"html", options.html}}));
    return {};
  }
  if (terminal.output == Output::kTable)
    terminal.out << review_text(made, language);
  else
    print(terminal, review_json(made));
  return {};
}

}  // namespace

void register_views(Command& noun) {
  auto waiting = std::make_shared<PendingOptions>();
  Command pending_verb = noun.verb("pending", "what waits on whom, since when, and what is overdue in working days",
                                   "  steelyard agreement pending --mine --home civil-affairs-office\n");
  pending_verb.home(waiting->home);
  pending_verb.flag("--mine", waiting->mine, "only what waits for you");
  pending_verb.runs([waiting](Terminal& terminal) { return pending(terminal, *waiting); });

  auto reviewing = std::make_shared<ReviewOptions>();
  Command review_verb = noun.verb("review", "all there is to look at before signing, on one page",
                                  "  steelyard agreement review tax-relief --home civil-affairs-office\n"
                                  "  steelyard agreement review tax-relief --html tax-relief.html --home tax-office\n");
  review_verb.home(reviewing->home);
  review_verb.required("id", reviewing->id, "the agreement's id");
  review_verb.option("--html", reviewing->html, "write the page to this file");
  review_verb.option("--language", reviewing->language, "zh, en or both");
  review_verb.runs([reviewing](Terminal& terminal) { return review(terminal, *reviewing); });
}

}  // namespace steelyard::cli
