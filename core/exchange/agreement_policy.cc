#include "core/exchange/agreement_policy.h"

#include "policy/entity_uid.h"
#include "policy/request.h"
#include "policy/value.h"

namespace steelyard::exchange {
namespace {

// "A, B", or one item a line where there are more than fit one.
std::string list(const std::vector<std::string>& items) {
  constexpr std::size_t kOneLine = 2;
  if (items.empty()) return "[]";
  std::string text = "[";
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += ",";
    text += items.size() <= kOneLine ? (i > 0 ? " " : "") : "\n    ";
    text += items[i];
  }
  return text + (items.size() <= kOneLine ? "]" : "\n  ]");
}

std::string entity(std::string type, std::string id) {
  return policy::to_source(policy::EntityUid(std::move(type), std::move(id)));
}

std::string instant(Instant at) { return policy::to_source(policy::to_datetime(at)); }

constexpr std::int64_t kYear10000Us = 253'402'300'800'000'000;  // has no text

// Cedar counts milliseconds and to_datetime cuts off towards the past: a start within a millisecond begins with the
// next one, so that the policy never permits outside what was signed.
std::string not_before(Instant at) {
  const Instant whole{at.us + 999};
  return whole.us < kYear10000Us ? ">= " + instant(whole) : "> " + instant(at);
}

}  // namespace

std::string agreement_policy(const schemas::Agreement& agreement) {
  std::vector<std::string> actions, fields, purposes;
  for (const schemas::Action action : agreement.actions)
    actions.push_back(entity("Action", std::string(name_of(action))));
  for (const FieldName& field : agreement.fields)
    fields.push_back(entity("Field", agreement.dataset.text + "/" + field.text));
  for (const PurposeId& purpose : agreement.purposes) purposes.push_back(policy::quote(purpose.text));
  std::string text = "permit (\n  principal in " + entity("Member", agreement.user.text) + ",\n  action in " +
                     list(actions) + ",\n  resource in " + entity("Dataset", agreement.dataset.text) +
                     "\n) when {\n  context has agreement &&\n  context.agreement == " +
                     entity("Agreement", agreement.agreement.text) + " &&\n  " + list(fields) +
                     ".contains(resource) &&\n  " + list(purposes) + ".contains(context.purpose) &&\n  context.now " +
                     not_before(agreement.valid_from);
  if (agreement.valid_until) text += " &&\n  context.now < " + instant(*agreement.valid_until);
  return text + "\n};\n";
}

}  // namespace steelyard::exchange
