#include "adapters/request_opening.h"

#include <algorithm>

#include "core/exchange/digest.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

tl::unexpected<Error> broken(std::string_view what) {
  return fail(schemas::error_of(schemas::code::verification_failed, what));
}

// What is claimed is a parameter on one of the fields.
std::vector<FieldName> tested_fields(const schemas::Request& request) {
  std::vector<FieldName> tested = request.conditions;
  if (request.action == schemas::Action::kVerify)
    tested.insert(tested.end(), request.fields.begin(), request.fields.end());
  return tested;
}

bool same_fields(const std::vector<FieldName>& conditions, const std::vector<schemas::Parameter>& parameters) {
  for (const schemas::Parameter& parameter : parameters)
    if (std::find(conditions.begin(), conditions.end(), parameter.field) == conditions.end()) return false;
  return std::all_of(conditions.begin(), conditions.end(), [&](const FieldName& field) {
    return std::any_of(parameters.begin(), parameters.end(),
                       [&](const schemas::Parameter& parameter) { return parameter.field == field; });
  });
}

}  // namespace

Result<schemas::RequestPayload> open_request(exchange::Opener& opener, const crypto::Suite& suite,
                                             const crypto::OpeningKey& key, const schemas::Request& request,
                                             ByteView envelope, ByteView sealed) {
  if (request.seal_key != key.id())
    return fail(schemas::error_of(schemas::code::unknown_key, "the payload is sealed to a key that is not ours now"));
  const exchange::SealParties parties{request.head.origin, request.head.author, request.head.recipient,
                                      request.seal_key, schemas::MessageKind::kRequest};
  TRY_ASSIGN(Bytes plaintext, opener.open(parties, key, envelope, sealed, request.plaintext));
  TRY_ASSIGN(auto payload, schemas::decode<schemas::RequestPayload>(plaintext));
  if (!same_fields(tested_fields(request), payload.parameters))
    return broken("the parameters test other fields than the envelope says");
  const schemas::Behalf& behalf = payload.behalf;
  if (request.operator_present == behalf.operator_id.empty() || request.case_present == behalf.case_number.empty())
    return broken("the payload holds other parts of the behalf than the envelope says");
  const bool nobody = behalf.operator_id.empty() && behalf.case_number.empty();
  if (!(nobody && request.behalf.is_zero()) &&
      exchange::behalf_commitment(suite, behalf.salt, behalf.operator_id, behalf.case_number) != request.behalf)
    return broken("the behalf is not the one that the envelope commits to");
  return payload;
}

}  // namespace steelyard::adapters
