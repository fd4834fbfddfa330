// The broker with real sockets on the loopback: its own threads, its own store, peers that follow the rules or do not.
#include "broker/loop.h"

#include <sys/stat.h>

#include "broker/loop_fixture.h"

namespace steelyard::broker {
namespace {

TEST_F(LoopTest, BeforeHelloEverythingIsRejectedWithASignature) {
  Peer tax = connect(kTax);
  ASSERT_EQ(tax.link(), net::LinkState::kUp);
  tax.bundle(request(kTax));
  EXPECT_EQ(tax.rejected(), code::no_hello);
  tax.control(MessageKind::kSync, schemas::Sync{LogIndex(0)});
  EXPECT_EQ(tax.rejected(), code::no_hello);
  EXPECT_TRUE(tax.up());
}

TEST_F(LoopTest, HelloBringsWelcomeAndCredit) {
  Peer tax = connect(kTax);
  ASSERT_EQ(tax.link(), net::LinkState::kUp);
  tax.hello();
  const auto welcomed = tax.next(MessageKind::kWelcome);
  ASSERT_TRUE(welcomed);
  const auto welcome = schemas::decode<schemas::Welcome>(welcomed->frame.messages[0].envelope);
  ASSERT_TRUE(welcome.has_value());
  EXPECT_EQ(welcome->origin, World::kOrigin);
  EXPECT_EQ(welcome->network, world.registry().network());
  EXPECT_FALSE(welcome->checkpoint.empty());
  const auto credited = tax.next(MessageKind::kCredit);
  ASSERT_TRUE(credited);
  EXPECT_EQ(schemas::decode<schemas::Credit>(credited->frame.messages[0].envelope)->messages, limits::kCreditMessages);
  tax.control(MessageKind::kPing, schemas::Ping{17, World::kStart});
  const auto pong = tax.next(MessageKind::kPong);
  ASSERT_TRUE(pong);
  EXPECT_EQ(schemas::decode<schemas::Pong>(pong->frame.messages[0].envelope)->nonce, 17u);
  tax.control(MessageKind::kTileRequest, schemas::TileRequest{0, 0, 3});
  const auto tile = tax.next(MessageKind::kTile);
  ASSERT_TRUE(tile);
  EXPECT_EQ(schemas::decode<schemas::Tile>(tile->frame.messages[0].envelope)->hashes.size(), 3u);
  tax.control(MessageKind::kTileRequest, schemas::TileRequest{0, 7, 256});  // not there yet
  EXPECT_EQ(tax.rejected(), code::malformed);
}

using InvariantLoop = LoopTest;

TEST_F(InvariantLoop, AuthorIsSessionAMemberCannotSayHelloAsAnother) {
  Peer tax = connect(kTax);
  ASSERT_EQ(tax.link(), net::LinkState::kUp);
  tax.hello({}, kOwner);
  EXPECT_EQ(tax.rejected(), code::author_not_session);
  EXPECT_TRUE(tax.cut_off());
}

TEST_F(LoopTest, AnUnknownKeyIsRefused) {
  Peer stranger = connect(kTax, crypto::CurveKey::generate());
  EXPECT_EQ(stranger.link(), net::LinkState::kRefused);
}

#ifdef STEELYARD_TEST_HOOKS
TEST_F(LoopTest, WithoutItsZapHandlerNobodyComesIn) {
  broker->zap().kill_for_test();
  Peer tax = connect(kTax);
  EXPECT_NE(tax.link(), net::LinkState::kUp);
}
#endif

TEST_F(LoopTest, AGrantedRequestReachesItsOwnerWithTheGrant) {
  Peer owner = connect(kOwner);
  ASSERT_EQ(owner.link(), net::LinkState::kUp);
  owner.hello({kHousehold});
  ASSERT_TRUE(owner.next(MessageKind::kWelcome));
  Peer tax = connect(kTax);
  ASSERT_TRUE(tax.up());
  const exchange::OutMessage asked = request(kTax);
  tax.bundle(asked);
  const auto seen = owner.next(MessageKind::kGrant);
  ASSERT_TRUE(seen);
  ASSERT_EQ(seen->frame.messages.size(), 2u);
  for (const auto& message : seen->frame.messages)
    if (message.kind == MessageKind::kRequest) {
      EXPECT_TRUE(equal(message.envelope, *asked.envelope));
      ASSERT_TRUE(message.proof);
      EXPECT_EQ(message.proof->author, kTax);
    }
  EXPECT_EQ(broker->store().size(), world.statements().size() + 1);
  stop();
  EXPECT_TRUE(ended.has_value());
  const auto stats = store::read_file(dir / "stats", 1 << 16);
  ASSERT_TRUE(stats.has_value());
  EXPECT_NE(as_text(*stats).find("\"granted\":1"), std::string_view::npos) << as_text(*stats);
  // The next process goes on where this one ended, from a head that covers everything.
  auto again = Broker::start(config, clock);
  EXPECT_TRUE(again.has_value()) << again.error().what;
}

TEST_F(LoopTest, ASecondProviderIsRejectedUntilTheFirstIsGone) {
  auto first = std::make_unique<Peer>(connect(kOwner));
  ASSERT_EQ(first->link(), net::LinkState::kUp);
  first->hello({kHousehold});
  ASSERT_TRUE(first->next(MessageKind::kWelcome));
  Peer second = connect(kOwner);
  ASSERT_EQ(second.link(), net::LinkState::kUp);
  second.hello({kHousehold});
  EXPECT_EQ(second.rejected(), code::dataset_taken);
  EXPECT_TRUE(second.cut_off());
  first.reset();
  Peer third = connect(kOwner);
  ASSERT_EQ(third.link(), net::LinkState::kUp);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  third.hello({kHousehold});
  EXPECT_TRUE(third.next(MessageKind::kWelcome));
}

TEST_F(LoopTest, AnothersDatasetCannotBeProvided) {
  Peer tax = connect(kTax);
  ASSERT_EQ(tax.link(), net::LinkState::kUp);
  tax.hello({kHousehold});
  EXPECT_EQ(tax.rejected(), code::author_not_session);
  EXPECT_TRUE(tax.cut_off());
}

TEST_F(LoopTest, AMemberHasAtMostFourSessions) {
  std::vector<Peer> peers;
  for (std::size_t i = 0; i < limits::kSessionsPerMemberMax; ++i) {
    peers.push_back(connect(kTax));
    ASSERT_TRUE(peers.back().up());
  }
  Peer fifth = connect(kTax);
  ASSERT_EQ(fifth.link(), net::LinkState::kUp);
  fifth.hello();
  EXPECT_EQ(fifth.rejected(), code::too_many_sessions);
}

TEST_F(LoopTest, AMessageAuthoredByAnotherMemberIsRejected) {
  Peer tax = connect(kTax);
  ASSERT_TRUE(tax.up());
  tax.bundle(request(kOwner), kOwner, world.keys(kOwner).message);  // well signed, by another than this session's
  EXPECT_EQ(tax.rejected(), code::unknown_key);
  tax.bundle(request(kOwner));  // signed by this session's member, in another's name
  EXPECT_EQ(tax.rejected(), code::author_not_session);
  EXPECT_EQ(broker->store().size(), world.statements().size());
}

TEST_F(LoopTest, AnOversizedFrameEndsItsConnectionAndNoOther) {
  Peer tax = connect(kTax);
  ASSERT_TRUE(tax.up());
  Peer owner = connect(kOwner);
  ASSERT_TRUE(owner.up());
  tax.dealer().send(Bytes(limits::kFrameBytesMax + 4096, 1));
  EXPECT_TRUE(tax.cut_off());
  owner.control(MessageKind::kPing, schemas::Ping{3, World::kStart});
  EXPECT_TRUE(owner.next(MessageKind::kPong));
}

TEST_F(LoopTest, AKindThatNobodyKnowsIsARejectionAndNoDisconnect) {
  Peer tax = connect(kTax);
  ASSERT_TRUE(tax.up());
  Bytes frame = exchange::control_frame(MessageKind::kPing, Bytes{1, 2});
  frame[2] = 120;  // a control message of a later version
  tax.dealer().send(frame);
  EXPECT_EQ(tax.rejected(), code::unknown_kind);
  tax.control(MessageKind::kPing, schemas::Ping{5, World::kStart});
  EXPECT_TRUE(tax.next(MessageKind::kPong));
}

TEST_F(LoopTest, APeerThatSendsRubbishIsCutOff) {
  Peer tax = connect(kTax);
  ASSERT_TRUE(tax.up());
  for (std::size_t i = 0; i < limits::kDropsBeforeDisconnect; ++i) tax.dealer().send(Bytes(100, 0xEE));
  EXPECT_TRUE(tax.cut_off());
}

TEST_F(LoopTest, ATransportKeyThatWasTakenAwayIsHeardNoMore) {
  Peer tax = connect(kTax);
  ASSERT_TRUE(tax.up());
  Peer bureau = connect(World::kRoot);
  ASSERT_TRUE(bureau.up());
  schemas::Member changed = world.registry().member(kTax)->statement;
  const crypto::CurveKey renewed = crypto::CurveKey::generate();
  for (schemas::Key& key : changed.keys)
    if (key.use == schemas::KeyUse::kTransport) key.octets = renewed.public_key().octets;
  const auto drawn = world.draw(kTax.text, changed, World::kRoot, schemas::Role::kRootManager);
  const auto statement = world.sign(
      drawn, {{schemas::Role::kRootManager, World::kRoot, nullptr}, {schemas::Role::kMember, kTax, nullptr}});
  exchange::OutMessage message;
  message.kind = MessageKind::kStatement;
  message.envelope = std::make_shared<const Bytes>(statement.document);
  message.payload = std::make_shared<const Bytes>(statement.signatures);
  bureau.bundle(message);
  ASSERT_TRUE(bureau.next(MessageKind::kRecorded));
  EXPECT_TRUE(tax.cut_off());
  EXPECT_EQ(connect(kTax).link(), net::LinkState::kRefused);
  EXPECT_TRUE(connect(kTax, renewed).up());
}

TEST_F(LoopTest, ACosignedCheckpointIsKeptBesideTheHead) {
  Peer tax = connect(kTax);
  ASSERT_TRUE(tax.up());
  const auto head = store::read_file(config.head, limits::kNoteBytesMax);
  ASSERT_TRUE(head.has_value());
  auto note = crypto::parse_note(as_text(*head));
  ASSERT_TRUE(note.has_value());
  note->signatures.push_back(crypto::cosign(note->text, kTax.text, world.keys(kTax).cosign, clock.wall()));
  tax.control(MessageKind::kCosign, schemas::Cosign{to_bytes(as_bytes(crypto::format_note(*note)))});
  tax.control(MessageKind::kPing, schemas::Ping{1, World::kStart});
  ASSERT_TRUE(tax.next(MessageKind::kPong));
  stop();  // looks at what waits before it ends
  const auto kept = store::read_file(config.head + ".cosigned", limits::kNoteBytesMax);
  ASSERT_TRUE(kept.has_value());
  const auto cosigned = crypto::parse_note(as_text(*kept));
  ASSERT_TRUE(cosigned.has_value());
  auto key = crypto::VerifyingKey::decode(world.keys(kTax).cosign.public_key());
  EXPECT_TRUE(crypto::verify_cosignature(*cosigned, kTax.text, *key).has_value());
}

TEST_F(LoopTest, AWitnessOfAnotherHistoryStopsTheBroker) {
  Peer tax = connect(kTax);
  ASSERT_TRUE(tax.up());
  crypto::Checkpoint other{World::kOrigin, world.statements().size(), {}, {}};
  other.root.octets[0] = 1;
  auto note = crypto::parse_note(crypto::sign_checkpoint(other, world.broker().log));
  ASSERT_TRUE(note.has_value());
  note->signatures.push_back(crypto::cosign(note->text, kTax.text, world.keys(kTax).cosign, clock.wall()));
  tax.control(MessageKind::kCosign, schemas::Cosign{to_bytes(as_bytes(crypto::format_note(*note)))});
  thread.join();
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().code, code::head_contradicts);
  EXPECT_EQ(schemas::exit_code_of(ended.error()), 6);
}

TEST(Start, AMissingStoreSaysWhatToRun) {
  const TestDir dir;
  Config config;
  config.store = dir / "store";
  const SystemClock clock;
  const auto started = Broker::start(config, clock);
  ASSERT_FALSE(started.has_value());
  EXPECT_NE(started.error().what.find("steelyard init"), std::string::npos);
  EXPECT_EQ(schemas::exit_code_of(started.error()), 2);
}

TEST(Start, AStoreThatOthersMayReadIsRefused) {
  const TestDir dir;
  const SystemClock clock;
  const Config config = make_broker_folder(World::city(), dir);
  ASSERT_EQ(chmod(config.store.c_str(), 0750), 0);
  const auto started = Broker::start(config, clock, "");
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, code::config);
  EXPECT_NE(started.error().what.find("chmod 700"), std::string::npos);
}

