// Statements: the signed documents that the registry is folded from. Appended to the log in full, never pruned.
//
// Plain values; schemas/codec.h gives them exact bytes. What a statement may do, and who must sign it, is
// core/exchange/registry.h. Format: docs/formats/statement.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/time.h"
#include "schemas/kinds.h"
#include "schemas/payload.h"

namespace steelyard::schemas {

// Text for people, in both languages.
struct Text {
  std::string zh;
  std::string en;
  bool operator==(const Text&) const = default;
};

struct StatementHead {
  Digest network;  // digest of the first genesis statement; zero in that one
  StatementKind kind = StatementKind::kGenesis;
  std::string subject;  // what this is a version of; unique within its kind
  std::uint32_t version = 1;
  Digest previous;  // digest of version - 1 of the same subject; zero in version 1
  MemberId author;
  Role role = Role::kRootManager;
  Instant time;  // the author's clock; judges nothing
  bool operator==(const StatementHead&) const = default;
};

struct Key {
  KeyUse use = KeyUse::kOffice;
  std::uint8_t algorithm = 0;  // docs/formats/keys.md
  Bytes octets;                // public
  bool operator==(const Key&) const = default;
};

// Subject: the log origin.
struct Genesis {
  std::string origin;
  std::uint8_t suite = 1;
  MemberId root_manager;
  Text names;                    // of the root manager
  std::vector<Key> root_keys;    // office, message, transport, seal, cosign
  std::vector<Key> broker_keys;  // transport, bundle, log
  Bytes previous_head;           // of a successor: the old log's last checkpoint; else empty
  Digest previous_registry;      // of a successor; else zero
  bool operator==(const Genesis&) const = default;
};

// Subject: the member id.
struct Member {
  Text names;
  std::vector<Key> keys;
  Instant valid_from;
  std::optional<Instant> valid_until;
  std::uint8_t office_signatures = 1;  // k of n; 1 until k of n is built
  bool operator==(const Member&) const = default;
};

// Subject: the application id.
struct Application {
  MemberId member;
  Text names;
  bool operator==(const Application&) const = default;
};

// Subject: the duty id.
struct Duty {
  Text names;
  Text source_document;
  MemberId holder;
  bool operator==(const Duty&) const = default;
};

// Subject: "purpose/ID", "basis/ID" or "reason/ID". One term each, so that a log index names one term.
struct Vocabulary {
  VocabularyKind kind = VocabularyKind::kPurpose;
  std::string id;
  Text title;
  std::string article;         // of a basis
  std::vector<BasisId> bases;  // that carry a purpose
  Instant valid_from;
  std::optional<Instant> valid_until;
  bool operator==(const Vocabulary&) const = default;
};

struct CatalogueField {
  FieldName name;
  ValueType type = ValueType::kString;
  Text meaning;
  std::uint8_t sensitivity = 1;  // 1 public .. 4 core
  bool identifier = false;
  bool nullable = true;
  std::string mask;  // for everyone; empty: none. docs/formats/masks.md
  bool operator==(const CatalogueField&) const = default;
};

// Zones of a quota's day, ahead of UTC: fixed offsets, so that a day has 24 hours whatever a government decides. China
// has had one, without summer time, since 1991.
inline constexpr std::int16_t kDayOffsetMinutes = 8 * 60;
inline constexpr std::int16_t kDayOffsetMinutesMax = 14 * 60;  // either way; no land keeps one beyond it

// Subject: the dataset id, "owner/code".
struct Catalogue {
  DatasetId dataset;
  DutyId duty;
  SystemId system;
  Text title;
  Text summary;
  std::string format;        // "table"
  std::string update_cycle;  // "daily", "monthly", ... ; free within the vocabulary of docs/formats/statement.md
  std::string method;        // "query"
  std::string lead_source;   // department that leads where several hold it; empty: the owner
  SharingClass sharing_class = SharingClass::kConditional;
  Text conditions;
  BasisId legal_basis;  // empty: none
  std::vector<CatalogueField> fields;
  std::uint32_t rows_max = 0;                           // of one answer; 0: limits::kRowsMax
  std::uint64_t rows_per_day = 0;                       // of each user; 0: no limit
  std::int16_t day_offset_minutes = kDayOffsetMinutes;  // in which that day begins and ends
  bool operator==(const Catalogue&) const = default;
};

// Subject: "baseline", or the owner's member id.
struct PolicySet {
  std::string text;  // Cedar
  Instant valid_from;
  std::optional<Instant> valid_until;
  bool operator==(const PolicySet&) const = default;
};

// Subject: the agreement id.
struct Agreement {
  AgreementId agreement;
  MemberId user;
  MemberId owner;
  MemberId manager;  // root manager or owner, never the user
  DatasetId dataset;
  std::vector<FieldName> fields;
  std::vector<Action> actions;
  std::vector<PurposeId> purposes;
  BasisId legal_basis;
  DutyId user_duty;                                      // for which the user needs it
  Text terms;                                            // conditions and duties of both sides, for people
  std::string row_filter;                                // docs/formats/row-filter.md; empty: every row
  std::vector<std::pair<FieldName, std::string>> masks;  // of its fields
  std::uint32_t rows_max = 0;                            // of one answer; 0: as the catalogue says
  std::uint64_t rows_per_day = 0;                        // under this agreement; 0: no limit of its own
  Instant valid_from;
  std::optional<Instant> valid_until;                   // absent: until conditions change
  std::int16_t day_offset_minutes = kDayOffsetMinutes;  // in which its day of rows_per_day begins and ends
  bool operator==(const Agreement&) const = default;
};

// Subject: "AGREEMENT/ROLE". By user, owner and manager, one each.
struct Approval {
  AgreementId agreement;
  Digest statement;  // of the agreement's version that is approved
  Role role = Role::kUser;
  bool operator==(const Approval&) const = default;
};

// Subject: "AGREEMENT/state".
struct AgreementState {
  AgreementId agreement;
  AgreementChange change = AgreementChange::kSuspend;
  ReasonId reason;
  Digest statement = {};                  // the version that waits, of what is about one; else zero
  std::optional<Role> silent = {};        // whose silence, of escalate and decide
  std::optional<Decision> decision = {};  // of decide
  Text points = {};                       // of return: what to mend; of decide: why. For people, about no person
  bool operator==(const AgreementState&) const = default;
};

using StatementBody = std::variant<Genesis, Member, Application, Duty, Vocabulary, Catalogue, PolicySet, Agreement,
                                   Approval, AgreementState>;

struct Statement {
  StatementHead head;
  StatementBody body;
  bool operator==(const Statement&) const = default;
};

// Stands beside the document, not in it: the payload of a Statement message.
struct StatementSignature {
  Role role = Role::kRootManager;
  MemberId member;
  KeyId key;
  Bytes signature;  // 64 octets
  bool operator==(const StatementSignature&) const = default;
};

}  // namespace steelyard::schemas
