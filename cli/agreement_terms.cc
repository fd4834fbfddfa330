#include "cli/agreement_terms.h"

#include "cli/value_text.h"
#include "core/base/limits.h"

namespace steelyard::cli {
namespace {

template <class Id>
Result<Id> id(const std::string& text, const char* flag) {
  if (auto good = check_name(text); !good) return usage(std::string(flag) + ": " + good.error().what);
  return Id(text);
}

// The manager is the root manager, and where that is the user, the owner.
MemberId manager_of(const exchange::Registry& registry, const MemberId& user, const MemberId& owner) {
  return user == registry.root_manager() ? owner : registry.root_manager();
}

// Where the duty of the dataset has passed on: the dataset of that duty that its new holder publishes, of the same
// code.
Status follow_dataset(schemas::Agreement& terms, const exchange::Registry& registry) {
  const auto* dataset = registry.dataset(terms.dataset);
  const auto* duty = dataset == nullptr ? nullptr : registry.duty(dataset->statement.duty);
  if (duty == nullptr || duty->statement.holder == terms.owner) return {};
  const MemberId& holder = duty->statement.holder;
  const std::string code = terms.dataset.text.substr(terms.dataset.text.find('/') + 1);
  const DatasetId moved(holder.text + "/" + code);
  const auto* published = registry.dataset(moved);
  if (published == nullptr || published->statement.duty != dataset->statement.duty)
    return usage("duty `" + dataset->statement.duty.text + "` has passed to `" + holder.text +
                 "`, which does not publish `" + moved.text + "` under it yet");
  terms.owner = holder;
  terms.dataset = moved;
  return {};
}

}  // namespace

void TermFlags::declare(Command& command) {
  command.option("--id", id, "in place of a file: id of the agreement");
  command.option("--dataset", dataset, "the dataset, OWNER/CODE");
  command.option("--fields", fields, "its fields, with commas");
  command.option("--purpose", purposes, "registered purposes, with commas");
  command.option("--basis", basis, "the registered legal basis");
  command.option("--duty", duty, "the duty of yours that needs it");
  command.option("--terms-zh", terms_zh, "conditions and duties of both sides, in Chinese");
  command.option("--terms-en", terms_en, "the same in English");
  command.option("--rows-max", rows_max, "rows of one answer; 0: as the catalogue says");
  command.option("--valid-until", valid_until, "the end; without it: until conditions change");
}

bool TermFlags::given() const {
  for (const std::string* flag : {&id, &dataset, &fields, &purposes, &basis, &duty, &terms_zh, &terms_en, &valid_until})
    if (!flag->empty()) return true;
  return rows_max != 0;
}

Result<schemas::Agreement> agreement_of(const TermFlags& flags, const exchange::Registry& registry,
                                        const MemberId& user, Instant now) {
  schemas::Agreement made;
  TRY_ASSIGN(made.agreement, id<AgreementId>(flags.id, "--id"));
  if (auto good = check_dataset_id(flags.dataset); !good) return usage("--dataset: " + good.error().what);
  made.dataset = DatasetId(flags.dataset);
  TRY_ASSIGN(made.fields, names_of<FieldName>(flags.fields, "--fields"));
  TRY_ASSIGN(made.purposes, names_of<PurposeId>(flags.purposes, "--purpose"));
  TRY_ASSIGN(made.legal_basis, id<BasisId>(flags.basis, "--basis"));
  TRY_ASSIGN(made.user_duty, id<DutyId>(flags.duty, "--duty"));
  if (flags.rows_max < 0 || flags.rows_max > limits::kRowsMax)
    return usage("--rows-max: 0 to " + std::to_string(limits::kRowsMax));
  made.user = user;
  made.owner = owner_of(made.dataset);
  made.manager = manager_of(registry, made.user, made.owner);
  made.actions = {schemas::Action::kQuery};
  made.terms = {flags.terms_zh, flags.terms_en};
  made.rows_max = static_cast<std::uint32_t>(flags.rows_max);
  made.valid_from = now;
  TRY_ASSIGN(made.valid_until, end_of(flags.valid_until, "--valid-until", now));
  return made;
}

Result<schemas::Agreement> renewed(const exchange::AgreementRecord& record, const RenewFlags& flags,
                                   const exchange::Registry& registry, Instant now) {
  if (!record.in_force) return usage("no version of `" + record.id.text + "` has been in force: propose it");
  if (flags.until_conditions_change && !flags.valid_until.empty())
    return usage("--valid-until or --until-conditions-change, not both");
  schemas::Agreement made = record.in_force->statement;
  if (made.valid_until && flags.valid_until.empty() && !flags.until_conditions_change)
    return usage("it ends with " + to_rfc3339(*made.valid_until) +
                 ": give the new end with --valid-until, or --until-conditions-change");
  if (flags.until_conditions_change) made.valid_until.reset();
  if (!flags.valid_until.empty()) {
    TRY_ASSIGN(made.valid_until, end_of(flags.valid_until, "--valid-until", now));
  }
  if (!flags.basis.empty()) {
    TRY_ASSIGN(made.legal_basis, id<BasisId>(flags.basis, "--basis"));
  }
  if (const auto* duty = registry.duty(made.user_duty)) made.user = duty->statement.holder;
  TRY(follow_dataset(made, registry));
  made.manager = manager_of(registry, made.user, made.owner);
  return made;
}

}  // namespace steelyard::cli
