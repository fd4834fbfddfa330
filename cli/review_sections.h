// The sections of a review, one function each. Private to review*.cc.
//
// Threads: pure. Errors: none.
#pragma once

#include "cli/review.h"

namespace steelyard::cli {

struct Reviewed {
  const exchange::Registry& registry;
  const exchange::AgreementRecord& record;
  const schemas::Agreement& terms;  // of the version that is reviewed
  Instant now;
};

// review_facts.cc: what the version says.
ReviewSection parties_section(const Reviewed& of);
ReviewSection grounds_section(const Reviewed& of);
ReviewSection fields_section(const Reviewed& of);  // each field and why
ReviewSection limits_section(const Reviewed& of);

// review_compare.cc: what stands beside it.
ReviewSection held_section(const Reviewed& of);  // about the same identifier: what a joined picture would be made of
ReviewSection similar_section(const Reviewed& of);
ReviewSection difference_section(const Reviewed& of);
ReviewSection progress_section(const Reviewed& of);

}  // namespace steelyard::cli
