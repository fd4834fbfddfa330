// steelyard catalog import: dataset files from a catalogue kept as a spreadsheet.
#include <filesystem>

#include "cli/catalog_rows.h"
#include "cli/documents.h"
#include "cli/folder.h"
#include "cli/usage.h"
#include "cli/verbs.h"
#include "core/store/durable_file.h"

namespace steelyard::cli {
namespace {

constexpr std::size_t kFileBytesMax = 64UL * 1024 * 1024;
constexpr std::size_t kProblemsTold = 50;

struct Options {
  ImportPlan plan;
  std::string file, out;
};

Status check_ids(const ImportPlan& plan) {
  const std::pair<const char*, const std::string*> ids[] = {
      {"--owner", &plan.owner}, {"--duty", &plan.duty}, {"--system", &plan.system}};
  for (const auto& [name, id] : ids)
    if (auto good = check_name(*id); !good) return usage(std::string(name) + ": " + good.error().what);
  return {};
}

Error told(const std::string& file, const std::vector<std::string>& problems) {
  std::string what;
  for (std::size_t i = 0; i < problems.size() && i < kProblemsTold; ++i)
    what += (i == 0 ? "" : "; ") + printable(file + ":" + problems[i]);
  if (problems.size() > kProblemsTold) what += "; and " + std::to_string(problems.size() - kProblemsTold) + " more";
  return {ErrorKind::kFix, schemas::code::config, what + ": nothing was written"};
}

// Every file as `catalog publish` will read it, and none that is there already: only then the first is written.
Status check_files(const Options& options, const ImportedCatalogue& made) {
  for (const DatasetFile& file : made.files) {
    const std::string path = join(options.out, file.name);
    TRY(refuse_existing(path));
    TRY_ASSIGN(config::Table table, config::parse(file.text, path));
    TRY(read_dataset(table));
  }
  return {};
}

Status import(Terminal& terminal, const Options& options) {
  TRY(check_ids(options.plan));
  TRY_ASSIGN(const Bytes octets, store::read_file(options.file, kFileBytesMax));
  auto text = utf8_of(octets);
  if (!text) return fail(std::move(text).error().in(options.file));
  auto records = read_csv(*text);
  if (!records) return fail(std::move(records).error().in(options.file));
  const ImportedCatalogue made = import_catalogue(*records, options.plan);
  if (!made.problems.empty()) return fail(told(options.file, made.problems));
  TRY(check_files(options, made));
  TRY(store::make_dir(options.out, 0755));
  Table table{{"dataset", "file"}, {}};
  for (const DatasetFile& file : made.files) {
    const std::string path = join(options.out, file.name);
    TRY(write_text(path, file.text));
    table.rows.push_back({file.dataset, path});
  }
  for (const std::string& note : made.notes) terminal.err << printable(note) << "\n";
  print(terminal, table);
  return {};
}

}  // namespace

void register_catalog_import(Command& catalog) {
  auto options = std::make_shared<Options>();
  Command command =
      catalog.verb("import", "makes dataset files of a catalogue kept as CSV, for `catalog publish`",
                   "  steelyard catalog import 政务信息资源目录.csv --owner civil-affairs --provider 市民政局 \\\n"
                   "      --duty household-registration --system household --out datasets\n");
  command.required("file", options->file, "the catalogue as CSV, UTF-8 or GB18030 (docs/cli.md)");
  command.required("--owner", options->plan.owner, "id of the member that owns the datasets");
  command.required("--duty", options->plan.duty, "id of the duty that they serve");
  command.required("--system", options->plan.system, "id of the system that they stand in");
  command.required("--out", options->out, "folder to write them to; none that is there is overwritten");
  command.option("--provider", options->plan.provider, "take only rows of this 提供方");
  command.runs([options](Terminal& terminal) { return import(terminal, *options); });
}

}  // namespace steelyard::cli
