// `steelyard-adapter check`: what maps would publish, and what stands in the way.
#include <algorithm>

#include <fmt/format.h>

#include "adapters/config.h"
#include "adapters/inspector.h"
#include "adapters/masked.h"
#include "adapters/open_source.h"
#include "adapters/verbs.h"
#include "core/base/plain_text.h"
#include "core/client/replica.h"
#include "core/json/json.h"
#include "core/store/durable_file.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

namespace code = schemas::code;
using schemas::Value;
using schemas::ValueType;

constexpr std::uint32_t kRowsShown = 10;
constexpr Duration kReadTimeout = seconds(10);
constexpr std::string_view kUsage =
    "say steelyard-adapter check MAP... or check --config FILE, with -o json for programs";

struct Wanted {
  std::vector<std::string> maps;
  std::string config;
  bool json = false;
};

struct FieldReport {
  MappedField field;
  std::string declared;  // "" where the map's own SELECT gives it
  bool nullable = true;
};

struct Report {
  DatasetId dataset;
  std::string source;
  std::string session;  // how a write was refused
  std::string key;
  bool key_unique = false;
  ReadWay way;
  std::vector<FieldReport> fields;
  std::vector<std::vector<std::string>> rows;  // masked
  std::string as_of;
  std::string catalogue = "not compared: no --config";
  std::vector<std::string> warnings;
  std::vector<Error> problems;
};

tl::unexpected<Error> usage(const std::string& what) { return fail(schemas::error_of(code::usage, what)); }

Result<Wanted> parse(const std::vector<std::string>& arguments) {
  Wanted wanted;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (!word.starts_with("-")) {
      wanted.maps.push_back(word);
      continue;
    }
    if (word != "--config" && word != "-o") return usage("unknown argument `" + word + "`: " + std::string(kUsage));
    if (++i == arguments.size()) return usage("`" + word + "` needs a value after it");
    if (word == "--config")
      wanted.config = arguments[i];
    else if (arguments[i] == "json" || arguments[i] == "table")
      wanted.json = arguments[i] == "json";
    else
      return usage("-o takes `table` or `json`");
  }
  if (wanted.maps.empty() == wanted.config.empty()) return usage(std::string(kUsage));
  return wanted;
}

std::string source_of(const DatasetMap& map) {
  const std::string of = map.sql.empty() ? ", table " + map.table : ", its own SELECT";
  if (map.kind == SourceKind::kMemory) return "memory";
  return map.kind == SourceKind::kSqlite ? "sqlite " + map.path + of
                                         : "postgres " + map.url + ", schema " + map.schema + of;
}

Value any_value(ValueType type) {
  switch (type) {
    case ValueType::kBool: return Value(false);
    case ValueType::kInt64:
    case ValueType::kTimestamp: return Value(std::int64_t{0});
    case ValueType::kDouble: return Value(0.0);
    case ValueType::kDecimal: return Value(std::string("0"));
    case ValueType::kDate: return Value(std::string("2000-01-01"));
    case ValueType::kString: return Value(std::string("x"));
    case ValueType::kBytes: return Value(Bytes{});
  }
  return Value();
}

ReadPlan plan_of(const DatasetMap& map, std::vector<FieldName> fields) {
  ReadPlan plan;
  plan.dataset = map.dataset;
  plan.fields = std::move(fields);
  plan.rows_max = kRowsShown;
  plan.timeout = kReadTimeout;
  return plan;
}

// What the table says of the map's columns; a map's own SELECT has no declarations to ask.
Status look_at_table(const DatasetMap& map, Inspector& inspector, Report& report) {
  TableSchema schema;
  if (map.sql.empty()) {
    TRY_ASSIGN(schema, inspector.describe(map.table));
  }
  for (const MappedField& field : map.fields) {
    FieldReport made{field, "", true};
    for (const ColumnSchema& column : schema.columns)
      if (column.name == field.column) {
        made.declared = column.declared;
        made.nullable = column.nullable;
      }
    report.fields.push_back(std::move(made));
  }
  const std::string& key = map.field(map.key)->column;
  report.key_unique = std::any_of(schema.keys.begin(), schema.keys.end(),
                                  [&](const auto& columns) { return columns.size() == 1 && columns.front() == key; });
  if (!report.key_unique)
    report.warnings.push_back("key `" + map.key.text + "`: nothing in the database says that it names one row");
  return {};
}

