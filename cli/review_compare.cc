#include "cli/review_sections.h"

#include <algorithm>

#include "cli/review_words.h"

namespace steelyard::cli {
using exchange::AgreementPhase;
using exchange::AgreementRecord;
using schemas::Agreement;
using schemas::CatalogueField;
using schemas::Role;
using schemas::VocabularyKind;

namespace {

constexpr std::size_t kRowsShown = 50;  // of what others hold: a page is read, a list is not

template <class T>
bool contains(const std::vector<T>& all, const T& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

Text masks(const Agreement& terms) {
  std::vector<Text> items;
  for (const auto& [field, mask] : terms.masks) items.push_back(both(field.text + ": " + mask));
  return items.empty() ? Text{"无", "none"} : joined(items);
}

std::vector<FieldName> identifiers_of(const exchange::Registry& registry, const DatasetId& id) {
  std::vector<FieldName> made;
  if (const auto* dataset = registry.dataset(id))
    for (const CatalogueField& field : dataset->statement.fields)
      if (field.identifier) made.push_back(field.name);
  return made;
}

std::vector<FieldName> beyond(const std::vector<FieldName>& all, const std::vector<FieldName>& known) {
  std::vector<FieldName> made;
  for (const FieldName& one : all)
    if (!contains(known, one)) made.push_back(one);
  return made;
}

template <class Use>
void for_each_active(const Reviewed& of, Use use) {
  for (const AgreementId& id : of.registry.agreements()) {
    const AgreementRecord& other = *of.registry.agreement(id);
    if (id != of.record.id && other.phase == AgreementPhase::kActive &&
        exchange::valid_during(other.in_force->statement, of.now))
      use(other.in_force->statement);
  }
}

void add(ReviewSection& to, std::vector<Text> row) {
  if (to.rows.size() < kRowsShown)
    to.rows.push_back(std::move(row));
  else
    ++to.left_out;
}

void add_escalation(ReviewSection& to, Role silent, const exchange::Escalation& escalation) {
  const Text role = role_text(silent);
  Text value = both(date(escalation.since));
  if (escalation.decision) {
    const Text word = decision_text(*escalation.decision);
    value.zh += "，管理方意见：" + word.zh + (escalation.why.zh.empty() ? "" : "，" + escalation.why.zh);
    value.en += ", the manager is " + word.en + (escalation.why.en.empty() ? "" : ": " + escalation.why.en);
  }
  to.lines.push_back({"escalated_" + std::string(schemas::name_of(silent)),
                      {role.zh + "逾期未复，已上报", "silence of the " + role.en + ", escalated"},
                      value});
}

}  // namespace

// What this user already holds about the same identifier: what a joined picture of a person would be made of.
ReviewSection held_section(const Reviewed& of) {
  ReviewSection made{"held",
                     {"使用方就同一标识已有的数据", "What the user already holds about the same identifier"},
                     {"无", "nothing"}};
  made.columns = {{"agreement", {"协议", "agreement"}},
                  {"dataset", {"数据集", "dataset"}},
                  {"identifier", {"标识", "identifier"}},
                  {"fields", {"字段", "fields"}}};
  const std::vector<FieldName> identifiers = identifiers_of(of.registry, of.terms.dataset);
  for_each_active(of, [&](const Agreement& other) {
    if (other.user != of.terms.user) return;
    std::vector<FieldName> shared;
    for (const FieldName& name : identifiers_of(of.registry, other.dataset))
      if (contains(identifiers, name)) shared.push_back(name);
    if (shared.empty()) return;
    add(made, {both(other.agreement.text), dataset_text(of.registry, other.dataset), fields_text(shared),
               fields_text(other.fields)});
  });
  return made;
}

ReviewSection similar_section(const Reviewed& of) {
  ReviewSection made{
      "similar", {"其他使用方的同类协议", "What similar agreements of others got"}, {"无", "there are none"}};
  made.columns = {{"agreement", {"协议", "agreement"}}, {"user", {"使用方", "user"}},
                  {"dataset", {"数据集", "dataset"}},   {"purposes", {"用途", "purposes"}},
                  {"fields", {"字段", "fields"}},       {"rows", {"行数", "rows"}}};
  for_each_active(of, [&](const Agreement& other) {
    if (other.user == of.terms.user) return;
    const bool same_purpose = std::any_of(other.purposes.begin(), other.purposes.end(),
                                          [&](const PurposeId& one) { return contains(of.terms.purposes, one); });
    if (other.dataset != of.terms.dataset && !same_purpose) return;
    add(made,
        {both(other.agreement.text), member_text(of.registry, other.user), dataset_text(of.registry, other.dataset),
         purposes_text(of.registry, other), fields_text(other.fields), rows_text(other)});
  });
  return made;
}

ReviewSection difference_section(const Reviewed& of) {
  ReviewSection made{
      "difference", {"与生效版本的差别", "Difference from the version in force"}, {"无差别", "no difference"}};
  if (!of.record.in_force || !of.record.proposed) {
    made.none = of.record.in_force ? Text{"没有待批准的新版本", "no later version waits"}
                                   : Text{"尚无生效版本", "no version has been in force"};
  } else {
    const Agreement& old = of.record.in_force->statement;
    const auto differ = [&](const Text& what, const Text& before, const Text& after) {
      if (before != after) made.rows.push_back({what, before, after});
    };
    differ({"使用方", "user"}, member_text(of.registry, old.user), member_text(of.registry, of.terms.user));
    differ({"提供方", "owner"}, member_text(of.registry, old.owner), member_text(of.registry, of.terms.owner));
    differ({"管理方", "manager"}, member_text(of.registry, old.manager), member_text(of.registry, of.terms.manager));
    differ({"数据集", "dataset"}, dataset_text(of.registry, old.dataset), dataset_text(of.registry, of.terms.dataset));
    differ({"职责", "duty"}, both(old.user_duty.text), both(of.terms.user_duty.text));
    differ({"法律依据", "legal basis"}, both(old.legal_basis.text), both(of.terms.legal_basis.text));
    differ({"用途", "purposes"}, purposes_text(of.registry, old), purposes_text(of.registry, of.terms));
    differ({"增加的字段", "fields added"}, {}, fields_text(beyond(of.terms.fields, old.fields)));
    differ({"减少的字段", "fields taken away"}, fields_text(beyond(old.fields, of.terms.fields)), {});
    differ({"操作", "actions"}, actions_text(old.actions), actions_text(of.terms.actions));
    differ({"脱敏", "masks"}, masks(old), masks(of.terms));
    differ({"行过滤", "row filter"}, both(old.row_filter), both(of.terms.row_filter));
    differ({"行数", "rows"}, rows_text(old), rows_text(of.terms));
    differ({"期限", "validity"}, validity_text(old), validity_text(of.terms));
    differ({"双方职责与条件", "conditions and duties"}, old.terms, of.terms.terms);
  }
  made.columns = {{"what", {"事项", "what"}}, {"before", {"原", "before"}}, {"now", {"现", "now"}}};
  return made;
}

ReviewSection progress_section(const Reviewed& of) {
  ReviewSection made{"progress", {"进展", "How it stands"}};
  made.lines.push_back({"phase", {"状态", "phase"}, phase_text(of.record, of.now)});
  if (!of.record.reason.empty())
    made.lines.push_back(
        {"reason", {"理由", "reason"}, term_text(of.registry, VocabularyKind::kReason, of.record.reason.text)});
  if (of.record.proposed) {
    std::vector<Text> approved, missing;
    for (const Role role : {Role::kUser, Role::kOwner, Role::kManager})
      (of.record.approved.contains(role) ? approved : missing).push_back(role_text(role));
    made.lines.push_back({"approved", {"已批准", "approved by"}, joined(approved)});
    made.lines.push_back(
        {"waits_for", {"待批准", "waits for"}, of.record.handling.returned ? Text{} : joined(missing)});
  }
  if (of.record.handling.returned)
    made.lines.push_back({"points", {"需补正", "to be mended"}, of.record.handling.points});
  for (const auto& [role, escalation] : of.record.handling.escalated) add_escalation(made, role, escalation);
  if (of.record.stop_escalated) add_escalation(made, Role::kOwner, *of.record.stop_escalated);
  return made;
}

}  // namespace steelyard::cli
