#include "cli/review_words.h"

#include "core/exchange/quota.h"

namespace steelyard::cli {

using exchange::AgreementPhase;
using exchange::Ground;
using schemas::Role;
using schemas::SharingClass;
using schemas::VocabularyKind;

std::string date(Instant at) { return to_rfc3339(at).substr(0, 10); }

Text both(const std::string& text) { return {text, text}; }

Text named(const Text& names, const std::string& id) {
  const auto one = [&id](const std::string& name) { return name.empty() ? id : name + " (" + id + ")"; };
  return {one(names.zh), one(names.en)};
}

Text member_text(const exchange::Registry& registry, const MemberId& id) {
  const auto* known = registry.member(id);
  return named(known == nullptr ? Text{} : known->statement.names, id.text);
}

Text duty_text(const exchange::Registry& registry, const DutyId& id) {
  const auto* known = registry.duty(id);
  if (known == nullptr) return both(id.text);
  Text text = named(known->statement.names, id.text);
  const Text& source = known->statement.source_document;
  if (!source.zh.empty()) text.zh += "，" + source.zh;
  if (!source.en.empty()) text.en += ", " + source.en;
  return text;
}

Text term_text(const exchange::Registry& registry, VocabularyKind kind, const std::string& id) {
  const auto* known = registry.term(kind, id);
  if (known == nullptr) return both(id);
  Text text = named(known->statement.title, id);
  if (known->statement.valid_until) {
    const std::string end = date(*known->statement.valid_until);
    text.zh += "，有效至 " + end;
    text.en += ", until " + end;
  }
  return text;
}

Text dataset_text(const exchange::Registry& registry, const DatasetId& id) {
  const auto* known = registry.dataset(id);
  return named(known == nullptr ? Text{} : known->statement.title, id.text);
}

Text role_text(Role role) {
  switch (role) {
    case Role::kUser: return {"使用方", "user"};
    case Role::kOwner: return {"提供方", "owner"};
    case Role::kManager: return {"管理方", "manager"};
    default: return both(std::string(schemas::name_of(role)));
  }
}

Text phase_text(const exchange::AgreementRecord& record, Instant now) {
  const std::string en(exchange::name_of(record.phase));
  if (record.in_force && record.phase != AgreementPhase::kEnded && record.in_force->statement.valid_until &&
      *record.in_force->statement.valid_until <= now)
    return {"期满", "expired"};
  switch (record.phase) {
    case AgreementPhase::kProposed: return {"待批准", en};
    case AgreementPhase::kActive: return {"生效", en};
    case AgreementPhase::kSuspended: return {"中止", en};
    case AgreementPhase::kEnded: return {"终止", en};
    case AgreementPhase::kReturned: return {"退回补正", en};
    case AgreementPhase::kRefused: return {"不予同意", en};
    case AgreementPhase::kWithdrawn: return {"已撤回", en};
  }
  return both(en);
}

Text sharing_text(SharingClass sharing_class) {
  const std::string en(schemas::name_of(sharing_class));
  switch (sharing_class) {
    case SharingClass::kUnconditional: return {"无条件共享", en};
    case SharingClass::kConditional: return {"有条件共享", en};
    case SharingClass::kNotShared: return {"不予共享", en};
  }
  return both(en);
}

Text decision_text(schemas::Decision decision) {
  return decision == schemas::Decision::kFor ? Text{"应予同意", "for"} : Text{"不应同意", "against"};
}

Text fallen_text(const exchange::Fallen& fallen) {
  const std::string what = "`" + fallen.what + "`", other = "`" + fallen.other + "`";
  std::string zh;
  switch (fallen.ground) {
    case Ground::kDataset: zh = "数据集 " + what + " 未登记"; break;
    case Ground::kSharing: zh = "数据集 " + what + " 已改为不予共享"; break;
    case Ground::kField: zh = "数据集 " + other + " 已无字段 " + what; break;
    case Ground::kDatasetBasis:
    case Ground::kBasis: zh = "法律依据 " + what + " 不再有效"; break;
    case Ground::kPurpose: zh = "法律依据 " + other + " 不再支持用途 " + what; break;
    case Ground::kDatasetDuty:
    case Ground::kDuty:
      zh = fallen.other.empty() ? "职责 " + what + " 未登记" : "职责 " + what + " 已不属于 " + other;
      break;
  }
  return {zh, exchange::describe(fallen)};
}

Text joined(const std::vector<Text>& items) {
  Text text;
  for (const Text& item : items) {
    text.zh += (text.zh.empty() ? "" : "、") + item.zh;
    text.en += (text.en.empty() ? "" : ", ") + item.en;
  }
  return text;
}

Text validity_text(const schemas::Agreement& terms) {
  if (!terms.valid_until)
    return {date(terms.valid_from) + " 起，条件不变则长期有效",
            "from " + date(terms.valid_from) + " until conditions change"};
  return {date(terms.valid_from) + " 至 " + date(*terms.valid_until),
          date(terms.valid_from) + " to " + date(*terms.valid_until)};
}

Text purposes_text(const exchange::Registry& registry, const schemas::Agreement& terms) {
  std::vector<Text> items;
  for (const PurposeId& purpose : terms.purposes)
    items.push_back(term_text(registry, VocabularyKind::kPurpose, purpose.text));
  return joined(items);
}

Text actions_text(const std::vector<schemas::Action>& actions) {
  std::vector<Text> items;
  for (const schemas::Action action : actions) items.push_back(both(std::string(schemas::name_of(action))));
  return joined(items);
}

Text fields_text(const std::vector<FieldName>& fields) {
  std::vector<Text> items;
  for (const FieldName& field : fields) items.push_back(both(field.text));
  return joined(items);
}

Text rows_text(const schemas::Agreement& terms) {
  const std::string most = std::to_string(terms.rows_max), daily = std::to_string(terms.rows_per_day);
  Text text = terms.rows_max == 0 ? Text{"依目录", "as the catalogue says"}
                                  : Text{"每次至多 " + most + " 行", most + " in one answer"};
  if (terms.rows_per_day == 0) return text;
  text.zh += "，每日至多 " + daily + " 行";
  text.en += ", " + daily + " a day";
  if (terms.day_offset_minutes != schemas::kDayOffsetMinutes) {
    const std::string zone = "UTC" + exchange::day_offset_text(terms.day_offset_minutes);
    text.zh += "（按 " + zone + " 计日）";
    text.en += " (days of " + zone + ")";
  }
  return text;
}

}  // namespace steelyard::cli
