#include "cli/statement_text.h"

#include "cli/folder.h"
#include "core/base/limits.h"
#include "core/exchange/digest.h"
#include "core/exchange/policy_ids.h"
#include "core/exchange/quota.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

json::Value instant(const std::optional<Instant>& t) { return t ? json::Value(to_rfc3339(*t)) : json::Value(); }

template <class Ids>
json::Value ids(const Ids& from) {
  json::Value list = json::array();
  for (const auto& id : from) list.push(id.text);
  return list;
}

json::Value keys(const std::vector<schemas::Key>& from) {
  json::Value list = json::array();
  for (const schemas::Key& key : from) list.push(describe(key));
  return list;
}

struct Body {
  json::Value operator()(const schemas::Genesis& v) const {
    return json::object({{"origin", v.origin},
                         {"suite", v.suite},
                         {"root_manager", v.root_manager},
                         {"names", describe(v.names)},
                         {"root_keys", keys(v.root_keys)},
                         {"broker_keys", keys(v.broker_keys)}});
  }
  json::Value operator()(const schemas::Member& v) const {
    return json::object({{"names", describe(v.names)},
                         {"keys", keys(v.keys)},
                         {"valid_from", instant(v.valid_from)},
                         {"valid_until", instant(v.valid_until)}});
  }
  json::Value operator()(const schemas::Application& v) const {
    return json::object({{"member", v.member}, {"names", describe(v.names)}});
  }
  json::Value operator()(const schemas::Duty& v) const {
    return json::object(
        {{"names", describe(v.names)}, {"source_document", describe(v.source_document)}, {"holder", v.holder}});
  }
  json::Value operator()(const schemas::Vocabulary& v) const {
    return json::object({{"kind", schemas::name_of(v.kind)},
                         {"id", v.id},
                         {"title", describe(v.title)},
                         {"article", v.article},
                         {"bases", ids(v.bases)},
                         {"valid_from", instant(v.valid_from)},
                         {"valid_until", instant(v.valid_until)}});
  }
  json::Value operator()(const schemas::Catalogue& v) const {
    json::Value fields = json::array();
    for (const schemas::CatalogueField& field : v.fields)
      fields.push(json::object({{"name", field.name},
                                {"type", schemas::name_of(field.type)},
                                {"meaning", describe(field.meaning)},
                                {"sensitivity", field.sensitivity},
                                {"identifier", field.identifier},
                                {"nullable", field.nullable},
                                {"mask", field.mask.empty() ? json::Value() : json::Value(field.mask)}}));
    return json::object({{"dataset", v.dataset},
                         {"duty", v.duty},
                         {"system", v.system},
                         {"title", describe(v.title)},
                         {"summary", describe(v.summary)},
                         {"format", v.format},
                         {"update_cycle", v.update_cycle},
                         {"method", v.method},
                         {"lead_source", v.lead_source},
                         {"sharing_class", schemas::name_of(v.sharing_class)},
                         {"conditions", describe(v.conditions)},
                         {"legal_basis", v.legal_basis},
                         {"rows_max", v.rows_max},
                         {"rows_per_day", v.rows_per_day},
                         {"day_offset", exchange::day_offset_text(v.day_offset_minutes)},
                         {"fields", std::move(fields)}});
  }
  json::Value operator()(const schemas::PolicySet& v) const {
    return json::object(
        {{"text", v.text}, {"valid_from", instant(v.valid_from)}, {"valid_until", instant(v.valid_until)}});
  }
  json::Value operator()(const schemas::Agreement& v) const {
    json::Value actions = json::array();
    for (const schemas::Action action : v.actions) actions.push(schemas::name_of(action));
    json::Value masks = json::object();
    for (const auto& [field, mask] : v.masks) masks.set(field.text, mask);
    return json::object({{"agreement", v.agreement},
                         {"user", v.user},
                         {"owner", v.owner},
                         {"manager", v.manager},
                         {"dataset", v.dataset},
                         {"fields", ids(v.fields)},
                         {"masks", std::move(masks)},
                         {"actions", std::move(actions)},
                         {"purposes", ids(v.purposes)},
                         {"legal_basis", v.legal_basis},
                         {"user_duty", v.user_duty},
                         {"terms", describe(v.terms)},
                         {"row_filter", v.row_filter},
                         {"rows_max", v.rows_max},
                         {"rows_per_day", v.rows_per_day},
                         {"day_offset", exchange::day_offset_text(v.day_offset_minutes)},
                         {"valid_from", instant(v.valid_from)},
                         {"valid_until", instant(v.valid_until)}});
  }
  json::Value operator()(const schemas::Approval& v) const {
    return json::object(
        {{"agreement", v.agreement}, {"statement", to_hex(v.statement.view())}, {"role", schemas::name_of(v.role)}});
  }
  json::Value operator()(const schemas::AgreementState& v) const {
    json::Value value =
        json::object({{"agreement", v.agreement}, {"change", schemas::name_of(v.change)}, {"reason", v.reason}});
    if (!v.statement.is_zero()) value.set("statement", to_hex(v.statement.view()));
    if (v.silent) value.set("silent", schemas::name_of(*v.silent));
    if (v.decision) value.set("decision", schemas::name_of(*v.decision));
    if (v.points != schemas::Text{}) value.set("points", describe(v.points));
    return value;
  }
};

