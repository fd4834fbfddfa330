// Gate::Weighing: one question on its way through the gate. Private to gate*.cc.
// Owns: what was found so far; refers to the question. Threads: the gate's. Errors: none.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "core/exchange/gate_relation.h"

namespace steelyard::exchange {

struct Gate::Weighing {
  const Question& question;
  Instant now;
  Relation& relation;
  Verdict verdict;  // carries the numbers found on the way
  const Registered<schemas::Vocabulary>* purpose = nullptr;
  const Relation::Agreed* agreed = nullptr;
  std::vector<FieldName> concerned{};             // by the reason
  std::vector<std::size_t> tested{}, returned{};  // places in the catalogue of conditions and fields, in their order
  // Policies that decided so far, each once; after an error those that erred.
  std::array<const policy::CompiledPolicy*, DecidedBy::kPoliciesMax> deciding{};
  std::size_t deciding_size = 0;
  bool erred = false, more = false;

  void note(const policy::Decider& decider, bool error) {
    if (error && !erred) deciding_size = 0;
    erred = erred || error;
    for (const policy::CompiledPolicy* one : erred ? decider.erred() : decider.decided()) {
      const auto end = deciding.begin() + static_cast<std::ptrdiff_t>(deciding_size);
      if (std::find(deciding.begin(), end, one) != end) continue;
      if (deciding_size < deciding.size())
        deciding[deciding_size++] = one;
      else
        more = true;
    }
  }

  Verdict refuse(ErrorCode reason) {
    Verdict refusal = Verdict::refuse(reason, std::move(concerned));
    refusal.copy_numbers(verdict);
    return refusal;
  }
  policy::Value context() const;
};

}  // namespace steelyard::exchange
