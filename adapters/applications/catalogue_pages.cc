#include "adapters/applications/catalogue_pages.h"

#include "adapters/applications/names.h"
#include "adapters/applications/usable_fields.h"
#include "core/json/json.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

json::Value text_of(const schemas::Text& text) { return json::object({{"zh", text.zh}, {"en", text.en}}); }

json::Value summary_of(const schemas::Catalogue& body) {
  return json::object({{"dataset", body.dataset},
                       {"title", text_of(body.title)},
                       {"sharing_class", schemas::name_of(body.sharing_class)},
                       {"update_cycle", body.update_cycle}});
}

json::Value agreement_of(const exchange::AgreementRecord& record, const schemas::Agreement& terms) {
  json::Value actions = json::array();
  for (const schemas::Action action : terms.actions) actions.push(schemas::name_of(action));
  return json::object(
      {{"agreement", record.id},
       {"dataset", terms.dataset},
       {"phase", exchange::name_of(record.phase)},
       {"fields", names_of(terms.fields)},
       {"actions", std::move(actions)},
       {"purposes", names_of(terms.purposes)},
       {"legal_basis", terms.legal_basis},
       {"terms", text_of(terms.terms)},
       {"valid_from", to_rfc3339(terms.valid_from)},
       {"valid_until", terms.valid_until ? json::Value(to_rfc3339(*terms.valid_until)) : json::Value()}});
}

}  // namespace

std::string catalogue_page(const exchange::Registry& registry, const MemberId& member, Instant now) {
  json::Value datasets = json::array();
  for (const DatasetId& id : registry.datasets()) {
    const auto& dataset = *registry.dataset(id);
    json::Value value = summary_of(dataset.statement);
    value.set("fields", dataset.statement.fields.size());
    value.set("usable", names_of(UsableFields::of(registry, member, dataset, now).fields));
    datasets.push(std::move(value));
  }
  return json::dump(json::object({{"datasets", std::move(datasets)}}));
}

Result<std::string> dataset_page(const exchange::Registry& registry, const MemberId& member, const DatasetId& dataset,
                                 Instant now) {
  const auto* found = registry.dataset(dataset);
  if (found == nullptr) return fail(schemas::error_of(schemas::code::unknown_dataset, dataset.text));
  const schemas::Catalogue& body = found->statement;
  const UsableFields usable = UsableFields::of(registry, member, *found, now);
  json::Value value = summary_of(body);
  value.set("summary", text_of(body.summary));
  value.set("conditions", text_of(body.conditions));
  value.set("legal_basis", body.legal_basis.empty() ? json::Value() : json::Value(body.legal_basis));
  json::Value fields = json::array();
  for (const schemas::CatalogueField& field : body.fields)
    fields.push(json::object({{"name", field.name},
                              {"type", schemas::name_of(field.type)},
                              {"meaning", text_of(field.meaning)},
                              {"identifier", field.identifier},
                              {"nullable", field.nullable},
                              {"usable", usable.fields.contains(field.name)}}));
  value.set("fields", std::move(fields));
  return json::dump(value);
}

std::string agreements_page(const exchange::Registry& registry, const MemberId& member) {
  json::Value agreements = json::array();
  for (const AgreementId& id : registry.agreements()) {
    const exchange::AgreementRecord& record = *registry.agreement(id);
    const schemas::Agreement* terms = record.terms();
    if (terms != nullptr && terms->user == member) agreements.push(agreement_of(record, *terms));
  }
  return json::dump(json::object({{"agreements", std::move(agreements)}}));
}

}  // namespace steelyard::adapters
