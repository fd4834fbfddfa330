#include "adapters/applications/event_streams.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "core/base/limits.h"
#include "core/client/cloud_event.h"

namespace steelyard::adapters {
namespace {

namespace code = schemas::code;

constexpr Duration kStandWithin = seconds(30);  // or its client is told that time is up
constexpr Duration kHeartbeat = seconds(15);    // so that either side sees the other go
constexpr Duration kComeBackAfter =
    seconds(10);                                 // from a stream's first event to its end: a position stays that recent
constexpr Duration kKeptForReturn = minutes(1);  // where others want its place
constexpr std::size_t kGivenMax = limits::kEventWindow / 2;  // by one stream: the broker need not wait for its end
constexpr std::size_t kGivenBytesMax = limits::kStreamUnreadBytesMax / 2;
constexpr const char* kRetry = "retry: 200\n\n";

http::Response no_more() { return {204, {}, {}, {}}; }

// What a subscription belongs to, and an application has one of.
std::string question_of(const client::Query& query) {
  std::string text;
  for (const std::string& part : {query.application.text, query.dataset.text, query.purpose.text, query.agreement.text})
    text += part + "\n";
  for (const FieldName& field : query.fields) text += field.text + ",";
  return text;
}

std::string text_of(const std::string& origin, const client::ToldEvent& told) {
  return "id: " + client::event_id(told.event) + "\nevent: " + client::event_type(told.event) +
         "\ndata: " + json::dump(client::to_cloud_event(origin, told)) + "\n\n";
}

}  // namespace

Result<std::optional<EventStreams::EventId>> EventStreams::last_of(const http::Request& request) {
  const std::string* text = request.header("last-event-id");
  if (text == nullptr) return std::optional<EventId>();
  const std::size_t slash = std::min(text->find('/'), text->size());
  const auto view = exchange_id_from_text(text->substr(0, slash));
  const char* last = text->data() + text->size();
  EventId id;
  const auto read = std::from_chars(text->data() + std::min(slash + 1, text->size()), last, id.sequence);
  if (!view || read.ec != std::errc() || read.ptr != last)
    return fail(schemas::error_of(code::usage, "Last-Event-ID: the `id` of an event, VIEW/SEQUENCE"));
  id.view = *view;
  return std::optional<EventId>(id);
}

// Where there is none, the question that was left first is given up, one at a time, so that there soon will be.
bool EventStreams::has_room(const ApplicationId& application) {
  const auto is_own = [&](const auto& each) { return each.second.question.application == application; };
  const auto own = std::count_if(readings_.begin(), readings_.end(), is_own);
  const bool own_full = static_cast<std::size_t>(own) >= limits::kEventStreamsOfApplicationMax;
  if (!own_full && readings_.size() < limits::kEventStreamsMax) return true;
  Reading* first = nullptr;
  for (auto& each : readings_) {
    if (own_full && !is_own(each)) continue;
    Reading& reading = each.second;
    if (reading.given_up) return false;
    if (reading.is_left() && (first == nullptr || reading.left < first->left)) first = &reading;
  }
  if (first != nullptr && clock_->monotonic() >= first->left + kKeptForReturn) first->give_up();
  return false;
}

// Beside what it reads, so that who has too many questions can end one; what has ended makes room for the next.
bool EventStreams::has_room_to_end(const ApplicationId& application) const {
  std::size_t own = 0, all = 0;
  for (const auto& [name, reading] : readings_) {
    if (!reading.given_up) continue;
    ++all;
    own += reading.question.application == application ? 1 : 0;
  }
  return own < limits::kEventStreamsOfApplicationMax && all < limits::kEventStreamsMax;
}

Result<EventStreams::Readings::iterator> EventStreams::read(const std::string& name, const client::Query& query,
                                                            const std::string& origin) {
  TRY_ASSIGN(auto reader, open_(query));
  return readings_.emplace(name, Reading{.question = query, .origin = origin, .reader = std::move(reader)}).first;
}

void EventStreams::Reading::give_up() {
  if (!std::exchange(given_up, true)) reader->stop();
}

void EventStreams::open(Call call, const client::Query& query, const std::string& origin) {
  const auto last = last_of(call.request);
  if (!last) return call.reply.send(problem(last.error(), call.language));
  const std::string question = question_of(query);
  auto found = readings_.find(question);
  if (found == readings_.end()) {
    if (!has_room(call.application)) return call.reply.send(busy(call.language));
    const auto reading = read(question, query, origin);
    if (!reading) return call.reply.send(problem(reading.error(), call.language));
    found = *reading;
  }
  // The newer one displaces the older: a client that hangs keeps nobody from going on.
  Reading& reading = found->second;
  if (reading.given_up) return call.reply.send(busy(call.language));
  reading.stream.reset();
  if (reading.waiting) reading.waiting->reply.send(busy(reading.language));
  reading.left = clock_->monotonic();
  reading.waiting = Waiting{std::move(call.reply), reading.left, call.language};
  reading.language = call.language;
  if (*last) reading.last = *last;
  const auto kept = confirm(reading);
  if (!kept) stop(reading, kept.error());
  if (!kept || !turn(reading, clock_->monotonic())) readings_.erase(found);
}

void EventStreams::end(Call call, const client::Query& query, const std::string& origin) {
  const std::string question = question_of(query);
  auto found = readings_.find(question);
  if (found == readings_.end()) {
    const auto kept = kept_(query);
    if (!kept) return call.reply.send(problem(kept.error(), call.language));
    if (!*kept) return call.reply.send(no_more());
    if (!has_room_to_end(call.application)) return call.reply.send(busy(call.language));
    const auto reading = read(question, query, origin);
    if (!reading) return call.reply.send(problem(reading.error(), call.language));
    found = *reading;
  }
  Reading& reading = found->second;
  const Duration now = clock_->monotonic();
  reading.ending.push_back({std::move(call.reply), now, call.language});
  reading.give_up();
  if (!turn(reading, now)) readings_.erase(found);
}

void EventStreams::handle(const client::Incoming& message) {
  for (auto& [question, reading] : readings_) reading.reader->handle(message);
}

void EventStreams::tick() {
  const Duration now = clock_->monotonic();
  for (auto each = readings_.begin(); each != readings_.end();)
    each = turn(each->second, now) ? std::next(each) : readings_.erase(each);
}

std::size_t EventStreams::streaming() const {
  return static_cast<std::size_t>(std::count_if(readings_.begin(), readings_.end(),
                                                [](const auto& each) { return each.second.stream.has_value(); }));
}

// False: nothing more comes of it.
bool EventStreams::turn(Reading& reading, Duration now) {
  Status kept = reading.reader->tick();
  if (kept) kept = take_told(reading);
  if (reading.waiting) begin(reading, now);
  if (reading.stream) go_on(reading, now);
  if (const auto& ended = reading.reader->ended(); !kept || ended) {
    stop(reading, kept ? *ended : kept.error());
    return false;
  }
  std::erase_if(reading.ending, [now](const Waiting& each) {
    if (each.reply.wanted() && now < each.since + kStandWithin) return false;
    each.reply.send(problem(code::timed_out, each.language));  // it is still being ended: who asks again hears of it
    return true;
  });
  if (!reading.is_left()) {
    reading.left = now;
  } else if (!reading.reader->subscribed() || now >= reading.left + limits::kSpoolLife) {
    reading.give_up();  // what is left before it stands may stand soon: dropped, it would be nobody's
  }
  return true;
}

// A restarted adapter is given again what the application may have had from the last one.
Status EventStreams::take_told(Reading& reading) {
  const auto events = reading.reader->take();
  for (const client::ToldEvent& told : events) {
    // Another snapshot tells all that waits, and of a view that has ended nobody could say any more that he has it.
    if (told.event.content == schemas::EventContent::kSnapshot && told.event.first) {
      reading.told.clear();
      reading.given = 0;
    }
    reading.told.push_back({{told.event.head.id, told.event.sequence},
                            told.entry,
                            std::make_shared<const std::string>(text_of(reading.origin, told))});
  }
  return events.empty() || reading.given != 0 ? Status{} : confirm(reading);
}

// Whatever stands before the last that the application has, it has too.
Status EventStreams::confirm(Reading& reading) {
  reading.given = reading.given_bytes = 0;
  if (!reading.last) return {};
  const auto has = std::find_if(reading.told.rbegin(), reading.told.rend(), [&](const Told& told) {
    return told.id.view == reading.last->view && told.id.sequence <= reading.last->sequence;
  });
  if (has == reading.told.rend()) return {};
  const LogIndex upto = has->entry;
  reading.told.erase(reading.told.begin(), has.base());
  return reading.reader->done(upto);
}

void EventStreams::begin(Reading& reading, Duration now) {
  if (reading.reader->ended()) return;  // whose reason is the answer
  const http::Reply& reply = reading.waiting->reply;
  if (reading.reader->subscribed()) {
    reading.stream = reply.stream({200, "text/event-stream", kRetry, {}});
    reading.spoke = now;
  } else if (!reply.wanted() || now >= reading.waiting->since + kStandWithin) {
    reply.send(problem(code::timed_out, reading.language));
  } else {
    return;
  }
  reading.waiting.reset();
}

void EventStreams::go_on(Reading& reading, Duration now) {
  const auto full = [&] { return reading.given >= kGivenMax || reading.given_bytes >= kGivenBytesMax; };
  if (!reading.stream->wanted()) return reading.stream.reset();
  for (; reading.given < reading.told.size() && !full(); ++reading.given) {
    if (reading.given == 0) reading.given_since = now;
    const auto& text = reading.told[reading.given].text;
    reading.given_bytes += text->size();
    reading.stream->write(text);
    reading.spoke = now;
  }
  if (full() || (reading.given != 0 && now >= reading.given_since + kComeBackAfter)) return reading.stream.reset();
  if (now < reading.spoke + kHeartbeat) return;
  reading.stream->write(std::make_shared<const std::string>(":\n\n"));
  reading.spoke = now;
}

void EventStreams::stop(Reading& reading, const Error& why) const {
  const http::Response said = problem(why, reading.language);
  const bool gone = !reading.ending.empty() && !kept_(reading.question).value_or(true);
  for (const Waiting& each : reading.ending) each.reply.send(gone ? no_more() : problem(why, each.language));
  if (reading.waiting) reading.waiting->reply.send(said);
  if (reading.stream)
    reading.stream->write(std::make_shared<const std::string>("event: stop\ndata: " + said.body + "\n\n"));
}

}  // namespace steelyard::adapters
