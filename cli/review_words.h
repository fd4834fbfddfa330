// Names and values of an agreement as people read them, in both languages.
//
// Threads: pure. Errors: none: what is not registered is its id.
#pragma once

#include <string>

#include "core/exchange/conditions.h"
#include "core/exchange/registry.h"

namespace steelyard::cli {

using schemas::Text;

std::string date(Instant at);                          // "2026-11-23"
Text both(const std::string& text);                    // the same in both
Text named(const Text& names, const std::string& id);  // "税务局 (tax)"
Text member_text(const exchange::Registry& registry, const MemberId& id);
Text duty_text(const exchange::Registry& registry, const DutyId& id);
Text term_text(const exchange::Registry& registry, schemas::VocabularyKind kind, const std::string& id);
Text dataset_text(const exchange::Registry& registry, const DatasetId& id);
Text role_text(schemas::Role role);
Text phase_text(const exchange::AgreementRecord& record, Instant now);  // "expired" is what the clock says of it
Text sharing_text(schemas::SharingClass sharing_class);
Text decision_text(schemas::Decision decision);
Text fallen_text(const exchange::Fallen& fallen);
Text validity_text(const schemas::Agreement& terms);
Text purposes_text(const exchange::Registry& registry, const schemas::Agreement& terms);
Text actions_text(const std::vector<schemas::Action>& actions);
Text fields_text(const std::vector<FieldName>& fields);
Text rows_text(const schemas::Agreement& terms);
Text joined(const std::vector<Text>& items);  // with commas of each language

}  // namespace steelyard::cli
