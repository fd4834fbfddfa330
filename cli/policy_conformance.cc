// steelyard policy test: cases in the format of Cedar's published corpus, each compared with what it must come to.
#include <optional>

#include "cli/case_files.h"
#include "cli/policy.h"
#include "policy/conformance/conformance.h"
#include "policy/est/policy_json.h"

namespace steelyard::cli {
namespace {

namespace conformance = policy::conformance;

struct Options {
  std::vector<std::string> paths;
};

class Runner {
 public:
  explicit Runner(Terminal& terminal) : terminal_(terminal) {}

  // How many cases there were.
  Result<std::size_t> run(const CaseFiles& files, const std::vector<CaseFiles>& all) {
    std::size_t found = 0;
    for (const std::string& document : files.documents()) {
      TRY_ASSIGN(const std::string text, files.read(document));
      // Entities and schemas are JSON, too; what names neither policies nor requests is no case, whatever else it is.
      if (text.find("\"requests\"") == text.npos || text.find("\"policies\"") == text.npos) continue;
      const auto spec = policy::est::read_json(text);
      if (spec && !conformance::is_case(*spec)) continue;
      ++found;
      if (!spec)
        mismatch(document, {}, spec.error().what);
      else
        run_case(document, *spec, files, all);
    }
    return found;
  }

  Result<int> finish() {
    if (terminal_.output == Output::kJson) {
      json::Value value = counts();
      value.set("mismatches", json::Value(std::move(told_)));
      terminal_.out << json::dump(value) << "\n";
    } else {
      terminal_.out << cases_ << " cases, " << requests_ << " requests, " << validations_
                    << " results of the validator, " << mismatches_ << " mismatches\n";
    }
    if (mismatches_ != 0)
      return fail(ErrorKind::kFix, std::to_string(mismatches_) + " mismatches: not every case comes to what it must");
    return 0;
  }

 private:
  void run_case(const std::string& document, const json::Value& spec, const CaseFiles& files,
                const std::vector<CaseFiles>& all) {
    ++cases_;
    const conformance::FileOf file_of = [&](std::string_view path) -> Result<std::string> {
      const std::string found = files.find(document, path);
      if (found.empty()) return fail(ErrorKind::kFix, "there is no file `" + std::string(path) + "`");
      return files.read(found);
    };
    const auto results = beside(document, "-validation", ".validation.json", all);
    const auto json_schema = beside(document, "-json-schemas", ".cedarschema.json", all);
    if (!results || !json_schema) return mismatch(document, {}, (results ? json_schema.error() : results.error()).what);
    auto validation = *results ? policy::est::read_json(**results) : json::Value();
    if (!validation) return mismatch(document, "validation", validation.error().what);
    const auto outcome = conformance::run_case(
        spec, file_of, {*results ? &*validation : nullptr, *json_schema ? &**json_schema : nullptr});
    if (!outcome) return mismatch(document, {}, outcome.error().what);
    requests_ += outcome->requests;
    validations_ += outcome->validations;
    for (const conformance::Mismatch& one : outcome->mismatches) mismatch(document, one.where, one.what);
  }

  // `X.validation.json` beside the case `X.json` of a folder F, or in a folder `F-validation`, in whatever was named;
  // likewise of its schema in JSON.
  static Result<std::optional<std::string>> beside(const std::string& document, std::string_view folders,
                                                   std::string_view suffix, const std::vector<CaseFiles>& all) {
    const std::size_t slash = document.rfind('/');
    const std::string folder = slash == document.npos ? "" : document.substr(0, slash);
    const std::string stem = document.substr(slash + 1, document.size() - slash - 1 - std::string(".json").size());
    for (const CaseFiles& files : all) {
      for (const std::string& place : {folder, folder + std::string(folders)}) {
        const std::string path = (place.empty() ? "" : place + "/") + stem + std::string(suffix);
        const std::string found = files.find(path, path);
        if (found.empty()) continue;
        TRY_ASSIGN(std::string text, files.read(found));
        return std::optional(std::move(text));
      }
    }
    return std::nullopt;
  }

  void mismatch(const std::string& document, const std::string& where, const std::string& what) {
    ++mismatches_;
    if (terminal_.output == Output::kJson) {
      told_.push_back(json::object({{"case", document}, {"where", where}, {"what", what}}));
      return;
    }
    terminal_.out << printable(document) << ": " << (where.empty() ? "" : printable(where) + ": ") << printable(what)
                  << "\n";
  }

  json::Value counts() const {
    return json::object({{"cases", cases_}, {"requests", requests_}, {"validations", validations_}});
  }

  Terminal& terminal_;
  std::size_t cases_ = 0, requests_ = 0, validations_ = 0, mismatches_ = 0;
  json::Array told_;
};

Result<int> test(Terminal& terminal, const Options& options) {
  std::vector<CaseFiles> all;
  std::vector<std::size_t> ends;  // of what each path holds, in `all`
  for (const std::string& path : options.paths) {
    TRY_ASSIGN(std::vector<CaseFiles> opened, CaseFiles::open(path));
    for (CaseFiles& files : opened) all.push_back(std::move(files));
    ends.push_back(all.size());
  }
  Runner runner(terminal);
  bool any = false;
  for (std::size_t nth = 0, at = 0; nth < ends.size(); ++nth) {
    std::size_t found = 0;
    bool only_beside = true;
    for (; at < ends[nth]; ++at) {
      if (all[at].only_beside()) continue;
      only_beside = false;
      TRY_ASSIGN(const std::size_t more, runner.run(all[at], all));
      found += more;
    }
    if (found == 0 && !only_beside) return fail(ErrorKind::kFix, options.paths[nth] + ": there is no case in it");
    any = any || found > 0;
  }
  if (!any) return fail(ErrorKind::kFix, "name cases, not only what stands beside them");
  return runner.finish();
}

}  // namespace

void register_policy_test(Command& noun) {
  auto options = std::make_shared<Options>();
  Command command =
      noun.verb("test", "runs cases in the format of Cedar's published corpus: exit code 0 only without a mismatch",
                "  steelyard policy test corpus.tar.gz validation.tar.gz\n"
                "  steelyard policy test tests/multi/1.json\n");
  command.required("paths", options->paths, "files, folders or archives of cases; archives of results beside them");
  command.answers([options](Terminal& terminal) { return test(terminal, *options); });
}

}  // namespace steelyard::cli
