// Province: two users and two owners around a pipeline, each a small model of its adapter; and the oracle over it all.
//
// The models do what adapters do: a user keeps what it asked in memory, repeats the same bytes and says which answers
// it opened until that is promised; an owner executes a digest once, keeps its marks on disk and its answers in memory.
// Any of them, and the broker, may crash at any time. What is under way waits until a test moves it: frames of members
// in `to_broker`, what the pipeline gave out in `rig.sent`.
// finish() is the oracle: whatever happened, the log must tell a whole story. It knows what the models have forgotten.
// Threads: one.
#pragma once

#include <functional>
#include <set>
#include <utility>

#include "broker/testing/rig.h"
#include "core/base/limits.h"

namespace steelyard::broker::testing {

inline const MemberId kPolice{"police"};
inline const MemberId kTransport{"transport"};
inline const DatasetId kVehicle{"transport/vehicle"};

// So few that stories reach them.
inline constexpr std::uint32_t kRowsMax = 8;
inline constexpr std::uint64_t kHouseholdRowsPerDay = 60;        // of the agreement tax-household
inline constexpr std::uint64_t kVehicleRowsPerDay = 90;          // of each user
inline constexpr std::int16_t kVehicleDayOffset = 12 * 60 + 45;  // midnight is some minutes after World::kStart

struct Use {  // what may be asked
  MemberId user;
  ApplicationId application;
  DatasetId dataset;
  AgreementId agreement;
  std::vector<FieldName> fields;
};

class Province {
 public:
  // What a user asked, and what became of it, as an onlooker knows it.
  struct Asked {
    const Use* use;
    schemas::Request request;
    OutMessage message;
    Digest digest;
    std::optional<Digest> answer;
    bool refused = false;
    bool gone = false;  // the owner executed it and lost the answer
  };

  explicit Province(std::uint64_t seed) : rig(world(), seed) {
    rig.watch = [this](const SendAction& send) { check_send(send); };
    connect_all();
  }

  static const std::vector<Use>& uses() {
    static const std::vector<Use> all{
        {kUser,
         ApplicationId("tax-relief"),
         kHousehold,
         AgreementId("tax-household"),
         {FieldName("name"), FieldName("address"), FieldName("head")}},
        {kPolice,
         ApplicationId("case-work"),
         kVehicle,
         AgreementId("police-vehicle"),
         {FieldName("plate"), FieldName("model"), FieldName("year")}},
        {kUser, ApplicationId("tax-relief"), kVehicle, AgreementId("tax-vehicle"), {FieldName("plate")}},
    };
    return all;
  }
  static bool is_owner(const MemberId& member) { return member == kOwner || member == kTransport; }

  // Sessions.
  void connect_all() {
    sessions_.clear();
    for (const MemberId& member : {kUser, kPolice, kOwner, kTransport}) connect(member);
  }
  void reconnect(const MemberId& member) {
    rig.down(sessions_.at(member));
    connect(member);
  }

  // Crashes. What was under way to and from the one that crashes is lost.
  void crash_broker(bool committed) {  // `committed`: the batch in flight was synced, and nobody was told
    if (rig.in_flight && committed) rig.log.commit(*rig.in_flight);
    rig.crash();
    connect_all();
  }
  void restart_owner(const MemberId& owner) {  // its marks stay
    owners_[owner].answers.clear();
    reconnect(owner);
  }
  void restart_user(const MemberId& user) {  // nothing stays: what it asked it neither repeats nor knows any more
    users_[user] = {};
    reconnect(user);
  }

  // What members do.
  Asked& ask(const Use& use, const PurposeId& purpose, Duration life) {
    schemas::Request request = rig.request(use.user, use.application, use.dataset);
    request.fields = use.fields;
    request.purpose = purpose;
    request.head.expires = rig.now.wall + life;
    return ask(use, request);
  }
  Asked& ask(const Use& use, const schemas::Request& request) {
    const OutMessage message = rig.out(request);
    const Digest digest = rig.digest_of(message);
    submit(use.user, {message});
    users_[use.user].waits_for.insert(digest);
    if (Asked* known = by_digest(digest)) return *known;
    return asked.emplace_back(Asked{&use, request, message, digest, {}});
  }
  void repeat(const Asked& one) {  // where its user still knows it
    if (users_[one.use->user].waits_for.contains(one.digest)) submit(one.use->user, {one.message});
  }
  void repeat_hand_overs(const MemberId& user) {
    for (const auto& [digest, message] : users_[user].hand_overs) submit(user, {message});
  }
  void change(const Use& use, schemas::AgreementChange change) {
    const MemberId owner = owner_of(use.dataset);
    submit(owner, {rig.state_of(use.agreement, change, owner)});
  }
  bool remembers(const Asked& one) const {
    const auto user = users_.find(one.use->user);
    return user != users_.end() && user->second.waits_for.contains(one.digest);
  }

