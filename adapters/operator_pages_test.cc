#include "adapters/operator_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/limits.h"
#include "core/base/test_clock.h"
#include "core/json/json.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

namespace code = schemas::code;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class AdapterPages : public testing::Test {
 protected:
  Snapshot quiet() const {
    Snapshot snapshot;
    snapshot.taken = clock.now;
    snapshot.turned = clock.since;
    snapshot.member = MemberId("civil-affairs");
    snapshot.endpoint = "tcp://127.0.0.1:7401";
    snapshot.up = true;
    snapshot.session = 3;
    snapshot.epoch = Epoch(17);
    snapshot.datasets = {{DatasetId("civil-affairs/household"), true, {}}};
    return snapshot;
  }
  static void fail_source(Snapshot& snapshot, ErrorCode why) {
    SourceState& source = snapshot.datasets[0].source;
    source.reads = 5;
    source.failed[why] = 2;
    source.reason = why;
    source.why = "household.sqlite: No such file or directory";
  }
  std::vector<std::string> codes_of(const Snapshot& snapshot) const {
    std::vector<std::string> codes;
    for (const service::Trouble& trouble : troubles_of(snapshot, clock)) codes.emplace_back(trouble.code);
    return codes;
  }

  StillClock clock;
};

TEST_F(AdapterPages, AnAdapterInOrderHasNoTrouble) { EXPECT_THAT(codes_of(quiet()), IsEmpty()); }

TEST_F(AdapterPages, EachTroubleHasItsCode) {
  Snapshot snapshot = quiet();
  snapshot.up = false;
  EXPECT_THAT(codes_of(snapshot), ElementsAre("broker-lost"));
  snapshot = quiet();
  fail_source(snapshot, code::source_timeout);
  EXPECT_THAT(codes_of(snapshot), ElementsAre("source-failing"));
  snapshot = quiet();
  snapshot.turned = clock.since - limits::kSnapshotLate - Duration{1};
  EXPECT_THAT(codes_of(snapshot), ElementsAre("adapter-stuck"));
  snapshot.turned = clock.since - limits::kSnapshotLate;
  EXPECT_THAT(codes_of(snapshot), IsEmpty());
}

TEST_F(AdapterPages, EvidenceIsToldForADay) {
  Snapshot snapshot = quiet();
  snapshot.alarms["promise-unproved"] = 2;
  EXPECT_THAT(codes_of(snapshot), IsEmpty()) << "no instant: nothing but sources";
  snapshot.evidence = clock.now;
  EXPECT_THAT(codes_of(snapshot), ElementsAre("adapter-alarms"));
  EXPECT_THAT(troubles_of(snapshot, clock)[0].what, HasSubstr("2 promise-unproved"));
  clock.now = clock.now + kEvidenceTold;
  EXPECT_THAT(codes_of(snapshot), IsEmpty());
}

