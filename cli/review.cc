#include "cli/review.h"

#include "cli/review_sections.h"

namespace steelyard::cli {

Review review_of(const exchange::Registry& registry, const exchange::AgreementRecord& record, Instant now) {
  const Reviewed of{registry, record, record.proposed ? record.proposed->statement : *record.terms(), now};
  Review made;
  made.agreement = record.id;
  made.title = {"数据共享协议审阅：" + record.id.text, "Review of data sharing agreement " + record.id.text};
  if (record.proposed)
    made.digest = record.proposed_digest;
  else if (record.in_force)
    made.digest = record.in_force_digest;
  else
    made.digest = registry.last_version(schemas::StatementKind::kAgreement, record.id.text).second;
  made.sections = {parties_section(of), grounds_section(of), fields_section(of),     limits_section(of),
                   held_section(of),    similar_section(of), difference_section(of), progress_section(of)};
  return made;
}

}  // namespace steelyard::cli
