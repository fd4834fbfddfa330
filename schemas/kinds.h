// The numbers that stand on the wire and in the log. They are never reused and never renumbered.
// Format: docs/formats/messages.md, docs/formats/entry.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace steelyard::schemas {

enum class MessageKind : std::uint8_t {
  // by members
  kRequest = 1,
  kAnswer = 2,
  kReceived = 3,
  kStatement = 4,
  kEvent = 5,
  // by the broker
  kGrant = 16,
  kRefusal = 17,
  kRecorded = 18,
  // by either side
  kRejection = 32,
  // control: in control frames only, without a bundle
  kHello = 64,
  kWelcome = 65,
  kPing = 66,
  kPong = 67,
  kCredit = 68,
  kAck = 69,
  kSync = 70,
  kTileRequest = 71,
  kTile = 72,
  kCheckpoint = 73,
  kCosign = 74,
};

enum class Action : std::uint8_t { kQuery = 1, kVerify = 2, kMatch = 3, kTransfer = 4, kSubscribe = 5 };

// What an answer says of itself, in clear.
enum class AnswerStatus : std::uint8_t {
  kComplete = 1,  // every matching row is here
  kCapped = 2,    // the row cap cut the rest
  kFiltered = 3,  // a row filter applied: absence proves nothing
  kStale = 4,     // older than the update cycle that the catalogue promises
  kNo = 5,        // no rows; `reason` says why
};

// What an event of a stream says.
enum class EventContent : std::uint8_t {
  kPeriod = 1,    // a content key, wrapped for each reader
  kSnapshot = 2,  // a part of the rows as they are, for who joined
  kChanges = 3,   // rows that were changed
  kStop = 4,      // the owner ends a subscription
};

enum class RowOp : std::uint8_t { kPut = 1, kDelete = 2 };

enum class StatementKind : std::uint8_t {
  kGenesis = 1,
  kMember = 2,
  kApplication = 3,
  kDuty = 4,
  kVocabulary = 5,
  kCatalogue = 6,
  kPolicySet = 7,
  kAgreement = 8,
  kApproval = 9,
  kAgreementState = 10,
  // reserved: later kinds are refused until their issue builds them
  kBrokerKey = 11,
  kDispute = 12,
  kStream = 13,
  kNeed = 14,
};

// In which right a signature stands under a statement.
enum class Role : std::uint8_t {
  kRootManager = 1,
  kMember = 2,  // the member that the statement is about, or whose application it is
  kOwner = 3,
  kUser = 4,
  kManager = 5,
  kPrevious = 6,  // the office key that is being replaced
  kRecovery = 7,  // the recovery key, where the office key is lost
};

enum class KeyUse : std::uint8_t {
  kOffice = 1,     // signs statements
  kMessage = 2,    // signs bundles; never statements
  kCosign = 3,     // cosigns checkpoints
  kSeal = 4,       // opens payloads
  kTransport = 5,  // CURVE
  kRecovery = 6,   // kept offline: signs for a new office key, and nothing else
  kBundle = 7,     // the broker's: signs its bundles
  kLog = 8,        // the broker's: signs checkpoints
};

enum class EntryKind : std::uint8_t {
  kStatement = 1,
  kRequest = 2,     // granted: opens an exchange
  kRefusal = 3,     // refused when asked, or closed as refused later (`related` names the request's entry)
  kAnswer = 4,      // closes an exchange
  kReceived = 5,    // hand-over, one per bundle
  kRejections = 6,  // sum of the rejections of one member for one reason in one minute
  kEvent = 7,
  kStop = 8,  // of a subscription (`related` names its request's entry)
};

enum class SharingClass : std::uint8_t {
  kUnconditional = 1,  // 无条件共享
  kConditional = 2,    // 有条件共享
  kNotShared = 3,      // 不予共享
};

enum class VocabularyKind : std::uint8_t { kPurpose = 1, kBasis = 2, kReason = 3 };

enum class AgreementChange : std::uint8_t {
  kSuspend = 1,
  kResume = 2,
  kEnd = 3,
  // of a version that waits for approvals, which they name
  kReturn = 4,    // sent back to be mended, once
  kRefuse = 5,    // it will not come into force
  kWithdraw = 6,  // its proposer takes it back
  // of a silence past its deadline: about an approval that waits, or a suspension that its owner leaves standing
  kEscalate = 7,
  kDecide = 8,  // the manager's word on that, beside it: it signs for nobody
};

// What the manager says of what it was called on for.
enum class Decision : std::uint8_t { kFor = 1, kAgainst = 2 };

// Names as they stand in code, CLI, JSON and logs: "query", "root-manager". Nothing for a number without a name.
std::string_view name_of(MessageKind kind);
std::string_view name_of(Action action);
std::string_view name_of(AnswerStatus status);
std::string_view name_of(EventContent content);
std::string_view name_of(RowOp op);
std::string_view name_of(StatementKind kind);
std::string_view name_of(Role role);
std::string_view name_of(KeyUse use);
std::string_view name_of(EntryKind kind);
std::string_view name_of(SharingClass sharing_class);
std::string_view name_of(VocabularyKind kind);
std::string_view name_of(AgreementChange change);
std::string_view name_of(Decision decision);
std::optional<Action> action_named(std::string_view name);
std::optional<SharingClass> sharing_class_named(std::string_view name);
std::optional<KeyUse> key_use_named(std::string_view name);

}  // namespace steelyard::schemas
