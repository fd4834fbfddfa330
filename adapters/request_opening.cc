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

bool has(const std::vector<FieldName>& fields, const FieldName& sought) {
  return std::find(fields.begin(), fields.end(), sought) != fields.end();
}

// The parameters are on the fields that the envelope says are tested; what is claimed is one on a field asked for.
bool same_fields(const schemas::Request& request, const std::vector<schemas::Parameter>& parameters) {
  const bool claims = request.action == schemas::Action::kVerify;
  const auto is_tested = [&](const schemas::Parameter& parameter) {
    return has(request.conditions, parameter.field) || (claims && has(request.fields, parameter.field));
  };
  const auto has_parameter = [&](const FieldName& field) {
    return std::any_of(parameters.begin(), parameters.end(),
                       [&](const schemas::Parameter& parameter) { return parameter.field == field; });
  };
  return std::all_of(parameters.begin(), parameters.end(), is_tested) &&
         std::all_of(request.conditions.begin(), request.conditions.end(), has_parameter) &&
         (!claims || std::all_of(request.fields.begin(), request.fields.end(), has_parameter));
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
  if (!same_fields(request, payload.parameters))
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
