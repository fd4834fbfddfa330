// Command: the program's verbs as a tree; the wall around CLI11.
//
// A verb's file declares its options on a Command and hands over what runs: `runs(...)`. main() builds the tree, calls
// run_program() once, and returns its exit code. Examples stand first in every help text.
// Owns: the tree; options write to what the verb's closure shares. Threads: main's.
// Errors: usage errors end with exit code 2 and say what to write; a verb's Error ends with exit_code_of(error), or
// with 1 where the exit code is an answer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/terminal.h"
#include "cli/usage.h"
#include "core/base/result.h"

namespace steelyard::cli {

using Run = std::function<Status(Terminal&)>;
// Of a verb whose exit code is its answer, as 0 for allow and 2 for deny.
using Answer = std::function<Result<int>(Terminal&)>;

class Command {
 public:
  // A further word of the command line. `examples` is one line for each example.
  Command verb(const std::string& name, const std::string& what, const std::string& examples = "");

  // `name` as CLI11 writes it: "--out", "-o,--output", or "file" for an argument by position. What `to` holds at
  // declaration is the default.
  Command& option(const std::string& name, std::string& to, const std::string& help);
  Command& option(const std::string& name, std::vector<std::string>& to, const std::string& help);
  Command& option(const std::string& name, std::int64_t& to, const std::string& help);
  Command& required(const std::string& name, std::string& to, const std::string& help);
  Command& required(const std::string& name, std::vector<std::string>& to, const std::string& help);
  Command& flag(const std::string& name, bool& to, const std::string& help);
  // --home DIR, else the environment's STEELYARD_HOME; required.
  Command& home(std::string& to);
  Command& runs(Run run);
  Command& answers(Answer answer);

 private:
  friend int run_program(int argc, char** argv, const std::string& version,
                         const std::function<void(Command&)>& declare);
  struct Tree;
  Command(Tree* tree, void* app) : tree_(tree), app_(app) {}
  Tree* tree_;
  void* app_;  // CLI::App
};

int run_program(int argc, char** argv, const std::string& version, const std::function<void(Command&)>& declare);

}  // namespace steelyard::cli
