#include "cli/trace_search.h"

#include <algorithm>

#include "cli/statement_text.h"
#include "core/base/limits.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

using schemas::EntryKind;
using schemas::StatementKind;

constexpr std::size_t kEntriesAtOnce = 256;  // short reads, so that a live log can free its pages
// An answer is handed over while its request is not stale: its life, and both clocks' skew.
constexpr Duration kHandOverWithin{limits::kLifeMax.us + 2 * limits::kSkew.us};

tl::unexpected<Error> unreadable(LogIndex index, const Error& why) {
  return tl::unexpected<Error>(
      schemas::error_of(schemas::code::verification_failed, "entry " + std::to_string(index.value) + ": " + why.what));
}

// The agreement that a statement is about, or empty.
std::string agreement_of(const schemas::StatementBody& body) {
  if (const auto* terms = std::get_if<schemas::Agreement>(&body)) return terms->agreement.text;
  if (const auto* approval = std::get_if<schemas::Approval>(&body)) return approval->agreement.text;
  if (const auto* state = std::get_if<schemas::AgreementState>(&body)) return state->agreement.text;
  return "";
}

std::string signers_of(const exchange::StatementBytes& statement) {
  const auto signatures = schemas::decode<std::vector<schemas::StatementSignature>>(statement.signatures);
  if (!signatures) return "";
  std::string text;
  for (const schemas::StatementSignature& one : *signatures)
    text += (text.empty() ? "" : ", ") + std::string(schemas::name_of(one.role)) + " " + one.member.text;
  return text;
}

// Lists of names, and of policies with the entries of the statements that brought them.
std::string member_text(const json::Value& value) {
  const auto items = value.as_array();
  if (!items) return cell_text(value);
  std::string text;
  for (const json::Value& item : **items) {
    const json::Value* policy = item.find("policy");
    text += (text.empty() ? "" : ", ") + cell_text(policy == nullptr ? item : *policy);
    if (const json::Value* entry = item.find("entry"); entry != nullptr) text += " of entry " + cell_text(*entry);
  }
  return text;
}

}  // namespace

std::string step_name(const exchange::EntryBody& body) {
  switch (body.kind) {
    case EntryKind::kRequest: return "request, granted";
    case EntryKind::kRefusal: return body.related == kNoIndex ? "refusal" : "closed as refused";
    case EntryKind::kAnswer: return "answer";
    case EntryKind::kReceived: return "hand-over";
    case EntryKind::kStatement: return "statement";
    case EntryKind::kRejections: return "rejections";
    case EntryKind::kEvent: return "event";
    case EntryKind::kStop: return "subscription stopped";
  }
  return "";
}

std::string detail_text(const json::Value& entry) {
  std::string text;
  const auto members = entry.as_object();
  if (!members) return text;
  for (const auto& [name, value] : **members) {
    if (name == "kind" || name == "time" || name == "id" || name == "digest" || name == "related") continue;
    text += (text.empty() ? "" : "; ") + name + " " + member_text(value);
  }
  return text;
}

Status TraceSearch::walk(const Each& each) {
  const std::uint64_t size = log_.size();
  for (std::uint64_t first = 0; first < size; first += kEntriesAtOnce) {
    TRY_ASSIGN(const auto entries, log_.entries(LogIndex(first), std::min(kEntriesAtOnce, std::size_t(size - first))));
    for (const provenance::StoredEntry& entry : entries) {
      if (entry.body.empty()) continue;  // its time had come
      const auto body = exchange::decode_entry(entry.body);
      if (!body) return unreadable(entry.index, body.error());
      if (wanted_.until && body->time >= *wanted_.until) return {};
      TRY(each(entry, *body));
    }
  }
  return {};
}

bool TraceSearch::named(LogIndex number, StatementKind kind, const std::string& subject) const {
  if (subject.empty()) return true;
  const auto* found = number == kNoIndex ? nullptr : registry_.subject_at(number);
  if (found == nullptr) return false;
  // The genesis names the root manager as well as itself.
  if (found->kind == StatementKind::kGenesis)
    return kind == StatementKind::kMember && registry_.root_manager().text == subject;
  return found->kind == kind && found->subject == subject;
}

bool TraceSearch::matches(const exchange::EntryBody& body) const {
  return named(body.agreement, StatementKind::kAgreement, wanted_.agreement) &&
         named(body.dataset, StatementKind::kCatalogue, wanted_.dataset) &&
         named(body.application, StatementKind::kApplication, wanted_.application) &&
         (named(body.member, StatementKind::kMember, wanted_.member) ||
          named(body.peer, StatementKind::kMember, wanted_.member));
}