  // What the network does: one frame, or all that the pipeline gave out at once, comes where it was to go.
  std::optional<ArrivedFrame> verified(const std::pair<SessionNumber, Bytes>& under_way) {
    const auto& [session, octets] = under_way;
    if (!rig.members.contains(session)) return {};  // lost with its session
    auto frame = verify_frame(rig.pipeline->registry(), session, rig.members.at(session), octets);
    EXPECT_TRUE(frame);
    return frame ? std::optional(std::move(*frame)) : std::nullopt;
  }
  void arrive_all() {
    BatchEvent batch;
    for (const auto& under_way : std::exchange(to_broker, {}))
      if (auto frame = verified(under_way)) batch.frames.push_back(std::move(*frame));
    rig.step(std::move(batch));
  }
  void take(const Delivered& one) {
    if (!rig.members.contains(one.session)) return;  // lost with its session
    const MemberId member = rig.members.at(one.session);
    if (is_owner(member))
      owner_gets(member, one.messages);
    else
      user_gets(member, one.messages);
  }
  void take_all() {
    for (const Delivered& one : std::exchange(rig.sent, {})) take(one);
  }

  // Everything that is open runs out; then the log must tell a whole story.
  void finish() {
    rig.wrong_by = {};
    rig.commit();
    rig.pass(limits::kLifeMax + limits::kSkew + seconds(1));
    rig.step(TickEvent{});
    rig.commit();
    while (rig.pipeline->more()) {
      rig.step(GoOnEvent{});
      rig.commit();
    }
    EXPECT_EQ(rig.pipeline->open_exchanges(), 0U);
    EXPECT_TRUE(rig.log.once.empty());
    check_entries();
    check_closes();
    check_quotas();
    for (const Asked& one : asked) {
      if (!one.answer) continue;
      EXPECT_TRUE(recorded_.contains(*one.answer)) << "delivered and missing from the log";
      EXPECT_TRUE(owners_[owner_of(one.use->dataset)].marks.contains(one.digest))
          << "delivered and missing from the ledger";
    }
  }

  Rig rig;
  std::vector<Asked> asked;
  std::vector<std::pair<SessionNumber, Bytes>> to_broker;
  std::uint64_t delivered = 0, executed = 0, refusals = 0, handed_over = 0, quotas_reached = 0;

 private:
  struct UserModel {
    std::set<Digest> waits_for;               // requests: answered ones stay, for the network may double
    std::map<Digest, OutMessage> hand_overs;  // not promised yet
  };
  struct OwnerModel {
    std::set<Digest> marks;
    std::map<Digest, OutMessage> answers;
  };

  static World world() {
    World world = World::city();
    world.add_member(kPolice);
    world.add_member(kTransport);
    world.add_application(ApplicationId("case-work"), kPolice);
    world.add_duty(DutyId("vehicles"), kTransport);
    world.add_duty(DutyId("investigation"), kPolice);
    auto vehicles = World::catalogue(kVehicle, DutyId("vehicles"), {"plate", "id_number", "model", "year"});
    vehicles.rows_max = kRowsMax;
    vehicles.rows_per_day = kVehicleRowsPerDay;
    vehicles.day_offset_minutes = kVehicleDayOffset;
    world.add_dataset(vehicles);
    auto household = world.registry().agreement(AgreementId("tax-household"))->in_force->statement;
    household.rows_max = kRowsMax;
    household.rows_per_day = kHouseholdRowsPerDay;
    world.add_agreement(household);
    world.add_agreement(world.agreement(AgreementId("police-vehicle"), kPolice, kVehicle,
                                        {"plate", "id_number", "model"}, DutyId("investigation")));
    auto shown_in_part =
        world.agreement(AgreementId("tax-vehicle"), kUser, kVehicle, {"plate", "id_number"}, DutyId("tax-deduction"));
    shown_in_part.masks = {{FieldName("plate"), "keep-first-2"}};
    shown_in_part.row_filter = "context.row has model && context.row.model == \"bus\"";
    world.add_agreement(shown_in_part);
    return world;
  }

  void connect(const MemberId& member) {
    std::vector<DatasetId> provides;
    if (is_owner(member)) provides.push_back(member == kOwner ? kHousehold : kVehicle);
    sessions_[member] = rig.up(member, std::move(provides));
  }
  void submit(const MemberId& from, const std::vector<OutMessage>& messages) {
    to_broker.emplace_back(sessions_.at(from), rig.frame(from, messages));
  }
  Asked* by_digest(const Digest& digest) {
    for (Asked& one : asked)
      if (one.digest == digest) return &one;
    return nullptr;
  }

