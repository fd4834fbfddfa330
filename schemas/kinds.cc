#include "schemas/kinds.h"

namespace steelyard::schemas {

std::string_view name_of(MessageKind kind) {
  switch (kind) {
    case MessageKind::kRequest: return "request";
    case MessageKind::kAnswer: return "answer";
    case MessageKind::kReceived: return "received";
    case MessageKind::kStatement: return "statement";
    case MessageKind::kEvent: return "event";
    case MessageKind::kGrant: return "grant";
    case MessageKind::kRefusal: return "refusal";
    case MessageKind::kRecorded: return "recorded";
    case MessageKind::kRejection: return "rejection";
    case MessageKind::kHello: return "hello";
    case MessageKind::kWelcome: return "welcome";
    case MessageKind::kPing: return "ping";
    case MessageKind::kPong: return "pong";
    case MessageKind::kCredit: return "credit";
    case MessageKind::kAck: return "ack";
    case MessageKind::kSync: return "sync";
    case MessageKind::kTileRequest: return "tile-request";
    case MessageKind::kTile: return "tile";
    case MessageKind::kCheckpoint: return "checkpoint";
    case MessageKind::kCosign: return "cosign";
  }
  return {};
}

std::string_view name_of(Action action) {
  switch (action) {
    case Action::kQuery: return "query";
    case Action::kVerify: return "verify";
    case Action::kMatch: return "match";
    case Action::kTransfer: return "transfer";
    case Action::kSubscribe: return "subscribe";
  }
  return {};
}

std::string_view name_of(AnswerStatus status) {
  switch (status) {
    case AnswerStatus::kComplete: return "complete";
    case AnswerStatus::kCapped: return "capped";
    case AnswerStatus::kFiltered: return "filtered";
    case AnswerStatus::kStale: return "stale";
    case AnswerStatus::kNo: return "no";
  }
  return {};
}

std::string_view name_of(EventContent content) {
  switch (content) {
    case EventContent::kPeriod: return "period";
    case EventContent::kSnapshot: return "snapshot";
    case EventContent::kChanges: return "changes";
    case EventContent::kStop: return "stop";
  }
  return {};
}

std::string_view name_of(RowOp op) {
  switch (op) {
    case RowOp::kPut: return "put";
    case RowOp::kDelete: return "delete";
  }
  return {};
}

std::string_view name_of(StatementKind kind) {
  switch (kind) {
    case StatementKind::kGenesis: return "genesis";
    case StatementKind::kMember: return "member";
    case StatementKind::kApplication: return "application";
    case StatementKind::kDuty: return "duty";
    case StatementKind::kVocabulary: return "vocabulary";
    case StatementKind::kCatalogue: return "catalogue";
    case StatementKind::kPolicySet: return "policy-set";
    case StatementKind::kAgreement: return "agreement";
    case StatementKind::kApproval: return "approval";
    case StatementKind::kAgreementState: return "agreement-state";
    case StatementKind::kBrokerKey: return "broker-key";
    case StatementKind::kDispute: return "dispute";
    case StatementKind::kStream: return "stream";
    case StatementKind::kNeed: return "need";
  }
  return {};
}

std::string_view name_of(Role role) {
  switch (role) {
    case Role::kRootManager: return "root-manager";
    case Role::kMember: return "member";
    case Role::kOwner: return "owner";
    case Role::kUser: return "user";
    case Role::kManager: return "manager";
    case Role::kPrevious: return "previous";
    case Role::kRecovery: return "recovery";
  }
  return {};
}

std::string_view name_of(KeyUse use) {
  switch (use) {
    case KeyUse::kOffice: return "office";
    case KeyUse::kMessage: return "message";
    case KeyUse::kCosign: return "cosign";
    case KeyUse::kSeal: return "seal";
    case KeyUse::kTransport: return "transport";
    case KeyUse::kRecovery: return "recovery";
    case KeyUse::kBundle: return "bundle";
    case KeyUse::kLog: return "log";
  }
  return {};
}

std::string_view name_of(EntryKind kind) {
  switch (kind) {
    case EntryKind::kStatement: return "statement";
    case EntryKind::kRequest: return "request";
    case EntryKind::kRefusal: return "refusal";
    case EntryKind::kAnswer: return "answer";
    case EntryKind::kReceived: return "received";
    case EntryKind::kRejections: return "rejections";
    case EntryKind::kEvent: return "event";
    case EntryKind::kStop: return "stop";
  }
  return {};
}

std::string_view name_of(SharingClass sharing_class) {
  switch (sharing_class) {
    case SharingClass::kUnconditional: return "unconditional";
    case SharingClass::kConditional: return "conditional";
    case SharingClass::kNotShared: return "not-shared";
  }
  return {};
}

std::string_view name_of(VocabularyKind kind) {
  switch (kind) {
    case VocabularyKind::kPurpose: return "purpose";
    case VocabularyKind::kBasis: return "basis";
    case VocabularyKind::kReason: return "reason";
  }
  return {};
}

std::string_view name_of(AgreementChange change) {
  switch (change) {
    case AgreementChange::kSuspend: return "suspend";
    case AgreementChange::kResume: return "resume";
    case AgreementChange::kEnd: return "end";
    case AgreementChange::kReturn: return "return";
    case AgreementChange::kRefuse: return "refuse";
    case AgreementChange::kWithdraw: return "withdraw";
    case AgreementChange::kEscalate: return "escalate";
    case AgreementChange::kDecide: return "decide";
  }
  return {};
}

std::string_view name_of(Decision decision) {
  switch (decision) {
    case Decision::kFor: return "for";
    case Decision::kAgainst: return "against";
  }
  return {};
}

namespace {

// Enumerators run from 1 without a gap.
template <class Enum>
std::optional<Enum> named(std::string_view name) {
  for (std::uint8_t number = 1; !name_of(static_cast<Enum>(number)).empty(); ++number)
    if (name_of(static_cast<Enum>(number)) == name) return static_cast<Enum>(number);
  return std::nullopt;
}

}  // namespace

std::optional<Action> action_named(std::string_view name) { return named<Action>(name); }
std::optional<SharingClass> sharing_class_named(std::string_view name) { return named<SharingClass>(name); }
std::optional<KeyUse> key_use_named(std::string_view name) { return named<KeyUse>(name); }

}  // namespace steelyard::schemas
