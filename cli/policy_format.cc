// steelyard policy format: policies laid out in the lines that everybody lays them out in.
#include <filesystem>

#include "cli/policy.h"
#include "cli/policy_input.h"
#include "core/store/durable_file.h"
#include "policy/format/format.h"
#include "policy/limits.h"

namespace steelyard::cli {
namespace {

unsigned mode_of(const std::string& file) {
  std::error_code error;
  return static_cast<unsigned>(std::filesystem::status(file, error).permissions()) & 0777;
}

struct Options {
  std::string file;
  std::int64_t line_width = 80;
  std::int64_t indent_width = 2;
  bool write = false;
  bool check = false;
};

Result<policy::format::Options> widths(const Options& options) {
  if (options.line_width < 1 || options.indent_width < 0)
    return fail(ErrorKind::kFix, "--line-width is at least 1 and --indent-width at least 0");
  return policy::format::Options{static_cast<std::size_t>(options.line_width),
                                 static_cast<std::size_t>(options.indent_width)};
}

Result<int> format(Terminal& terminal, const Options& options) {
  if (options.write && options.check) return fail(ErrorKind::kFix, "--write and --check exclude each other");
  if (options.write && options.file.empty()) return fail(ErrorKind::kFix, "--write needs --policies FILE");
  TRY_ASSIGN(const policy::format::Options wanted, widths(options));
  TRY_ASSIGN(const std::string text, read_text(options.file));
  auto formatted = policy::format::format_policies(text, wanted, limits::kPolicyFileBytesMax);
  if (!formatted) return in_input(std::move(formatted.error()), options.file);
  if (options.write) {
    if (*formatted != text) TRY(store::write_file_durably(options.file, as_bytes(*formatted), mode_of(options.file)));
    return 0;
  }
  const bool changed = *formatted != text;
  if (terminal.output == Output::kTable)
    terminal.out << *formatted;
  else
    print(terminal, json::object({{"policies", *formatted}, {"changed", changed}}));
  if (options.check && changed)
    return fail(ErrorKind::kFix, name_of_input(options.file) + ": formatting would change it");
  return 0;
}

}  // namespace

void register_policy_format(Command& noun) {
  auto options = std::make_shared<Options>();
  Command command = noun.verb("format", "lays policies out in lines; comments are kept",
                              "  steelyard policy format --policies p.cedar --write\n"
                              "  steelyard policy format --check < p.cedar\n");
  command.option("-p,--policies", options->file, "file of policies; without it standard input is read");
  command.option("-l,--line-width", options->line_width, "characters of a line");
  command.option("-i,--indent-width", options->indent_width, "characters that an inner line is indented by");
  command.flag("-w,--write", options->write, "write the file in place of printing");
  command.flag("-c,--check", options->check, "exit code 1 where formatting changes anything");
  command.answers([options](Terminal& terminal) { return format(terminal, *options); });
}

}  // namespace steelyard::cli