Status look_at_session(const DatasetMap& map, const Clock& clock, Report& report) {
  TRY_ASSIGN(const auto inspector, open_inspector(map, clock));
  TRY_ASSIGN(report.session, inspector->try_to_write());
  TRY(look_at_table(map, *inspector, report));
  ReadPlan by_key = plan_of(map, {map.key});
  by_key.parameters = {{map.key, schemas::Compare::kEq, {any_value(map.field(map.key)->type)}}};
  TRY_ASSIGN(report.way, inspector->way_of(map, by_key));
  if (report.way.reads_whole_table)
    report.warnings.push_back("key `" + map.key.text + "`: no index serves it, every question reads the whole table");
  return {};
}

void show_rows(const ReadResult& result, Report& report) {
  for (std::uint32_t row = 0; row < result.rows.count; ++row) {
    std::vector<std::string> shown;
    for (const schemas::Column& column : result.rows.columns) shown.push_back(masked(column.type, column.values[row]));
    report.rows.push_back(std::move(shown));
  }
  report.as_of = result.as_of ? to_rfc3339(*result.as_of) : "unknown";
}

// All at once; where that fails for a column's sake, each field by itself, so that all of them are told.
void look_at_rows(const DatasetMap& map, RowSource& source, Report& report) {
  std::vector<FieldName> all;
  for (const MappedField& field : map.fields) all.push_back(field.name);
  auto result = source.read(plan_of(map, all));
  if (result) return show_rows(*result, report);
  if (result.error().code == code::source_changed) {
    for (const FieldName& field : all)
      if (auto one = source.read(plan_of(map, {field})); !one) report.problems.push_back(one.error());
  }
  if (report.problems.empty()) report.problems.push_back(result.error());
}

void compare(const DatasetMap& map, const exchange::Registry& registry, Report& report) {
  const auto* known = registry.dataset(map.dataset);
  if (known == nullptr) {
    report.catalogue = "has no such dataset yet: `steelyard catalog publish` offers it";
    return;
  }
  const auto problem = [&](const FieldName& field, const std::string& what) {
    report.problems.push_back(
        schemas::error_of(code::source_changed, "field `" + field.text + "` of the catalogue " + what));
  };
  std::size_t published = 0;
  for (const schemas::CatalogueField& field : known->statement.fields) {
    const MappedField* mapped = map.field(field.name);
    if (mapped == nullptr) {
      problem(field.name, "is not in the map");
    } else if (mapped->type != field.type) {
      problem(field.name,
              "is " + std::string(name_of(field.type)) + ", in the map it is " + std::string(name_of(mapped->type)));
    } else {
      ++published;
      for (const FieldReport& each : report.fields)
        if (each.field.name == field.name && each.nullable && !field.nullable)
          report.warnings.push_back("field `" + field.name.text +
                                    "`: the catalogue promises no nulls, the database allows them");
    }
  }
  report.catalogue = fmt::format("{} of its {} fields are as the map has them; the map has {} that it does not offer",
                                 published, known->statement.fields.size(), map.fields.size() - published);
}

Report look_at(const DatasetMap& map, const Clock& clock) {
  Report report;
  report.dataset = map.dataset;
  report.source = source_of(map);
  report.key = map.key.text;
  if (auto looked = look_at_session(map, clock, report); !looked) {
    report.problems.push_back(std::move(looked).error());
    return report;
  }
  auto source = open_source(map, clock);
  if (!source) {
    report.problems.push_back(source.error());
    return report;
  }
  look_at_rows(map, **source, report);
  return report;
}

