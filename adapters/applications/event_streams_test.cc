// Events over HTTP: streams that go on, are displaced, given up, ended.
#include "adapters/applications/desk_fixture.h"

namespace steelyard::adapters {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(ApplicationsDesk, EventsComeAsTheyAreToldUntilAStopSaysWhy) {
  tell(1);
  const int fd = read_events();
  const std::string first = hear_until(fd, "/1\",");
  EXPECT_THAT(first, AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("text/event-stream"),
                           HasSubstr("id: " + kView + "/1\nevent: steelyard.changes\ndata: {")));
  ASSERT_EQ(asker.read.size(), 1U);
  EXPECT_EQ(asker.read[0].application, ApplicationId("tax-relief"));
  EXPECT_EQ(asker.read[0].action, schemas::Action::kSubscribe);
  EXPECT_EQ(asker.read[0].fields, (std::vector<FieldName>{FieldName("name"), FieldName("address")}));
  EXPECT_EQ(desk.streaming(), 1U);
  tell(2);
  EXPECT_THAT(hear_until(fd, "/2\","), HasSubstr("id: " + kView + "/2\n"));
  EXPECT_EQ(asker.events.done, LogIndex()) << "nobody has said yet that it has them";
  asker.events.ended = schemas::error_of(code::agreement_suspended);
  EXPECT_THAT(hear(fd), AllOf(HasSubstr("event: stop\ndata: {"), HasSubstr("agreement-suspended")));
  EXPECT_EQ(desk.streaming(), 0U);
  close(fd);
}

TEST_F(ApplicationsDesk, WhoComesBackGoesOnBehindTheLastEventThatItHas) {
  for (const std::uint64_t sequence : {3U, 4U, 6U}) tell(sequence);
  const int first = read_events();
  EXPECT_THAT(hear_until(first, "/6\","), HasSubstr("/3\n"));
  close(first);
  const int second = read_events("Last-Event-ID: " + kView + "/4\r\n");
  EXPECT_THAT(hear_until(second, "/6\","), AllOf(HasSubstr("/6\n"), Not(HasSubstr("/4\n"))));
  EXPECT_EQ(asker.events.done, LogIndex(104));
  close(second);
  const int unsaid = read_events();
  EXPECT_THAT(hear_until(unsaid, "/6\","), AllOf(HasSubstr("/6\n"), Not(HasSubstr("/4\n"))));
  EXPECT_EQ(asker.events.done, LogIndex(104));
  EXPECT_EQ(asker.read.size(), 1U) << "one question, and more than one reader of the bus";
  close(unsaid);
}

TEST_F(ApplicationsDesk, AfterARestartIsSkippedWhatTheApplicationHasAlready) {
  for (const std::uint64_t sequence : {3U, 4U, 6U}) tell(sequence);
  const int fd = read_events("Last-Event-ID: " + kView + "/4\r\n");
  EXPECT_THAT(hear_until(fd, "/6\","), AllOf(HasSubstr("/6\n"), Not(HasSubstr("/3\n")), Not(HasSubstr("/4\n"))));
  EXPECT_EQ(asker.events.done, LogIndex(104));
  close(fd);
}

TEST_F(ApplicationsDesk, ASnapshotStandsInPlaceOfWhatWaited) {
  tell(3);
  const int first = read_events();
  EXPECT_THAT(hear_until(first, "/3\","), HasSubstr("/3\n"));
  close(first);
  tell(7, schemas::EventContent::kSnapshot);
  const int second = read_events();
  EXPECT_THAT(hear_until(second, "/7\","), AllOf(HasSubstr("/7\nevent: steelyard.snapshot\n"), Not(HasSubstr("/3\n"))));
  close(second);
}

TEST_F(ApplicationsDesk, AStreamThatHasGivenItsShareEndsSoThatItsReaderComesBack) {
  for (std::uint64_t sequence = 1; sequence <= limits::kEventWindow; ++sequence) tell(sequence);
  const int fd = read_events();
  const std::string heard = hear(fd);
  EXPECT_THAT(heard, AllOf(HasSubstr("/128\n"), Not(HasSubstr("/129\n")), Not(HasSubstr("event: stop"))));
  close(fd);
  const int next = read_events("Last-Event-ID: " + kView + "/128\r\n");
  EXPECT_THAT(hear(next), AllOf(Not(HasSubstr("/128\n")), HasSubstr("/129\n"), HasSubstr("/256\n")));
  close(next);
}

