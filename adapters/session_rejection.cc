#include "adapters/session_rejection.h"

#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::adapters {

std::optional<std::string> session_rejection(const client::Incoming& message) {
  if (message.kind != schemas::MessageKind::kRejection || !message.by_broker) return {};
  const auto rejection = schemas::decode<schemas::Rejection>(message.envelope);
  if (!rejection || !rejection->rejected.is_zero() || !rejection->head.id.is_zero()) return {};
  const schemas::ErrorRow* row = schemas::error_row(rejection->code);
  if (row == nullptr) return "the broker rejects this session: code " + std::to_string(rejection->code);
  return "the broker rejects this session: " + std::string(row->slug) + ": " + std::string(row->en);
}

}  // namespace steelyard::adapters