json::Value fields_of(const exchange::FieldSet& set, const std::vector<FieldName>* names) {
  json::Value list = json::array();
  for (std::size_t i = 0; i < limits::kFieldsMax; ++i) {
    if (!set.has(i)) continue;
    if (names != nullptr && i < names->size())
      list.push((*names)[i].text);
    else
      list.push(static_cast<std::int64_t>(i));
  }
  return list;
}

}  // namespace

json::Value index_value(LogIndex index) { return index == kNoIndex ? json::Value() : json::Value(index.value); }

json::Value describe(const schemas::Text& text) { return json::object({{"zh", text.zh}, {"en", text.en}}); }

json::Value describe_body(const schemas::StatementBody& body) { return std::visit(Body{}, body); }

json::Value describe(const schemas::Statement& statement) {
  const schemas::StatementHead& head = statement.head;
  return json::object({{"kind", schemas::name_of(head.kind)},
                       {"subject", head.subject},
                       {"version", head.version},
                       {"author", head.author},
                       {"role", schemas::name_of(head.role)},
                       {"time", to_rfc3339(head.time)},
                       {"body", describe_body(statement.body)}});
}

json::Value describe(const exchange::EntryBody& entry, const exchange::Registry* registry) {
  const auto named = [registry](LogIndex number) -> json::Value {
    const auto* subject = registry == nullptr || number == kNoIndex ? nullptr : registry->subject_at(number);
    if (subject == nullptr) return index_value(number);
    // The genesis names the root manager as well as itself.
    if (subject->kind == schemas::StatementKind::kGenesis) return registry->root_manager().text;
    return subject->subject;
  };
  const auto* names = registry == nullptr || entry.dataset == kNoIndex ? nullptr : registry->fields_at(entry.dataset);
  json::Value value = json::object({{"kind", schemas::name_of(entry.kind)}, {"time", to_rfc3339(entry.time)}});
  if (entry.verdict != 0) {
    const schemas::ErrorRow* row = schemas::error_row(entry.verdict);
    value.set("verdict", row == nullptr ? json::Value(entry.verdict) : json::Value(row->slug));
  }
  if (!entry.id.is_zero()) value.set("id", to_text(entry.id));
  value.set("digest", to_hex(entry.digest.view()));
  value.set("member", named(entry.member));
  for (const auto& [name, number] :
       {std::pair{"peer", entry.peer}, std::pair{"application", entry.application}, std::pair{"dataset", entry.dataset},
        std::pair{"purpose", entry.purpose}, std::pair{"agreement", entry.agreement}})
    if (number != kNoIndex) value.set(name, named(number));
  if (!entry.returned.empty()) value.set("returned", fields_of(entry.returned, names));
  if (!entry.tested.empty()) value.set("tested", fields_of(entry.tested, names));
  if (entry.count != 0) value.set("count", entry.count);
  value.set("epoch", index_value(entry.epoch));
  if (entry.related != kNoIndex) value.set("related", index_value(entry.related));
  return value;
}

void add_decided_by(const exchange::DecidedBy& decided_by, const exchange::Registry& registry, json::Value& entry) {
  json::Value list = json::array();
  for (const exchange::DecidedBy::Policy& one : decided_by.policies) {
    json::Value policy = json::object({});
    if (const auto* subject = registry.subject_at(one.statement); subject != nullptr) {
      const bool of_set = subject->kind == schemas::StatementKind::kPolicySet;
      const auto place = of_set ? std::optional(one.place) : std::nullopt;
      policy.set("policy", exchange::policy_id({subject->subject, place}));
    }
    policy.set("entry", index_value(one.statement));
    list.push(std::move(policy));
  }
  entry.set(decided_by.erred ? "erred" : "decided_by", std::move(list));
  if (decided_by.more) entry.set("more_policies", true);
}

std::string role_in(const schemas::Agreement& terms, const MemberId& member) {
  if (member == terms.owner) return "owner";
  if (member == terms.user) return "user";
  if (member == terms.manager) return "manager";
  return "";
}

namespace {

Status print_place(Terminal& terminal, const crypto::Suite& suite, const exchange::StatementBytes& statement,
                   json::Value place) {
  TRY_ASSIGN(const schemas::Statement value, schemas::decode<schemas::Statement>(statement.document));
  place.set("kind", schemas::name_of(value.head.kind));
  place.set("subject", value.head.subject);
  place.set("version", value.head.version);
  place.set("digest", to_hex(exchange::statement_digest(suite, statement.document).view()));
  print(terminal, place);
  return {};
}

}  // namespace

Status print_recorded(Terminal& terminal, const crypto::Suite& suite, const exchange::StatementBytes& statement,
                      LogIndex index) {
  return print_place(terminal, suite, statement, json::object({{"entry", index_value(index)}}));
}

Status print_written(Terminal& terminal, const crypto::Suite& suite, const exchange::StatementBytes& statement,
                     const std::string& file) {
  return print_place(terminal, suite, statement, json::object({{"file", file}}));
}

json::Value describe(const std::vector<schemas::StatementSignature>& signatures) {
  json::Value list = json::array();
  for (const schemas::StatementSignature& one : signatures)
    list.push(json::object({{"member", one.member}, {"role", schemas::name_of(one.role)}}));
  return list;
}

}  // namespace steelyard::cli