TEST_F(ApplicationsDesk, ANewerStreamOfTheSameQuestionEndsTheOlder) {
  const int older = read_events();
  EXPECT_THAT(hear_until(older, "retry: "), StartsWith("HTTP/1.1 200 "));
  const int newer = read_events();
  EXPECT_THAT(hear_until(newer, "retry: "), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(hear(older), Not(HasSubstr("event: stop")));
  EXPECT_EQ(desk.streaming(), 1U);
  EXPECT_EQ(asker.read.size(), 1U);
  close(older);
  close(newer);
}

TEST_F(ApplicationsDesk, ASubscriptionThatIsRefusedIsAProblemAndNoStream) {
  asker.events.stands = false;
  asker.events.ended = schemas::error_of(code::no_agreement);
  const int fd = read_events();
  EXPECT_THAT(hear(fd), AllOf(StartsWith("HTTP/1.1 403 "), HasSubstr("no-agreement")));
  close(fd);
}

TEST_F(ApplicationsDesk, AQuestionForEventsIsStrict) {
  const std::string path = "/v1/events/civil-affairs/household";
  for (const char* wrong :
       {"", "?", "?fields=name", "?purpose=deduction", "?fields=&purpose=deduction", "?fields=name,&purpose=deduction",
        "?fields=name&purpose=deduction&strict=true", "?fields=name&fields=address&purpose=deduction",
        "?fields=name&purpose=a&purpose=b", "?fields=na%6de&purpose=deduction",
        "?fields=name&purpose=", "?fields=name&&purpose=deduction", "?fields=name&purpose=deduction&agreement="})
    EXPECT_THAT(get(path + wrong, token), StartsWith("HTTP/1.1 400 ")) << wrong;
  EXPECT_THAT(get("/v1/events/civil-affairs?fields=name&purpose=deduction", token), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(get(kQuestion, ""), StartsWith("HTTP/1.1 401 "));
  for (const char* last :
       {"1", "x/1", "00000000-0000-0000-0000-000000000005/", "00000000-0000-0000-0000-000000000005/-1"}) {
    const int fd = read_events("Last-Event-ID: " + std::string(last) + "\r\n");
    EXPECT_THAT(hear(fd), StartsWith("HTTP/1.1 400 ")) << last;
    close(fd);
  }
  EXPECT_TRUE(asker.read.empty());
}

TEST_F(ApplicationsDesk, OneApplicationsStreamsLeaveRoomForOthers) {
  std::vector<int> streams;
  const auto question = [](std::size_t i) { return kQuestion + "&agreement=a" + std::to_string(i); };
  for (std::size_t i = 0; i < limits::kEventStreamsOfApplicationMax; ++i) {
    streams.push_back(read_events("", "", question(i)));
    EXPECT_THAT(hear_until(streams.back(), "retry: "), StartsWith("HTTP/1.1 200 "));
  }
  const int more = read_events("", "", question(99));
  EXPECT_THAT(hear(more), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("busy")));
  streams.push_back(read_events("", other_token));
  EXPECT_THAT(hear_until(streams.back(), "retry: "), StartsWith("HTTP/1.1 200 "));
  for (const int fd : streams) close(fd);
  close(more);
}

TEST_F(ApplicationsDesk, WhatIsLeftBeforeItStandsIsStopped) {
  asker.events.stands = false;
  const int fd = read_events();
  ASSERT_TRUE(turn_until([&] { return !asker.read.empty(); }));
  EXPECT_EQ(asker.events.stopped, 0U);
  close(fd);
  ASSERT_TRUE(turn_until([&] { return asker.events.stopped == 1; }));
  EXPECT_THAT(get(kQuestion, token), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("busy")));
  asker.events = {.ended = schemas::error_of(code::unsubscribed), .stopped = 1};
  desk.turn();
  asker.events = {};
  const int again = read_events();
  EXPECT_THAT(hear_until(again, "retry: "), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(asker.read.size(), 2U);
  close(again);
}

TEST_F(ApplicationsDesk, ASubscriptionIsEndedByItsApplicationAlone) {
  tell(1);
  const int fd = read_events();
  EXPECT_THAT(hear_until(fd, "/1\","), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(unsubscribe(kQuestion, ""), StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(unsubscribe(kQuestion, other_token), StartsWith("HTTP/1.1 204 ")) << "of which it has none";
  EXPECT_EQ(asker.events.stopped, 0U);
  EXPECT_EQ(desk.streaming(), 1U);

  asker.subscribed = true;
  const int ending = connected();
  const std::string text = head("DELETE " + kQuestion, token, "\r\n");
  send(ending, text.data(), text.size(), MSG_NOSIGNAL);
  ASSERT_TRUE(turn_until([&] { return asker.events.stopped == 1; }));
  EXPECT_THAT(get(kQuestion, token), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("busy"))) << "until it has ended";
  asker.subscribed = false;
  asker.events.ended = schemas::error_of(code::unsubscribed);
  EXPECT_THAT(hear(ending), AllOf(StartsWith("HTTP/1.1 204 "), Not(HasSubstr("Content-Length"))));
  EXPECT_THAT(hear(fd), AllOf(HasSubstr("event: stop\ndata: {"), HasSubstr("unsubscribed")));
  EXPECT_EQ(asker.read.size(), 1U);
  EXPECT_THAT(unsubscribe(kQuestion, token), StartsWith("HTTP/1.1 204 ")) << "again, the same";
  EXPECT_EQ(asker.read.size(), 1U) << "nobody asks for a subscription in order to end it";
  close(fd);
  close(ending);
}

TEST_F(ApplicationsDesk, ASubscriptionThatNobodyReadsNowIsEndedAllTheSame) {
  asker.subscribed = true;  // since before the adapter was started
  const int ending = connected();
  const std::string text = head("DELETE " + kQuestion, token, "\r\n");
  send(ending, text.data(), text.size(), MSG_NOSIGNAL);
  ASSERT_TRUE(turn_until([&] { return asker.events.stopped == 1; }));
  EXPECT_EQ(asker.read.size(), 1U);
  clock.by = seconds(31);
  EXPECT_THAT(hear(ending), AllOf(StartsWith("HTTP/1.1 504 "), HasSubstr("timed-out")));
  EXPECT_EQ(asker.events.stopped, 1U);
  asker.events.ended = schemas::error_of(code::verification_failed);
  EXPECT_THAT(unsubscribe(kQuestion, token), AllOf(StartsWith("HTTP/1.1 5"), HasSubstr("verification-failed")))
      << "it still stands";
  close(ending);
}

TEST_F(ApplicationsDesk, WhoReadsAllItMayCanStillEndOne) {
  const auto question = [](std::size_t i) { return kQuestion + "&agreement=a" + std::to_string(i); };
  std::vector<int> streams;
  for (std::size_t i = 0; i < limits::kEventStreamsOfApplicationMax; ++i) {
    streams.push_back(read_events("", "", question(i)));
    EXPECT_THAT(hear_until(streams.back(), "retry: "), StartsWith("HTTP/1.1 200 "));
  }
  asker.subscribed = true;
  for (std::size_t i = 0; i <= limits::kEventStreamsOfApplicationMax; ++i) {
    const int ending = connected();
    const std::string text = head("DELETE " + question(20 + i), token, "\r\n");
    send(ending, text.data(), text.size(), MSG_NOSIGNAL);
    if (i < limits::kEventStreamsOfApplicationMax) {
      ASSERT_TRUE(turn_until([&] { return asker.events.stopped == i + 1; }));
    } else {
      EXPECT_THAT(hear(ending), StartsWith("HTTP/1.1 503 ")) << "so many at once";
    }
    streams.push_back(ending);
  }
  EXPECT_EQ(desk.streaming(), limits::kEventStreamsOfApplicationMax);
  for (const int fd : streams) close(fd);
}

TEST_F(ApplicationsDesk, AnApplicationSeesItsOwnSubscriptions) {
  EXPECT_THAT(get("/v1/events", ""), StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(get("/v1/events", token),
              AllOf(HasSubstr(R"("path":"/v1/events/civil-affairs/household?fields=name,phone&purpose=deduction",)"),
                    HasSubstr(R"("agreement":"tax-household","fields":["name"],)"), Not(HasSubstr("agreement=a1"))));
  EXPECT_THAT(get("/v1/events", other_token), HasSubstr("&purpose=deduction&agreement=a1\""));
  EXPECT_THAT(say(head("POST " + kQuestion, token, "Content-Length: 0\r\n\r\n")),
              AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("\r\nAllow: GET, DELETE\r\n")));
}

TEST_F(ApplicationsDesk, AQuestionThatNobodyReadsGivesItsPlaceToANewOneAndADayLaterToNobody) {
  const auto question = [](std::size_t i) { return kQuestion + "&agreement=a" + std::to_string(i); };
  for (std::size_t i = 0; i < limits::kEventStreamsOfApplicationMax; ++i) {
    const int fd = read_events("", "", question(i));
    EXPECT_THAT(hear_until(fd, "retry: "), StartsWith("HTTP/1.1 200 "));
    close(fd);
  }
  ASSERT_TRUE(turn_until([&] { return desk.streaming() == 0; }));
  EXPECT_THAT(get(question(8), token), StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(asker.events.stopped, 0U) << "a client that comes back at once finds its place taken";
  clock.by = minutes(2);
  EXPECT_THAT(get(question(8), token), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(get(question(8), token), StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(asker.events.stopped, 1U) << "one place is asked for";
  clock.by = limits::kSpoolLife + minutes(1);
  desk.turn();
  EXPECT_EQ(asker.events.stopped, limits::kEventStreamsOfApplicationMax);
}

}  // namespace
}  // namespace steelyard::adapters
