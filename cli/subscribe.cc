// steelyard subscribe: an owner's rows as they are and as they change, one CloudEvents object a line.
#include <optional>

#include "cli/asking.h"
#include "cli/event_text.h"
#include "cli/folder.h"
#include "cli/query_outcome.h"
#include "cli/session.h"
#include "cli/usage.h"
#include "cli/value_text.h"
#include "cli/verbs.h"
#include "core/client/subscriber.h"
#include "core/store/durable_file.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

constexpr Duration kLookEvery = seconds(1);
constexpr Duration kLastWord = seconds(2);  // for the acknowledgement of what was printed last

struct Options {
  AskOptions asking;  // but conditions and receipts
  std::string fields, events;
  bool strict = false, end = false;
};

Result<std::uint64_t> count_of(const std::string& text) {
  if (text.empty()) return 0;
  TRY_ASSIGN(const auto value, parse_value(text, schemas::ValueType::kInt64));
  const auto* number = std::get_if<std::int64_t>(&value);
  if (number == nullptr || *number < 1) return usage("--events: a number from 1");
  return static_cast<std::uint64_t>(*number);
}

// Prints what came, and says that it is printed only once all of it is: whoever kills us in between is told it again.
Status print_events(Terminal& terminal, const exchange::Registry& registry, client::Subscriber& subscriber,
                    std::vector<client::ToldEvent> events, std::uint64_t most, std::uint64_t& printed) {
  LogIndex last;
  for (const client::ToldEvent& told : events) {
    if (most != 0 && printed >= most) break;
    print_event(terminal, registry.origin(), told);
    terminal.out.flush();
    if (!terminal.out) return fail(schemas::error_of(schemas::code::output_failed));
    ++printed;
    last = told.entry;
  }
  return events.empty() ? Status{} : subscriber.done(last);
}

Status run(Terminal& terminal, const Options& options) {
  TRY_ASSIGN(client::Query query, query_of(options.asking, options.fields, options.strict));
  TRY_ASSIGN(const std::uint64_t most, count_of(options.events));
  TRY_ASSIGN(const client::Identity identity, read_home(options.asking.home));
  TRY(store::make_dir(identity.state_dir, 0700));
  TRY_ASSIGN(auto receipts, client::ReceiptStore::open(join(identity.state_dir, "receipts")));
  TRY_ASSIGN(Session session, Session::connect(terminal, options.asking.home));
  client::Consumer consumer(session.node(), receipts.get(), client::ConsumerOptions{});
  TRY_ASSIGN(auto subscriber, client::Subscriber::open(session.node(), consumer, std::move(query)));
  if (options.end) subscriber->stop();
  const Session::Handle handle = [&](const client::Incoming& incoming) {
    consumer.handle(incoming);
    subscriber->handle(incoming);
  };
  Status kept;
  std::vector<client::ToldEvent> events;
  bool said_so = false;
  const auto done = [&] {
    consumer.tick();
    kept = subscriber->tick();
    events = subscriber->take();
    if (subscriber->subscribed() && !std::exchange(said_so, true)) {
      terminal.err << "subscription " << to_text(subscriber->subscription()) << "\n";
      if (!subscriber->withheld().empty()) terminal.err << "withheld: " << joined(subscriber->withheld()) << "\n";
    }
    return !kept || !events.empty() || subscriber->ended();
  };
  for (std::uint64_t printed = 0; most == 0 || printed < most;) {
    TRY_ASSIGN(const bool any, session.run(handle, done, kLookEvery));
    if (!any) continue;
    TRY(kept);
    if (!options.end)
      TRY(print_events(terminal, session.registry(), *subscriber, std::exchange(events, {}), most, printed));
    if (!subscriber->ended()) continue;
    if (options.end && subscriber->ended()->code == schemas::code::unsubscribed) return {};
    return fail(*subscriber->ended());
  }
  TRY(session.run(
      handle, [&] { return done() && !kept; }, kLastWord));
  return kept;
}

}  // namespace

void register_subscribe(Command& root) {
  auto options = std::make_shared<Options>();
  Command command =
      root.verb("subscribe", "prints an owner's rows as they are, then each change, until it is interrupted",
                "  steelyard -o json subscribe civil-affairs/household --fields name,division --purpose tax-relief \\\n"
                "      --application tax-relief --home tax-office\n"
                "  steelyard subscribe civil-affairs/household --fields name,division --purpose tax-relief \\\n"
                "      --application tax-relief --home tax-office --end\n");
  command.required("dataset", options->asking.dataset, "OWNER/CODE");
  command.required("--fields", options->fields, "fields wanted, a,b,c");
  options->asking.declare_question(command);
  command.flag("--strict", options->strict, "a withheld field refuses the whole request");
  command.option("--events", options->events, "end after so many events; the next run goes on behind them");
  command.flag("--end", options->end, "end the subscription of this question, and print nothing");
  command.runs([options](Terminal& terminal) { return run(terminal, *options); });
}

}  // namespace steelyard::cli
