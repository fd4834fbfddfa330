// Gate::Weighing: one question on its way through the gate. Private to gate*.cc.
// Owns: what was found so far; refers to the question. Threads: the gate's. Errors: none.
#pragma once

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

  Verdict refuse(ErrorCode reason) {
    Verdict refusal = Verdict::refuse(reason, std::move(concerned));
    refusal.copy_numbers(verdict);
    return refusal;
  }
  policy::Value context() const;
};

}  // namespace steelyard::exchange
