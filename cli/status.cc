// steelyard status: how a broker or an adapter stands, what troubles it, whose move it is, and the next command.
#include "cli/verbs.h"
#include "core/config/config.h"
#include "core/http/get.h"
#include "core/json/json.h"
#include "schemas/errors.h"
#include "schemas/troubles.h"

namespace steelyard::cli {
namespace {

constexpr Duration kPatience = seconds(5);

struct Options {
  std::string operators, broker;
};

// --operators, or what broker.toml of --broker says.
Result<std::string> address_of(const Options& options) {
  if (!options.operators.empty()) return options.operators;
  if (options.broker.empty())
    return usage("say where: --operators HOST:PORT, or --broker with the folder that holds broker.toml");
  TRY_ASSIGN(const config::Table table, config::read_file(options.broker + "/broker.toml"));
  TRY_ASSIGN(std::string address, table.text("operators", ""));
  if (address.empty()) return fail(table.error("operators", "add it and restart the broker: nobody can ask it so far"));
  return address;
}

json::Value member_of(const json::Value& value, std::string_view name) {
  const json::Value* found = value.find(name);
  return found == nullptr ? json::Value() : *found;
}

json::Array list_of(const json::Value& value, std::string_view name) {
  const json::Value* found = value.find(name);
  if (found == nullptr) return {};
  const auto items = found->as_array();
  return items ? **items : json::Array{};
}

// One row for each session, and one for each member without any.
Table members_table(const json::Value& status) {
  Table table{{"member", "session", "software", "skew_ms", "statements_behind", "queued_bytes", "open_exchanges"}, {}};
  for (const json::Value& member : list_of(status, "members")) {
    const json::Array sessions = list_of(member, "sessions");
    if (sessions.empty())
      table.rows.push_back({member_of(member, "member"), "none", "", "", "", "", member_of(member, "open_exchanges")});
    for (const json::Value& session : sessions)
      table.rows.push_back({member_of(member, "member"), member_of(session, "session"), member_of(session, "software"),
                            member_of(session, "skew_ms"), member_of(session, "statements_behind"),
                            member_of(session, "queued_bytes"), member_of(member, "open_exchanges")});
  }
  return table;
}

bool is_adapter(const json::Value& status) { return cell_text(member_of(status, "role")) == "adapter"; }

// "none" where the adapter has no session.
json::Value session_of(const json::Value& status) {
  const json::Value* up = status.find("up");
  return up != nullptr && up->as_bool().value_or(false) ? member_of(status, "session") : json::Value("none");
}

json::Value state_of(const json::Value& dataset) {
  json::Value failing = member_of(dataset, "failing");
  if (!failing.is_null()) return failing;  // why
  if (const json::Value held = member_of(dataset, "held_by"); !held.is_null()) return "held: " + cell_text(held);
  return member_of(dataset, "newest_read").is_null() ? "not read yet" : "ok";
}

// One row for each dataset that the adapter provides.
Table datasets_table(const json::Value& status) {
  Table table{{"member", "session", "epoch", "dataset", "state", "reads", "reads_failed", "newest_read"}, {}};
  for (const json::Value& dataset : list_of(status, "datasets"))
    table.rows.push_back({member_of(status, "member"), session_of(status), member_of(status, "epoch"),
                          member_of(dataset, "dataset"), state_of(dataset), member_of(dataset, "reads"),
                          member_of(dataset, "reads_failed"), member_of(dataset, "newest_read")});
  return table;
}

Table table_of(const json::Value& status) {
  return is_adapter(status) ? datasets_table(status) : members_table(status);
}

// What the program says of itself, with what this program knows about each trouble.
json::Array explained(const json::Value& status) {
  json::Array explained;
  for (const json::Value& trouble : list_of(status, "troubles")) {
    const json::Value code = member_of(trouble, "code");
    const schemas::TroubleRow* row = schemas::trouble_row(cell_text(code));
    explained.push_back(json::object({{"code", code},
                                      {"what", member_of(trouble, "what")},
                                      {"turn", std::string(row == nullptr ? "operator" : row->turn)},
                                      {"to_do", std::string(row == nullptr ? "see docs/runbook.md" : row->en_do)},
                                      {"zh", std::string(row == nullptr ? "" : row->zh)},
                                      {"zh_do", std::string(row == nullptr ? "" : row->zh_do)}}));
  }
  return explained;
}

void print_broker(Terminal& terminal, const json::Value& status) {
  const auto text = [&](std::string_view name) { return printable(cell_text(member_of(status, name))); };
  terminal.out << text("origin") << " at " << text("endpoint") << ", version " << text("version") << ", up "
               << text("uptime_s") << " s\n"
               << "log: " << text("log_entries") << " entries, epoch " << text("epoch") << ", "
               << text("store_left_bytes") << " octets left";
  if (!member_of(status, "store_days_left").is_null()) terminal.out << ", " << text("store_days_left") << " days";
  terminal.out << "\nexchanges open: " << text("open_exchanges");
  if (!member_of(status, "oldest_open_ms").is_null())
    terminal.out << ", the oldest for " << text("oldest_open_ms") << " ms";
  terminal.out << "\n\n";
}

void print_adapter(Terminal& terminal, const json::Value& status) {
  const auto text = [&](std::string_view name) { return printable(cell_text(member_of(status, name))); };
  terminal.out << "adapter of " << text("member") << " with " << text("endpoint") << ", version " << text("version")
               << ", up " << text("uptime_s") << " s\n"
               << "requests: " << text("requests") << ", answered " << text("answers") << ", of them noes "
               << text("noes") << ", rejected " << text("rejections") << "; waiting to be sent "
               << text("queued_messages") << "\n"
               << "ledger: " << text("ledger_records") << " records; promises held " << text("promises_held")
               << ", proved " << text("promises_proved") << "\n";
  std::string suspended;
  for (const json::Value& agreement : list_of(status, "suspended"))
    suspended += (suspended.empty() ? "" : ", ") + printable(cell_text(agreement));
  if (!suspended.empty()) terminal.out << "stopped by the office: " << suspended << "\n";
  terminal.out << "\n";
}

void print_people(Terminal& terminal, const json::Value& status, const json::Array& troubles) {
  is_adapter(status) ? print_adapter(terminal, status) : print_broker(terminal, status);
  print(terminal, table_of(status));
  terminal.out << (troubles.empty() ? "\nno trouble\n" : "");
  for (const json::Value& trouble : troubles) {
    const auto part = [&](std::string_view name) { return printable(cell_text(member_of(trouble, name))); };
    terminal.out << "\ntrouble " << part("code") << ": " << part("what") << "\n  whose turn: " << part("turn")
                 << "\n  to do: " << part("to_do") << "\n  " << part("zh") << "：" << part("zh_do") << "\n";
  }
}

Status run(Terminal& terminal, const Options& options) {
  TRY_ASSIGN(const std::string address, address_of(options));
  const auto page = http::get(address, "/status", kPatience);
  if (!page) {
    if (page.error().kind == ErrorKind::kFix) return usage("--operators: " + page.error().what);
    return fail(schemas::error_of(schemas::code::broker_away, page.error().what));
  }
  if (page->status != 200)
    return fail(schemas::error_of(schemas::code::broker_away, "http://" + address + "/status says " +
                                                                  std::to_string(page->status) + " " +
                                                                  printable(page->body.substr(0, 80))));
  auto status = json::parse(page->body);
  if (!status || !status->is_object() || (status->find("log_entries") == nullptr && !is_adapter(*status)))
    return fail(schemas::error_of(schemas::code::broker_away,
                                  "what answers at " + address + " is no status of a broker or an adapter"));
  const json::Array troubles = explained(*status);
  if (terminal.output == Output::kTable) {
    print_people(terminal, *status, troubles);
    return {};
  }
  if (terminal.output == Output::kCsv) {
    print(terminal, table_of(*status));
    return {};
  }
  json::Object with_words;
  for (const auto& [name, value] : **status->as_object())
    with_words.emplace_back(name, name == "troubles" ? json::Value(troubles) : value);
  terminal.out << json::dump(json::Value(std::move(with_words)), 2) << "\n";
  return {};
}

}  // namespace

void register_status(Command& root) {
  auto options = std::make_shared<Options>();
  Command command = root.verb("status", "how a broker or an adapter stands, its troubles and what to do about each",
                              "steelyard status --broker /srv/steelyard/broker\n"
                              "steelyard status --operators 127.0.0.1:7402 -o json\n"
                              "steelyard status --operators 127.0.0.1:7403");
  command.option("--operators", options->operators,
                 "address of the operators' pages, as broker.toml or adapter.toml has it");
  command.option("--broker", options->broker, "folder of broker.toml, to take the address from");
  command.runs([options](Terminal& terminal) { return run(terminal, *options); });
}

}  // namespace steelyard::cli
