#include "cli/review_sections.h"

#include <algorithm>

#include "cli/review_words.h"
#include "core/exchange/conditions.h"
#include "core/exchange/mask.h"

namespace steelyard::cli {

using schemas::CatalogueField;
using schemas::VocabularyKind;

namespace {

// As the field will be shown: the catalogue's and the agreement's mask together.
std::string mask_of(const schemas::Agreement& terms, const FieldName& name, const CatalogueField* field) {
  const std::string catalogued = field == nullptr ? "" : field->mask;
  for (const auto& [masked, mask] : terms.masks)
    if (masked == name) return exchange::joint_mask(catalogued, mask);
  return catalogued;
}

const CatalogueField* field_in(const schemas::Catalogue& catalogue, const FieldName& name) {
  const auto found = std::find_if(catalogue.fields.begin(), catalogue.fields.end(),
                                  [&](const CatalogueField& field) { return field.name == name; });
  return found == catalogue.fields.end() ? nullptr : &*found;
}

}  // namespace

ReviewSection parties_section(const Reviewed& of) {
  ReviewSection made{"parties", {"谁用谁的数据", "Who uses whose data"}};
  made.lines = {{"user", {"使用方", "user"}, member_text(of.registry, of.terms.user)},
                {"owner", {"提供方", "owner"}, member_text(of.registry, of.terms.owner)},
                {"manager", {"管理方", "manager"}, member_text(of.registry, of.terms.manager)},
                {"dataset", {"数据集", "dataset"}, dataset_text(of.registry, of.terms.dataset)}};
  if (const auto* dataset = of.registry.dataset(of.terms.dataset)) {
    const schemas::Catalogue& catalogue = dataset->statement;
    made.lines.push_back({"sharing_class", {"共享类型", "sharing class"}, sharing_text(catalogue.sharing_class)});
    made.lines.push_back({"conditions", {"共享条件", "conditions"}, catalogue.conditions});
    made.lines.push_back({"update_cycle", {"更新周期", "update cycle"}, both(catalogue.update_cycle)});
  }
  return made;
}

ReviewSection grounds_section(const Reviewed& of) {
  ReviewSection made{"grounds", {"依据什么", "On what ground"}};
  const auto* basis = of.registry.term(VocabularyKind::kBasis, of.terms.legal_basis.text);
  made.lines = {{"user_duty", {"使用方职责", "duty of the user"}, duty_text(of.registry, of.terms.user_duty)},
                {"legal_basis",
                 {"法律依据", "legal basis"},
                 term_text(of.registry, VocabularyKind::kBasis, of.terms.legal_basis.text)},
                {"article", {"条款", "article"}, both(basis == nullptr ? "" : basis->statement.article)},
                {"purposes", {"用途", "purposes"}, purposes_text(of.registry, of.terms)}};
  if (const auto* dataset = of.registry.dataset(of.terms.dataset)) {
    const schemas::Catalogue& catalogue = dataset->statement;
    made.lines.push_back({"dataset_duty", {"提供方职责", "duty of the owner"}, duty_text(of.registry, catalogue.duty)});
    if (!catalogue.legal_basis.empty())
      made.lines.push_back({"dataset_basis",
                            {"数据集的法律依据", "legal basis of the dataset"},
                            term_text(of.registry, VocabularyKind::kBasis, catalogue.legal_basis.text)});
  }
  made.columns = {{"fallen", {"已不成立的条件", "conditions that have fallen"}}};
  for (const exchange::Fallen& fallen : exchange::fallen_of(of.registry, of.terms, of.now))
    made.rows.push_back({fallen_text(fallen)});
  made.none = {"各项条件均成立", "all conditions hold"};
  return made;
}

// Each field and why.
ReviewSection fields_section(const Reviewed& of) {
  ReviewSection made{"fields", {"用哪些字段，为什么", "Which fields, and why"}};
  made.columns = {{"field", {"字段", "field"}},
                  {"meaning", {"含义", "meaning"}},
                  {"sensitivity", {"敏感级别", "sensitivity"}},
                  {"identifier", {"个人标识", "identifier"}},
                  {"mask", {"脱敏", "mask"}},
                  {"why", {"用于", "for"}}};
  const auto* dataset = of.registry.dataset(of.terms.dataset);
  for (const FieldName& name : of.terms.fields) {
    const CatalogueField* field = dataset == nullptr ? nullptr : field_in(dataset->statement, name);
    made.rows.push_back({both(name.text),
                         field == nullptr ? Text{"目录中没有", "not in the catalogue"} : field->meaning,
                         field == nullptr ? Text{} : both(std::to_string(field->sensitivity)),
                         field == nullptr || !field->identifier ? Text{"否", "no"} : Text{"是", "yes"},
                         both(mask_of(of.terms, name, field)), purposes_text(of.registry, of.terms)});
  }
  return made;
}

ReviewSection limits_section(const Reviewed& of) {
  ReviewSection made{"limits", {"用到什么程度", "How far"}};
  made.lines = {{"actions", {"操作", "actions"}, actions_text(of.terms.actions)},
                {"rows", {"行数", "rows"}, rows_text(of.terms)},
                {"row_filter",
                 {"行过滤", "row filter"},
                 of.terms.row_filter.empty() ? Text{"无", "none"} : both(of.terms.row_filter)},
                {"validity", {"期限", "validity"}, validity_text(of.terms)},
                {"terms", {"双方职责与条件", "conditions and duties of both sides"}, of.terms.terms}};
  return made;
}

}  // namespace steelyard::cli