  // Looks at every send in the moment in which the pipeline gives it out.
  void check_send(const SendAction& send) {
    for (const OutMessage& message : send.messages) {
      if (message.kind == MessageKind::kGrant) {
        const auto grant = read<schemas::Grant>(message);
        EXPECT_TRUE(rig.log.holds(grant.index, grant.salt, grant.body)) << "given out before it was recorded";
        EXPECT_EQ(exchange::decode_entry(grant.body)->terms,
                  (exchange::Terms{grant.masks, grant.row_filter, grant.rows_max}.digest(rig.world.suite())))
            << "other terms than were recorded";
        const Asked* one = by_digest(grant.request);
        ASSERT_NE(one, nullptr);
        EXPECT_EQ(rig.pipeline->registry().agreement(one->use->agreement)->phase, exchange::AgreementPhase::kActive)
            << "stopped, and still given out";
      } else if (message.kind == MessageKind::kRefusal) {
        const auto refusal = read<schemas::Refusal>(message);
        EXPECT_TRUE(rig.log.holds(refusal.index, refusal.salt, refusal.body)) << "refused before it was recorded";
      } else if (message.kind == MessageKind::kRecorded) {
        const auto recorded = read<schemas::Recorded>(message);
        EXPECT_TRUE(rig.log.holds(recorded.index, recorded.salt, recorded.body)) << "promised before recorded";
      }
    }
  }

  void owner_gets(const MemberId& owner, const std::vector<OutMessage>& messages) {
    if (messages.size() != 2 || messages[0].kind != MessageKind::kGrant) return;
    const auto grant = read<schemas::Grant>(messages[0]);
    const auto request = read<schemas::Request>(messages[1]);
    const Digest digest = rig.digest_of(messages[1]);
    ASSERT_EQ(grant.request, digest);
    check_proof(messages[1], digest, request.head.author);
    OwnerModel& model = owners_[owner];
    if (auto known = model.answers.find(digest); known != model.answers.end()) return submit(owner, {known->second});
    if (model.marks.contains(digest)) return submit(owner, {rig.out(rig.rejection(request, digest, code::gone))});
    ++executed;
    EXPECT_TRUE(executed_ids_.insert({request.head.author, request.head.id}).second) << "an id was executed twice";
    model.marks.insert(digest);
    schemas::Answer answer = rig.answer(request, grant);
    answer.rows = std::min(static_cast<std::uint32_t>(rig.random() % (kRowsMax + 1)), grant.rows_max);
    model.answers.emplace(digest, rig.out(answer, "rows"));
    submit(owner, {model.answers.at(digest)});
  }

  void user_gets(const MemberId& user, const std::vector<OutMessage>& messages) {
    switch (messages[0].kind) {
      case MessageKind::kRefusal: return user_gets_refusal(user, read<schemas::Refusal>(messages[0]));
      case MessageKind::kRecorded: {
        handed_over += users_[user].hand_overs.erase(read<schemas::Recorded>(messages[0]).digest);
        return;
      }
      case MessageKind::kRejection: {
        const auto rejection = read<schemas::Rejection>(messages[0]);
        if (Asked* one = by_digest(rejection.rejected)) one->gone |= rejection.code == code::gone;
        return;
      }
      default: break;
    }
    if (messages.size() == 3 && messages[1].kind == MessageKind::kAnswer)
      user_gets_answer(user, messages[1], read<schemas::Recorded>(messages[2]));
  }
  void user_gets_refusal(const MemberId& user, const schemas::Refusal& refusal) {
    Asked* one = by_digest(refusal.request);
    ASSERT_NE(one, nullptr);
    if (!users_[user].waits_for.contains(refusal.request)) return;
    one->refused = true;
    ++refusals;
    EXPECT_FALSE(one->answer) << "refused after it was answered";
  }
  void user_gets_answer(const MemberId& user, const OutMessage& message, const schemas::Recorded& recorded) {
    const auto answer = read<schemas::Answer>(message);
    const Digest digest = rig.digest_of(message);
    check_proof(message, digest, answer.head.author);
    EXPECT_EQ(recorded.digest, digest);
    EXPECT_EQ(rig.log.entries.at(recorded.index.value).body.digest, digest) << "delivered and missing from the log";
    Asked* one = by_digest(answer.request);
    ASSERT_NE(one, nullptr);
    EXPECT_EQ(one->use->user, user);
    EXPECT_FALSE(one->refused) << "answered after it was refused";
    EXPECT_TRUE(!one->answer || *one->answer == digest) << "two answers to one request";
    if (!users_[user].waits_for.contains(answer.request)) return;  // it has no key for this any more
    ++delivered;
    if (one->answer) return;
    one->answer = digest;
    const OutMessage said = rig.out(rig.received(user, {digest}));
    users_[user].hand_overs.emplace(rig.digest_of(said), said);
    submit(user, {said});
  }