// Whether a hand-over names an answer that was found.
Result<bool> TraceSearch::hands_over(const provenance::StoredEntry& entry, const exchange::EntryBody& body) {
  std::erase_if(not_handed_over_, [&](const auto& one) { return one.second + kHandOverWithin < body.time; });
  if (not_handed_over_.empty()) return false;
  TRY_ASSIGN(const auto answers, log_.handover(entry.index));
  bool any = false;
  for (const Digest& answer : answers) any = not_handed_over_.erase(answer) > 0 || any;
  return any;
}

// What closes an exchange is looked for by its request, which names everything.
Result<bool> TraceSearch::concerns(const provenance::StoredEntry& entry, const exchange::EntryBody& body) {
  if (wanted_.since && body.time < *wanted_.since) return false;
  if (!wanted_.names_subject()) return true;
  if (body.kind == EntryKind::kReceived) {
    TRY_ASSIGN(const bool handed_over, hands_over(entry, body));
    if (handed_over) return true;
  }
  bool found = matches(body);
  if (!found && body.related != kNoIndex && body.kind != EntryKind::kReceived) {
    TRY_ASSIGN(const auto request, log_.entry(body.related));
    if (request && !request->body.empty()) {
      const auto asked = exchange::decode_entry(request->body);
      if (!asked) return unreadable(body.related, asked.error());
      found = matches(*asked);
    }
  }
  if (found && body.kind == EntryKind::kAnswer) not_handed_over_[body.digest] = body.time;
  return found;
}

bool TraceSearch::concerns_statement(const schemas::Statement& statement) const {
  if (const std::string agreement = agreement_of(statement.body); agreements_.count(agreement) > 0) return true;
  const std::string& subject = statement.head.subject;
  switch (statement.head.kind) {
    case StatementKind::kMember: return subject == wanted_.member;
    case StatementKind::kApplication: return subject == wanted_.application;
    case StatementKind::kCatalogue: return subject == wanted_.dataset;
    default: return false;
  }
}

Status TraceSearch::tell_statement(const provenance::StoredEntry& entry, const exchange::EntryBody& body,
                                   const std::function<void(TraceStep)>& tell) const {
  TRY_ASSIGN(const auto bytes, log_.statement(entry.index));
  if (!bytes) return unreadable(entry.index, {ErrorKind::kFix, 0, "its statement is missing"});
  const auto statement = schemas::decode<schemas::Statement>(bytes->document);
  if (!statement) return unreadable(entry.index, statement.error());
  const bool in_time = !wanted_.names_subject() && (!wanted_.since || body.time >= *wanted_.since);
  if (!in_time && !concerns_statement(*statement)) return {};
  tell({entry.index, to_rfc3339(body.time),
        std::string(schemas::name_of(statement->head.kind)) + " " + statement->head.subject + " version " +
            std::to_string(statement->head.version),
        signers_of(*bytes), describe_body(statement->body)});
  return {};
}

Status TraceSearch::run(const std::function<void(TraceStep)>& tell) {
  if (!wanted_.agreement.empty()) agreements_.insert(wanted_.agreement);
  if (wanted_.names_subject() && wanted_.agreement.empty())
    TRY(walk([&](const provenance::StoredEntry& entry, const exchange::EntryBody& body) -> Status {
      if (body.kind == EntryKind::kStatement || body.agreement == kNoIndex) return {};
      TRY_ASSIGN(const bool found, concerns(entry, body));
      const auto* subject = found ? registry_.subject_at(body.agreement) : nullptr;
      if (subject != nullptr) agreements_.insert(subject->subject);
      return {};
    }));
  not_handed_over_.clear();
  return walk([&](const provenance::StoredEntry& entry, const exchange::EntryBody& body) -> Status {
    if (body.kind == EntryKind::kStatement) return tell_statement(entry, body, tell);
    TRY_ASSIGN(const bool found, concerns(entry, body));
    if (!found) return {};
    const json::Value detail = describe(body, &registry_);
    const json::Value* author = detail.find("member");
    tell({entry.index, to_rfc3339(body.time), step_name(body),
          entry.bundle == provenance::kNoBundle || author == nullptr ? "the broker" : cell_text(*author), detail});
    return {};
  });
}

}  // namespace steelyard::cli