TEST_F(AdapterPages, MetricsCountByDatasetAndByReason) {
  Snapshot snapshot = quiet();
  fail_source(snapshot, code::owner_unavailable);
  snapshot.provider.rejected[code::grant_outside_agreement] = 4;
  snapshot.alarms["grant-outside-agreement"] = 4;
  snapshot.ledger_records = 9;
  snapshot.suspended = {AgreementId("a"), AgreementId("b")};
  const std::string text = metrics_text(snapshot, clock);
  EXPECT_THAT(text, HasSubstr("steelyard_adapter_up{member=\"civil-affairs\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("steelyard_adapter_epoch 17\n"));
  EXPECT_THAT(text, HasSubstr("steelyard_adapter_reads_total{dataset=\"civil-affairs/household\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("steelyard_adapter_reads_failed_total{dataset=\"civil-affairs/household\",reason=\"owner-"
                              "unavailable\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("steelyard_adapter_source_failing{dataset=\"civil-affairs/household\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("steelyard_adapter_rejections_total{reason=\"grant-outside-agreement\"} 4\n"));
  EXPECT_THAT(
      text, HasSubstr("steelyard_adapter_alarms_total{member=\"civil-affairs\",code=\"grant-outside-agreement\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("steelyard_ledger_records 9\n"));
  EXPECT_THAT(text, HasSubstr("steelyard_adapter_agreements_suspended 2\n"));
  EXPECT_THAT(text, HasSubstr("steelyard_trouble{member=\"civil-affairs\",code=\"source-failing\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("No such file"))) << "words are for /status";
  EXPECT_THAT(metrics_text(quiet(), clock), Not(HasSubstr("steelyard_trouble")));
}

TEST_F(AdapterPages, RequestsOfApplicationsAreCountedByStatusWhereThereAreAny) {
  Snapshot snapshot = quiet();
  EXPECT_THAT(metrics_text(snapshot, clock), Not(HasSubstr("steelyard_applications")));
  EXPECT_THAT(status_json(snapshot, clock), HasSubstr("\"applications\": null"));
  snapshot.applications = ApplicationsSnapshot{{{200, 7}, {401, 2}}, 3, 4, 6, 8, 5};
  const std::string text = metrics_text(snapshot, clock);
  EXPECT_THAT(text, HasSubstr("steelyard_applications_requests_total{status=\"401\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("steelyard_applications_connections_cut_total{why=\"displaced\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("steelyard_applications_connections_cut_total{why=\"behind\"} 6\n"));
  EXPECT_THAT(text, HasSubstr("steelyard_applications_event_streams 8\n"));
  EXPECT_THAT(text, HasSubstr("steelyard_applications_open_exchanges 5\n"));
  EXPECT_THAT(status_json(snapshot, clock), HasSubstr("\"401\": 2"));
}

TEST_F(AdapterPages, StatusIsJsonWithEveryDataset) {
  Snapshot snapshot = quiet();
  fail_source(snapshot, code::owner_unavailable);
  snapshot.datasets.push_back({DatasetId("civil-affairs/marriage"), false, {}});
  snapshot.suspended = {AgreementId("tax-household-2026")};
  const auto parsed = json::parse(status_json(snapshot, clock));
  ASSERT_TRUE(parsed.has_value()) << parsed.error().what;
  const std::string text = json::dump(*parsed);
  EXPECT_EQ((*parsed->find("datasets")->as_array())->size(), 2U);
  EXPECT_THAT(text, HasSubstr(R"("role":"adapter")"));
  EXPECT_THAT(text, HasSubstr(R"("failing":"owner-unavailable","why":"household.sqlite: No such file)"));
  EXPECT_THAT(text, HasSubstr(R"("dataset":"civil-affairs/marriage","catalogued":false,"reads":0)"));
  EXPECT_THAT(text, HasSubstr(R"("suspended":["tax-household-2026"])"));
  EXPECT_THAT(text, HasSubstr(R"("code":"source-failing")"));
}

TEST_F(AdapterPages, ReadyMeansThatRequestsCanBeAnswered) {
  SnapshotBoard board;
  const http::ServerCounts counts;
  const http::Routes routes = operator_routes(board, clock, counts);
  Snapshot snapshot = quiet();
  const auto readyz = [&] {
    board.put(std::make_shared<Snapshot>(snapshot));
    return routes.at("/readyz")().body;
  };
  EXPECT_EQ(readyz(), "ok\n");
  snapshot.alarms["promise-unproved"] = 1;
  snapshot.evidence = clock.now;
  EXPECT_EQ(readyz(), "ok\n") << "told, and requests are still answered";
  fail_source(snapshot, code::source_changed);
  EXPECT_EQ(readyz(), "source-failing\n");
  snapshot.up = false;
  EXPECT_EQ(readyz(), "broker-lost\nsource-failing\n");
  snapshot.turned = clock.since - seconds(6);
  EXPECT_EQ(readyz(), "adapter-stuck\nbroker-lost\nsource-failing\n");
}

}  // namespace
}  // namespace steelyard::adapters
