// Alarms: what must be looked at whatever the broker says, each with its evidence in a file of its own.
//
// Owns: the alarms not taken yet. Threads: the Node's. Errors: an alarm whose evidence cannot be written is still
// raised; its line says so. Format: docs/formats/client-state.md.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/client/node.h"

namespace steelyard::client {

class Alarms {
 public:
  // `dir` is made when the first evidence is; empty: nothing is written.
  Alarms(std::string dir, const Clock& clock) : dir_(std::move(dir)), clock_(clock) {}

  void raise(std::string_view slug, std::string what, std::string_view evidence);
  std::vector<Alarm> take();

 private:
  Result<std::string> write(std::string_view slug, std::string_view evidence);

  std::string dir_;
  const Clock& clock_;
  std::size_t written_ = 0;
  std::map<std::string, std::size_t> written_of_;  // by code
  std::vector<Alarm> alarms_;
};

}  // namespace steelyard::client
