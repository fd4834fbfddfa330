// Review: all that a person looks at before signing an agreement, on one page, in both languages.
//
// Made from the registry alone, so that everybody who reviews a version sees the same. Plain text values: what shows
// them (review_page.h) decides nothing. Threads: pure. Errors: none.
#pragma once

#include <string>
#include <vector>

#include "core/exchange/registry.h"

namespace steelyard::cli {

using schemas::Text;

struct ReviewLine {
  std::string key;  // in JSON
  Text label;
  Text value = {};
};

// Lines, or a table, or both.
struct ReviewSection {
  std::string key;
  Text title;
  Text none = {};  // said where the table has no rows
  std::vector<ReviewLine> lines = {};
  std::vector<ReviewLine> columns = {};  // keys and labels
  std::vector<std::vector<Text>> rows = {};
  std::size_t left_out = 0;  // rows beyond what a page shows
};

struct Review {
  AgreementId agreement;
  Text title;
  Digest digest;  // of the version: what approvals sign
  std::vector<ReviewSection> sections;
};

// Of the version that waits, else of the one in force or dropped last.
Review review_of(const exchange::Registry& registry, const exchange::AgreementRecord& record, Instant now);

}  // namespace steelyard::cli