TEST(Start, AHeadThatTheStoreDoesNotExtendStopsTheStart) {
  const World world = World::city();
  const TestDir dir;
  const Config config = make_broker_folder(world, dir);
  crypto::Checkpoint ahead{World::kOrigin, world.statements().size() + 5, {}, {}};
  ASSERT_TRUE(
      provenance::HeadFile(config.head, World::kOrigin).write(crypto::sign_checkpoint(ahead, world.broker().log)));
  const TestClock clock;
  const auto started = Broker::start(config, clock);
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, code::head_contradicts);
}

TEST(Start, AKeyThatTheLogDoesNotNameIsRefused) {
  const World world = World::city();
  const TestDir dir;
  Config config = make_broker_folder(world, dir);
  config.bundle_key = config.log_key;
  const TestClock clock;
  const auto started = Broker::start(config, clock);
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(schemas::exit_code_of(started.error()), 2);
}

TEST(BrokerConfig, UnknownKeysAndOpenKeyFilesAreErrorsWithTheirPlace) {
  const TestDir dir;
  ASSERT_TRUE(store::write_file_durably(dir / "k", as_bytes("x"), 0600));
  const std::string keys = "bundle_key = \"k\"\nlog_key = \"k\"\ntransport_key = \"k\"\n";
  const auto read = [&](const std::string& text) {
    EXPECT_TRUE(store::write_file_durably(dir / "broker.toml", as_bytes(text), 0600));
    return read_config(dir / "broker.toml");
  };
  ASSERT_TRUE(read(keys).has_value());
  EXPECT_EQ(read(keys)->store, dir / "store");
  const auto unknown = read(keys + "sotre = \"x\"\n");
  ASSERT_FALSE(unknown.has_value());
  EXPECT_NE(unknown.error().what.find("broker.toml:4:"), std::string::npos) << unknown.error().what;
  EXPECT_EQ(schemas::exit_code_of(unknown.error()), 2);
  ASSERT_TRUE(store::write_file_durably(dir / "k", as_bytes("x"), 0644));
  EXPECT_FALSE(read(keys).has_value());
  EXPECT_FALSE(read("listen = \"ipc://x\"\n").has_value());
}

TEST(Bucket, RefillsWithTimeAndNeverBeyondItsBurst) {
  TokenBucket bucket(10, 5);
  EXPECT_TRUE(bucket.take(5, seconds(1)));
  EXPECT_FALSE(bucket.take(1, seconds(1)));
  EXPECT_TRUE(bucket.take(2, seconds(1) + milliseconds(200)));
  EXPECT_FALSE(bucket.take(6, seconds(100)));
  EXPECT_TRUE(bucket.take(5, seconds(100)));
}

}  // namespace
}  // namespace steelyard::broker
