#include "cli/explanation.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "cli/review_words.h"
#include "core/exchange/actions.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

namespace code = schemas::code;
using exchange::Explained;
using exchange::ExplainedField;
using exchange::Shown;
using schemas::Action;
using schemas::VocabularyKind;

std::vector<PurposeId> registered_purposes(const exchange::Registry& registry, Instant now) {
  std::vector<PurposeId> purposes;
  const std::string prefix = static_cast<char>(schemas::StatementKind::kVocabulary) + std::string("purpose/");
  for (const exchange::RegistryRow& row : registry.rows()) {
    const std::string_view key = as_text(row.key);
    if (!key.starts_with(prefix)) continue;
    PurposeId id(std::string(key.substr(prefix.size())));
    const auto* term = registry.term(VocabularyKind::kPurpose, id.text);
    if (term != nullptr && exchange::valid_during(term->statement, now)) purposes.push_back(std::move(id));
  }
  return purposes;
}

bool needs_agreement(const exchange::Registry& registry, const Asker& asker) {
  return asker.user != owner_of(asker.dataset) &&
         registry.dataset(asker.dataset)->statement.sharing_class == schemas::SharingClass::kConditional;
}

Way weigh(exchange::Gate& gate, const Asker& asker, AgreementId agreement, PurposeId purpose, Instant now) {
  Way way{std::move(agreement), std::move(purpose), {}};
  exchange::Question question;
  question.user = asker.user;
  question.application = asker.application;
  question.dataset = asker.dataset;
  question.purpose = way.purpose;
  question.agreement = way.agreement;
  for (std::size_t i = 0; i < kExplainedActions.size(); ++i) {
    question.action = kExplainedActions[i];
    way.by_action[i] = gate.explain(question, now);
  }
  return way;
}

std::string word_of(const ExplainedField& field) {
  switch (field.shown) {
    case Shown::kAsItIs:
    case Shown::kMasked: return "";
    case Shown::kNoMaskHolds: return "no-mask-holds";
    case Shown::kNotByMask: return "masked";
    case Shown::kNotInAgreement: return "not-in-agreement";
    case Shown::kForbidden: return "forbidden by " + fmt::format("{}", fmt::join(field.policies, ", "));
    case Shown::kNotPermitted: return "not-permitted";
    case Shown::kFailed: return "policy-error";
  }
  return "";
}

Text reason_text(const ExplainedField& field) {
  const std::string policies = fmt::format("`{}`", fmt::join(field.policies, "`, `"));
  switch (field.shown) {
    case Shown::kAsItIs:
    case Shown::kMasked: break;
    case Shown::kNoMaskHolds:
      return {"所要求的各项脱敏方式不能并用", "the masks that are asked for do not go together"};
    case Shown::kNotByMask: return {"该字段已脱敏，不可核验", "it is masked, so that nothing may be claimed of it"};
    case Shown::kNotInAgreement: return {"协议未列", "not named by the agreement"};
    case Shown::kForbidden: return {"被策略 " + policies + " 禁止", "forbidden by " + policies};
    case Shown::kNotPermitted: return {"没有策略允许", "no policy permits it"};
    case Shown::kFailed: return {"策略求值出错，全部不予提供", "deciding failed, and then nothing is given"};
  }
  return {};
}

Text action_text(Action action) {
  switch (action) {
    case Action::kVerify: return {"核验", "verify claims about"};
    case Action::kSubscribe: return {"订阅", "subscribe to"};
    default: return {"查询", "query"};
  }
}

// Actions that come to the same.
struct Alike {
  const Explained* explained;
  std::vector<Action> actions;
};

bool same(const Explained& a, const Explained& b) { return a.refused == b.refused && a.fields == b.fields; }

std::vector<Alike> alike_in(const Way& way) {
  std::vector<Alike> groups;
  for (std::size_t i = 0; i < kExplainedActions.size(); ++i) {
    const auto found = std::find_if(groups.begin(), groups.end(),
                                    [&](const Alike& group) { return same(*group.explained, way.by_action[i]); });
    if (found == groups.end())
      groups.push_back({&way.by_action[i], {kExplainedActions[i]}});
    else
      found->actions.push_back(kExplainedActions[i]);
  }
  return groups;
}

Text actions_text(const Alike& alike) {
  Text text;
  for (const Action action : alike.actions) {
    const Text one = action_text(action);
    text.zh += (text.zh.empty() ? "" : "、") + one.zh;
    text.en += (text.en.empty() ? "" : " or ") + one.en;
  }
  return text;
}

using Sentences = std::vector<Text>;

void say(Sentences& to, const Text& sentence) { to.push_back({sentence.zh + "。", sentence.en + "."}); }

struct Telling {
  const exchange::Registry& registry;
  const Asker& asker;
  const Way& way;
  Text who, what, under;
};

Telling telling_of(const exchange::Registry& registry, const Asker& asker, const Way& way) {
  Telling telling{registry, asker, way, member_text(registry, asker.user), dataset_text(registry, asker.dataset), {}};
  if (!way.purpose.empty()) {
    const Text purpose = term_text(registry, VocabularyKind::kPurpose, way.purpose.text);
    telling.under = {"为“" + purpose.zh + "”", " for " + purpose.en};
  }
  if (const auto* record = registry.agreement(way.agreement); record != nullptr && record->terms() != nullptr) {
    const Text valid = validity_text(*record->terms());
    telling.under.zh += "、依协议 " + way.agreement.text + "（" + valid.zh + "）";
    telling.under.en += " under the agreement " + way.agreement.text + " (" + valid.en + ")";
  }
  return telling;
}

