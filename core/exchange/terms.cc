#include "core/exchange/terms.h"

#include <algorithm>

#include "core/base/limits.h"
#include "core/crypto/hash.h"
#include "core/exchange/mask.h"

namespace steelyard::exchange {
namespace {

std::uint32_t least(std::uint32_t limit, std::uint32_t own) { return own == 0 ? limit : std::min(limit, own); }

std::string agreed_mask(const schemas::Agreement* agreement, const FieldName& field) {
  if (agreement == nullptr) return {};
  const auto found = std::find_if(agreement->masks.begin(), agreement->masks.end(),
                                  [&field](const auto& mask) { return mask.first == field; });
  return found == agreement->masks.end() ? std::string() : found->second;
}

}  // namespace

Digest Terms::digest(const crypto::Suite& suite) const {
  Bytes text = to_bytes(as_bytes("steelyard/terms/v1"));
  text.push_back(0);
  const auto put_text = [&text](const std::string& part) {
    put_le(text, static_cast<std::uint32_t>(part.size()));
    append(text, as_bytes(part));
  };
  put_le(text, static_cast<std::uint32_t>(masks.size()));
  for (const schemas::Mask& mask : masks) {
    put_text(mask.field.text);
    put_text(mask.mask);
  }
  put_text(row_filter);
  put_le(text, rows_max);
  return crypto::hash(suite, text);
}

const Digest& TermsDigest::of(const crypto::Suite& suite, const Terms& terms) {
  if (!terms.masks.empty() || !terms.row_filter.empty()) return other_ = terms.digest(suite);
  if (!of_rows_ || rows_max_ != terms.rows_max) {
    rows_max_ = terms.rows_max;
    of_rows_ = terms.digest(suite);
  }
  return *of_rows_;
}

const StandingTerms::Masked* StandingTerms::mask_at(std::size_t place) const {
  if (masks.empty()) return nullptr;
  const auto found = std::lower_bound(masks.begin(), masks.end(), place,
                                      [](const Masked& one, std::size_t sought) { return one.place < sought; });
  return found != masks.end() && found->place == place ? &*found : nullptr;
}

StandingTerms standing_terms(const schemas::Catalogue& catalogue, const schemas::Agreement* agreement) {
  StandingTerms terms;
  terms.rows_max = least(limits::kRowsMax, catalogue.rows_max);
  if (agreement != nullptr) {
    terms.rows_max = least(terms.rows_max, agreement->rows_max);
    terms.row_filter = agreement->row_filter;
  }
  if (!terms.row_filter.empty())
    if (auto compiled = RowFilter::compile(terms.row_filter, catalogue.fields))
      terms.filter = std::make_shared<const RowFilter>(std::move(*compiled));
  for (std::size_t place = 0; place < catalogue.fields.size(); ++place) {
    const schemas::CatalogueField& field = catalogue.fields[place];
    std::string mask = joint_mask(field.mask, agreed_mask(agreement, field.name));
    if (mask.empty()) continue;
    // Either may have been signed under another type of the field: then nobody has said how to show this one.
    const auto sound = [&field](const std::string& one) { return one.empty() || check_mask(one, field.type); };
    if (!sound(field.mask) || !sound(agreed_mask(agreement, field.name))) mask.clear();
    terms.masks.push_back({place, std::move(mask)});
  }
  return terms;
}

}  // namespace steelyard::exchange
