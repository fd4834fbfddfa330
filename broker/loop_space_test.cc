// The broker's loop and the room that its store has left.
#include "broker/loop_fixture.h"

namespace steelyard::broker {
namespace {

#ifdef STEELYARD_TEST_HOOKS
TEST_F(LoopTest, OnAFullDiskRequestsAreUnavailableAndGoOnWhenThereIsSpaceAgain) {
  Peer owner = connect(kOwner);
  ASSERT_EQ(owner.link(), net::LinkState::kUp);
  owner.hello({kHousehold});
  ASSERT_TRUE(owner.next(MessageKind::kWelcome));
  Peer tax = connect(kTax);
  ASSERT_TRUE(tax.up());
  faults->disk_free_ratio = 0.049;
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  tax.bundle(request(kTax));
  EXPECT_EQ(tax.rejected(), code::unavailable);
  faults->disk_free_ratio = 0.051;
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  tax.bundle(request(kTax));
  EXPECT_TRUE(owner.next(MessageKind::kGrant));
}
#endif

class FullMapTest : public LoopTest {
 protected:
  // As large as what is in it: there is no file system here to fill.
  void shape(Config& made) override {
    store::EnvOptions options;
    options.map_bytes = made.map_bytes;
    options.create = false;
    auto log = provenance::LogStore::open(made.store, options);
    ASSERT_TRUE(log.has_value()) << log.error().what;
    const double used = (*log)->env().used_ratio() * static_cast<double>(made.map_bytes);
    made.map_bytes = static_cast<std::uint64_t>(used / 0.96) / 4096 * 4096;
  }
};

TEST_F(FullMapTest, AStartWithoutSpaceOpensInThatState) {
  Peer tax = connect(kTax);
  ASSERT_TRUE(tax.up());
  tax.bundle(request(kTax));
  EXPECT_EQ(tax.rejected(), code::unavailable);
  tax.control(MessageKind::kTileRequest, schemas::TileRequest{0, 0, 3});  // proofs go on
  EXPECT_TRUE(tax.next(MessageKind::kTile));
}

}  // namespace
}  // namespace steelyard::broker