void tell_limits(const Telling& telling, const Alike& alike, Sentences& text) {
  const Explained& explained = *alike.explained;
  if (exchange::takes_rows(alike.actions.front())) {
    schemas::Agreement limits;  // of both
    const auto* record = telling.registry.agreement(telling.way.agreement);
    if (record != nullptr && record->in_force) limits = record->in_force->statement;
    limits.rows_max = explained.rows_max;
    const Text rows = rows_text(limits);
    say(text, {rows.zh, "Rows: " + rows.en});
    const std::uint64_t of_dataset = telling.registry.dataset(telling.asker.dataset)->statement.rows_per_day;
    if (of_dataset != 0)
      say(text, {"该数据集对每一使用方每日至多 " + std::to_string(of_dataset) + " 行",
                 "The dataset gives one member " + std::to_string(of_dataset) + " a day"});
  }
  if (!explained.row_filter.empty())
    say(text, {"只含满足 `" + explained.row_filter + "` 的记录", "Only those where `" + explained.row_filter + "`"});
}

void tell_alike(const Telling& telling, const Alike& alike, Sentences& text) {
  const Explained& explained = *alike.explained;
  const Text verb = actions_text(alike);
  if (explained.refused != 0) {
    const auto* row = schemas::error_row(explained.refused);
    return say(text, {telling.who.zh + "不得" + telling.under.zh + verb.zh + " " + telling.what.zh + "：" +
                          std::string(row->zh),
                      telling.who.en + " may not " + verb.en + " " + telling.what.en + telling.under.en + ": " +
                          std::string(row->en)});
  }
  std::vector<FieldName> given;
  std::vector<std::pair<std::string, std::vector<FieldName>>> masked;
  std::vector<std::pair<Text, std::vector<FieldName>>> kept;
  const auto put = [](auto& groups, const auto& by, const FieldName& field) {
    auto found = std::find_if(groups.begin(), groups.end(), [&](const auto& group) { return group.first == by; });
    if (found == groups.end()) found = groups.insert(groups.end(), {by, {}});
    found->second.push_back(field);
  };
  for (const ExplainedField& field : explained.fields) {
    if (field.given()) given.push_back(field.field);
    if (field.shown == Shown::kMasked) put(masked, field.mask, field.field);
    if (!field.given()) put(kept, reason_text(field), field.field);
  }
  const Text all = fields_text(given);
  if (given.empty())
    say(text,
        {telling.who.zh + telling.under.zh + verb.zh + " " + telling.what.zh + " 时得不到任何字段",
         telling.who.en + " is given no field where it would " + verb.en + " " + telling.what.en + telling.under.en});
  else
    say(text, {telling.who.zh + "可" + telling.under.zh + verb.zh + " " + telling.what.zh + " 的 " + all.zh,
               telling.who.en + " may " + verb.en + " " + all.en + " of " + telling.what.en + telling.under.en});
  for (const auto& [mask, fields] : masked)
    say(text,
        {fields_text(fields).zh + " 以 `" + mask + "` 脱敏", "By the mask `" + mask + "`: " + fields_text(fields).en});
  for (const auto& [why, fields] : kept)
    say(text, {"不含 " + fields_text(fields).zh + "：" + why.zh, "Not " + fields_text(fields).en + ": " + why.en});
  if (!given.empty()) tell_limits(telling, alike, text);
}

}  // namespace

std::vector<Way> ways_of(const exchange::Registry& registry, exchange::Gate& gate, const Asker& asker,
                         const std::optional<PurposeId>& purpose, Instant now) {
  std::vector<Way> ways;
  for (const exchange::AgreementRecord* record : registry.agreements_of(asker.user, asker.dataset))
    for (const PurposeId& one : record->terms()->purposes)
      if (!purpose || one == *purpose) ways.push_back(weigh(gate, asker, record->id, one, now));
  std::sort(ways.begin(), ways.end(), [](const Way& a, const Way& b) {
    return std::tie(a.agreement, a.purpose) < std::tie(b.agreement, b.purpose);
  });
  if (!needs_agreement(registry, asker)) {
    const auto purposes = purpose ? std::vector<PurposeId>{*purpose} : registered_purposes(registry, now);
    for (const PurposeId& one : purposes) {
      const bool agreed = std::any_of(ways.begin(), ways.end(), [&](const Way& way) { return way.purpose == one; });
      if (!agreed) ways.push_back(weigh(gate, asker, {}, one, now));
    }
  }
  if (!ways.empty()) return ways;
  Way none;
  for (Explained& explained : none.by_action)
    explained.refused = purpose ? code::purpose_not_agreed : code::no_agreement;
  return {std::move(none)};
}

std::string cell_of(const Explained& explained, std::size_t place) {
  if (explained.refused != 0 || !explained.fields[place].given()) return "no";
  const ExplainedField& field = explained.fields[place];
  return field.shown == Shown::kMasked ? "masked: " + field.mask : "yes";
}

std::string why_of(const Way& way, std::size_t place) {
  ErrorCode refused = 0;
  bool given = false;
  for (const Explained& explained : way.by_action) {
    if (explained.refused != 0) {
      if (refused == 0 || refused == code::action_not_agreed) refused = explained.refused;
    } else if (explained.fields[place].given()) {
      given = true;
    } else {
      return word_of(explained.fields[place]);
    }
  }
  return given ? "" : std::string(schemas::slug_of(refused));
}

std::vector<schemas::Text> sentences_of(const exchange::Registry& registry, const Asker& asker, const Way& way) {
  const Telling telling = telling_of(registry, asker, way);
  Sentences sentences;
  for (const Alike& alike : alike_in(way)) tell_alike(telling, alike, sentences);
  return sentences;
}

}  // namespace steelyard::cli