json::Value json_of(const Report& report) {
  json::Array fields, rows, way, warnings, problems;
  for (const FieldReport& each : report.fields)
    fields.push_back(json::object({{"name", each.field.name.text},
                                   {"type", name_of(each.field.type)},
                                   {"column", each.field.column},
                                   {"declared", each.declared},
                                   {"nullable", each.nullable}}));
  for (const auto& row : report.rows) {
    json::Array cells;
    for (const std::string& cell : row) cells.emplace_back(cell);
    rows.emplace_back(std::move(cells));
  }
  for (const std::string& line : report.way.lines) way.emplace_back(line);
  for (const std::string& warning : report.warnings) warnings.emplace_back(warning);
  for (const Error& problem : report.problems)
    problems.push_back(json::object({{"code", schemas::slug_of(problem.code)}, {"what", problem.what}}));
  return json::object({{"dataset", report.dataset.text},
                       {"source", report.source},
                       {"write_refused", report.session},
                       {"key", json::object({{"field", report.key},
                                             {"unique", report.key_unique},
                                             {"indexed", !report.way.lines.empty() && !report.way.reads_whole_table}})},
                       {"plan", json::Value(std::move(way))},
                       {"fields", json::Value(std::move(fields))},
                       {"rows_masked", json::Value(std::move(rows))},
                       {"as_of", report.as_of},
                       {"catalogue", report.catalogue},
                       {"warnings", json::Value(std::move(warnings))},
                       {"problems", json::Value(std::move(problems))}});
}

std::string text_of(const Report& report) {
  std::string text = report.dataset.text + "  " + escaped(report.source) + "\n";
  const auto line = [&](std::string_view name, const std::string& what) {
    if (!what.empty()) text += fmt::format("  {:<10} {}\n", name, escaped(what));
  };
  line("read-only", report.session.empty() ? "" : "a write was tried and refused: " + report.session);
  line("key", report.key + (report.key_unique ? ", names one row" : ""));
  for (const std::string& each : report.way.lines) line("by key", each);
  for (const FieldReport& each : report.fields)
    line("field", fmt::format("{} {}{}{}", each.field.name.text, name_of(each.field.type),
                              each.declared.empty() ? "" : ", of " + each.field.column + " " + each.declared,
                              each.nullable ? "" : ", never null"));
  for (const auto& row : report.rows) line("masked", fmt::format("{}", fmt::join(row, " | ")));
  line("as-of", report.as_of);
  line("catalogue", report.catalogue);
  for (const std::string& warning : report.warnings) line("warning", warning);
  for (const Error& problem : report.problems) line("PROBLEM", problem.what);
  return text;
}

// The registry as the adapter that runs with this configuration left it.
void compare_all(const Config& config, std::vector<Report>& reports) {
  const std::string dir = config.identity.state_dir + "/replica";
  const auto there = store::exists(dir);
  if (!there || !*there) {
    for (Report& report : reports) report.catalogue = "not compared: this adapter has not been run yet";
    return;
  }
  const auto replica = client::Replica::open(dir, config.identity.genesis);
  for (std::size_t i = 0; i < reports.size(); ++i) {
    if (replica)
      compare(config.maps[i], (*replica)->registry(), reports[i]);
    else
      reports[i].catalogue = "not compared: " + replica.error().what;
  }
}

}  // namespace

Result<Printed> run_check(const std::vector<std::string>& arguments, const Clock& clock) {
  TRY_ASSIGN(const Wanted wanted, parse(arguments));
  std::vector<Report> reports;
  if (wanted.config.empty()) {
    for (const std::string& file : wanted.maps) {
      TRY_ASSIGN(const DatasetMap map, load_dataset_map(file));
      reports.push_back(look_at(map, clock));
    }
  } else {
    TRY_ASSIGN(const Config config, read_config(wanted.config));
    for (const DatasetMap& map : config.maps) reports.push_back(look_at(map, clock));
    compare_all(config, reports);
  }
  Printed printed;
  json::Array documents;
  for (const Report& report : reports) {
    if (wanted.json)
      documents.push_back(json_of(report));
    else
      printed.out += text_of(report);
    for (const Error& problem : report.problems)
      if (printed.exit_code == 0) printed.exit_code = schemas::exit_code_of(problem);
  }
  if (wanted.json) printed.out = json::dump(json::Value(std::move(documents)), 2) + "\n";
  return printed;
}

}  // namespace steelyard::adapters
