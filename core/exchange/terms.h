// Terms: what an owner must keep to beside the fields, and what of it a catalogue statement and an agreement ask for.
//
// Owns: text. Threads: plain values. Errors: none. Format: docs/formats/policy.md, Terms.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/crypto/suite.h"
#include "core/exchange/row_filter.h"
#include "schemas/messages.h"
#include "schemas/statement.h"

namespace steelyard::exchange {

// Of one exchange: masks of returned fields, in the catalogue's order.
struct Terms {
  std::vector<schemas::Mask> masks;
  std::string row_filter;
  std::uint32_t rows_max = 0;
  Digest digest(const crypto::Suite& suite) const;
};

// The digest of the last terms that limit rows alone is kept, as most do.
class TermsDigest {
 public:
  const Digest& of(const crypto::Suite& suite, const Terms& terms);

 private:
  std::uint32_t rows_max_ = 0;
  std::optional<Digest> of_rows_;
  Digest other_;
};

// What stands for everyone who asks under these two, whatever is asked.
struct StandingTerms {
  struct Masked {
    std::size_t place;  // in the catalogue
    std::string mask;   // empty: there is none that stands on the field's type, so the field is denied
  };
  std::vector<Masked> masks;  // by place, ascending; fields that show as they are have none
  std::uint32_t rows_max = 0;
  std::string row_filter;                   // empty: every row
  std::shared_ptr<const RowFilter> filter;  // the same; null where it does not hold for these fields, or is empty
  bool sound() const { return row_filter.empty() || filter != nullptr; }  // else nothing is granted

  const Masked* mask_at(std::size_t place) const;  // null: none
};
// `agreement`: null where none decides.
StandingTerms standing_terms(const schemas::Catalogue& catalogue, const schemas::Agreement* agreement);

}  // namespace steelyard::exchange
