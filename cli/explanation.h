// What a member may see of a dataset, for which purpose, until when, and why not the rest: for `policy explain`.
//
// A way is one agreement (or none, where none is needed) with one of its purposes; it is weighed by the gate's own
// steps for each action that is built. Threads: one owner of the gate. Errors: none: what is refused says why.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/exchange/gate.h"

namespace steelyard::cli {

inline constexpr std::array kExplainedActions{schemas::Action::kQuery, schemas::Action::kVerify,
                                              schemas::Action::kSubscribe};

struct Way {
  AgreementId agreement;  // empty: none
  PurposeId purpose;      // empty: there is no way, and `by_action` says why
  std::array<exchange::Explained, kExplainedActions.size()> by_action;
};

struct Asker {
  MemberId user;
  ApplicationId application;
  DatasetId dataset;  // registered
};

// By agreement, then purpose. Those for `purpose` alone, if it is given.
std::vector<Way> ways_of(const exchange::Registry& registry, exchange::Gate& gate, const Asker& asker,
                         const std::optional<PurposeId>& purpose, Instant now);

// "yes", "no", or "masked: NAME"; of the field at `place` of the catalogue.
std::string cell_of(const exchange::Explained& explained, std::size_t place);
// Why it is not given by some action that the agreement covers: a word, empty if it is given by all of them.
std::string why_of(const Way& way, std::size_t place);

// The same in sentences.
std::vector<schemas::Text> sentences_of(const exchange::Registry& registry, const Asker& asker, const Way& way);

}  // namespace steelyard::cli
