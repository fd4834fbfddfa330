// Questions and entries: what the gate is asked, and what is recorded of its answer.
#include "core/exchange/gate.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

using schemas::StatementKind;

tl::unexpected<Error> unreadable(const std::string& what) {
  return fail(schemas::error_of(schemas::code::verification_failed, "an entry cannot be read: " + what));
}

// The text of the subject that `number` names, without `prefix`.
Result<std::string> subject_of(const Registry& registry, LogIndex number, StatementKind kind,
                               std::string_view prefix = {}) {
  const Registry::Subject* subject = registry.subject_at(number);
  if (subject == nullptr || subject->kind != kind || subject->subject.compare(0, prefix.size(), prefix) != 0)
    return unreadable("index " + std::to_string(number.value) + " is not that of a " + std::string(name_of(kind)) +
                      " statement");
  return subject->subject.substr(prefix.size());
}

Result<std::vector<FieldName>> names_of(const FieldSet& set, const std::vector<FieldName>& fields) {
  std::vector<FieldName> names;
  for (std::size_t i = 0; i < set.octets.size() * 8; ++i) {
    if (!set.has(i)) continue;
    if (i >= fields.size()) return unreadable("it names a field that its catalogue statement does not have");
    names.push_back(fields[i]);
  }
  return names;
}

}  // namespace

Question question_of(const schemas::Request& request) {
  Question question;
  question.user = request.head.author;
  question.application = request.application;
  question.dataset = request.dataset;
  question.action = request.action;
  question.purpose = request.purpose;
  question.agreement = request.agreement;
  question.fields = request.fields;
  question.conditions = request.conditions;
  question.strict = request.strict;
  question.operator_present = request.operator_present;
  question.case_present = request.case_present;
  return question;
}

Result<Question> question_of(const EntryBody& entry, const Registry& registry) {
  if (entry.kind != schemas::EntryKind::kRequest) return unreadable("it is not that of a granted request");
  Question question;
  const Registry::Subject* member = registry.subject_at(entry.member);
  if (member != nullptr && member->kind == StatementKind::kGenesis) {
    question.user = registry.root_manager();  // admitted by the genesis itself
  } else {
    TRY_ASSIGN(question.user.text, subject_of(registry, entry.member, StatementKind::kMember));
  }
  TRY_ASSIGN(question.application.text, subject_of(registry, entry.application, StatementKind::kApplication));
  TRY_ASSIGN(question.dataset.text, subject_of(registry, entry.dataset, StatementKind::kCatalogue));
  TRY_ASSIGN(question.purpose.text, subject_of(registry, entry.purpose, StatementKind::kVocabulary, "purpose/"));
  if (entry.agreement != kNoIndex) {
    TRY_ASSIGN(question.agreement.text, subject_of(registry, entry.agreement, StatementKind::kAgreement));
  }
  const std::vector<FieldName>* fields = registry.fields_at(entry.dataset);
  if (fields == nullptr) return unreadable("its dataset's number names no catalogue statement");
  TRY_ASSIGN(question.fields, names_of(entry.returned, *fields));
  TRY_ASSIGN(question.conditions, names_of(entry.tested, *fields));
  question.action = entry.action;
  question.strict = entry.strict;
  question.operator_present = entry.operator_present;
  question.case_present = entry.case_present;
  return question;
}

EntryBody entry_of(const Verdict& verdict, const schemas::Request& request, const Digest& digest, Instant log_time) {
  EntryBody body;
  body.kind = verdict.permitted() ? schemas::EntryKind::kRequest : schemas::EntryKind::kRefusal;
  body.verdict = verdict.reason();
  body.digest = digest;
  body.id = request.head.id;
  body.member = verdict.member;
  body.peer = verdict.peer;
  body.application = verdict.application;
  body.dataset = verdict.dataset;
  body.purpose = verdict.purpose;
  body.agreement = verdict.agreement;
  body.returned = verdict.returned();
  body.tested = verdict.tested();
  body.terms = verdict.terms_digest;
  body.epoch = verdict.epoch;
  body.time = log_time;
  body.count = verdict.permitted() ? verdict.terms().rows_max : 0;
  body.operator_present = request.operator_present;
  body.case_present = request.case_present;
  body.strict = request.strict;
  body.action = request.action;
  return body;
}

}  // namespace steelyard::exchange