  void check_proof(const OutMessage& message, const Digest& digest, const MemberId& author) {
    ASSERT_TRUE(message.proof);
    EXPECT_EQ(message.proof->author, author);
    check_signature(digest, *message.proof);
  }
  void check_signature(const Digest& digest, const exchange::Proof& proof) {
    exchange::BundleVerifier verifier(rig.world.suite(), World::kOrigin);
    const auto* key = rig.pipeline->registry().key(proof.author, proof.key, schemas::KeyUse::kMessage);
    ASSERT_NE(key, nullptr);
    EXPECT_TRUE(verifier.verify(digest, proof, *key->verifying));
  }

  static bool closes(const exchange::EntryBody& body) {
    return body.related != kNoIndex && (body.kind == EntryKind::kAnswer || body.kind == EntryKind::kRefusal);
  }
  void check_entries() {
    std::set<std::pair<LogIndex, ExchangeId>> ids;
    std::set<Digest> hand_overs;
    for (const provenance::EntryRecord& entry : rig.log.entries) {
      const exchange::EntryBody& body = entry.body;
      EXPECT_LE(body.time, rig.now.wall) << "a clock that jumped stands in the log";
      if (body.kind == EntryKind::kAnswer) recorded_.insert(body.digest);
      if (body.kind == EntryKind::kReceived) {
        EXPECT_TRUE(hand_overs.insert(body.digest).second) << "a hand-over stands in the log twice";
      }
      if (body.kind == EntryKind::kRequest || (body.kind == EntryKind::kRefusal && !closes(body))) {
        EXPECT_TRUE(ids.emplace(body.member, body.id).second) << "an id stands in the log twice";
      }
      if (auto proof = rig.log.proof_of(entry)) check_signature(body.digest, *proof);
    }
  }
  void check_closes() {
    std::map<LogIndex, int> closed;
    for (const provenance::EntryRecord& entry : rig.log.entries)
      if (closes(entry.body)) ++closed[entry.body.related];
    for (const provenance::EntryRecord& entry : rig.log.entries) {
      if (entry.body.kind != EntryKind::kRequest) continue;
      EXPECT_EQ(closed[entry.index], 1) << "closes of the exchange at " << entry.index.value;
    }
  }

  // Log order is the order of deciding: each request was granted exactly what was left then, and refused at nothing.
  void check_quotas() {
    struct Day {
      std::int64_t day = 0;
      std::uint64_t rows = 0;
      std::int16_t offset = schemas::kDayOffsetMinutes;
    };
    std::map<std::string, Day> had;
    std::map<LogIndex, std::pair<std::string, const exchange::EntryBody*>> granted;
    const exchange::Registry& registry = rig.pipeline->registry();
    for (const provenance::EntryRecord& entry : rig.log.entries) {
      const exchange::EntryBody& body = entry.body;
      if (closes(body)) {
        const auto& [subject, request] = granted.at(body.related);
        Day& day = had[subject];
        if (day.day == exchange::quota_day(request->time, day.offset))
          day.rows -= request->count - (body.kind == EntryKind::kAnswer ? body.count : 0);
        continue;
      }
      const bool permitted = body.kind == EntryKind::kRequest;
      const bool used_up = body.kind == EntryKind::kRefusal && body.verdict == code::quota_exceeded;
      if (!permitted && !used_up) continue;
      const bool household = registry.subject_at(body.dataset)->subject == kHousehold.text;
      const std::string subject = household ? "tax-household" : registry.subject_at(body.member)->subject;
      const std::uint64_t limit = household ? kHouseholdRowsPerDay : kVehicleRowsPerDay;
      Day& day = had[subject];
      if (!household) day.offset = kVehicleDayOffset;
      if (const auto now = exchange::quota_day(body.time, day.offset); now != day.day) day = {now, 0, day.offset};
      const std::uint64_t left = limit - day.rows;
      EXPECT_EQ(used_up ? 0 : body.count, std::min<std::uint64_t>(left, kRowsMax)) << "of entry " << entry.index.value;
      quotas_reached += used_up ? 1 : 0;
      if (!permitted) continue;
      day.rows += body.count;
      granted.emplace(entry.index, std::pair(subject, &body));
    }
  }

  std::map<MemberId, SessionNumber> sessions_;
  std::map<MemberId, OwnerModel> owners_;
  std::map<MemberId, UserModel> users_;
  std::set<std::pair<MemberId, ExchangeId>> executed_ids_;
  std::set<Digest> recorded_;  // answers, by finish()
};

}  // namespace steelyard::broker::testing
