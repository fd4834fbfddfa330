// Stage: what an attack of steelyard-hostile has to play with, and Seen, what it was told.
//
// A world folder that the driver made (tests/hostile/hostile.py): homes of members city/m000 .. with all their keys,
// and the root manager's office. Members: m000 the neighbour, whom nobody touches; m001 the attacker, a member like any
// other; m002 a bystander whose name and keys are abused; m003 an honest owner with its adapter; m004 an owner that the
// attacks play themselves.
// Threads: one. Errors: what an attack needs and does not get is an error and no result; what the broker says to it is.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/client/identity.h"
#include "core/exchange/frame.h"
#include "core/net/context.h"
#include "core/net/dealer.h"
#include "schemas/messages.h"
#include "schemas/statement.h"

namespace steelyard::hostile {

inline const MemberId kAttacker{"m001"};
inline const MemberId kBystander{"m002"};
inline const MemberId kHonest{"m003"};
inline const MemberId kOwnerPlayed{"m004"};
inline const DatasetId kHonestData{"m003/d000"};
inline const DatasetId kPlayedData{"m004/d000"};

// What came back, by what it says: "rejected stale", "refused unknown-purpose", "granted", "answered", "recorded",
// "welcomed"; "nothing" where an attack waited for a word on one of its inputs and none came.
struct Seen {
  std::map<std::string, std::size_t> told;
  std::size_t done = 0;                       // how often the attacker did it
  std::size_t closed = 0;                     // connections that the broker ended
  std::map<std::string, std::size_t> alarms;  // that the attacked one raised, where it is played here, by code
  std::string note;                           // for people

  void tell(const std::string& what) { ++told[what]; }
};

// The words of what one received message tells; empty for what tells nothing (pings, credit, checkpoints).
std::string words_of(schemas::MessageKind kind, ByteView envelope);

struct Heard {
  schemas::MessageKind kind = schemas::MessageKind::kPing;
  Bytes envelope;
  Bytes payload;
  std::optional<exchange::Proof> proof;
};

class Stage;

// A session by hand: sends any octets, reads all, keeps nothing to the rules that it is not told to keep.
class Peer {
 public:
  // The handshake is done when it returns; `state()` says how it went.
  static Result<std::unique_ptr<Peer>> connect(Stage& stage, const client::Identity& who);
  // And it has said Hello and is welcomed.
  static Result<std::unique_ptr<Peer>> join(Stage& stage, const client::Identity& who,
                                            std::vector<DatasetId> provides = {});

  net::LinkState state() { return dealer_->state(); }
  Status up(std::vector<DatasetId> provides = {});  // says Hello and waits for Welcome
  void send(Bytes frame);
  template <class Control>
  void control(schemas::MessageKind kind, const Control& message);
  void bundle(std::vector<exchange::OutMessage> messages);  // one frame, signed as it should be
  Bytes frame_of(std::vector<exchange::OutMessage> messages) const;

  std::vector<Heard> read(Duration within, const std::function<bool(const std::vector<Heard>&)>& enough = {});
  // The next one of this kind; what came beside it is kept for whoever reads next.
  Result<Heard> wait_for(schemas::MessageKind kind, Duration within = seconds(5));
  // Reads until a Pong tells that the broker has taken what was sent, and a moment longer; or until `words` messages
  // that tell something came, at most `within`.
  void listen(Seen& seen, std::size_t words, Duration within = seconds(3));
  bool closed_within(Duration within);
  const schemas::Credit& granted() const { return granted_; }  // what it may send in all, as it has read so far
  const client::Identity& who() const { return who_; }
  Stage& stage() { return stage_; }

 private:
  Peer(Stage& stage, const client::Identity& who) : stage_(stage), who_(who) {}
  void take(ByteView octets, std::vector<Heard>& heard);
  std::vector<Heard> kept_;
  schemas::Credit received_;
  schemas::Credit granted_{limits::kCreditMessages, limits::kCreditBytes};
  Stage& stage_;
  const client::Identity& who_;
  std::unique_ptr<net::Dealer> dealer_;
};

class Stage {
 public:
  Stage(std::string world, bool long_form) : world_(std::move(world)), long_form_(long_form) {}

  Status open();
  const std::string& world() const { return world_; }
  bool long_form() const { return long_form_; }
  net::Context& context() { return *context_; }
  const Clock& clock() const { return clock_; }
  const crypto::Suite& suite() const { return crypto::suite(crypto::SuiteId::kStandard); }
  const std::string& origin() const { return origin_; }
  std::string host() const;
  int port() const;
  Result<int> operators_port() const;  // of the broker's pages

  const client::Identity& identity(const MemberId& member);
  const client::Identity& root();  // the root manager's office
  crypto::SigningKey root_office();
  std::string root_name() const { return "data-bureau"; }

  // Messages that are right in everything, for attacks to spoil.
  schemas::Hello hello(const client::Identity& who, std::vector<DatasetId> provides = {}) const;
  schemas::Head head(schemas::MessageKind kind, const MemberId& author, const MemberId& recipient);
  AgreementId agreement_of(const MemberId& user, const DatasetId& dataset) const;
  schemas::Request request(const MemberId& user = kAttacker, const DatasetId& dataset = kHonestData);
  exchange::OutMessage message(const schemas::Request& request, Bytes payload = Bytes(256, 7)) const;
  // Sealed as the owner can open it; `sealed_as` differs from its author where a payload is stolen.
  Result<exchange::OutMessage> sealed(schemas::Request request, const MemberId& sealed_as);
  template <class Message>
  exchange::OutMessage plain(const Message& message) const;
  Digest digest_of(const exchange::OutMessage& message) const;

  schemas::Statement statement(schemas::StatementBody body, std::string subject, schemas::Role role,
                               const MemberId& author, std::uint32_t version = 1, const Digest& previous = {});
  struct Signer {
    schemas::Role role;
    MemberId member;
    const crypto::SigningKey* key;
  };
  exchange::OutMessage message(const schemas::Statement& statement, const std::vector<Signer>& signers) const;

 private:
  std::string world_;
  bool long_form_;
  SystemClock clock_;
  std::string origin_;
  std::unique_ptr<net::Context> context_;
  std::map<MemberId, client::Identity> identities_;
};

using Attack = std::function<Status(Stage&, Seen&)>;
using Attacks = std::map<std::string, Attack>;

// One for each file.
void add_transport(Attacks& to);
void add_credentials(Attacks& to);
void add_messages(Attacks& to);
void add_flatbuffers(Attacks& to);
void add_flips(Attacks& to);
void add_signatures(Attacks& to);
void add_replay(Attacks& to);
void add_answers(Attacks& to);
void add_catalogue(Attacks& to);
void add_costly(Attacks& to);
void add_floods(Attacks& to);
void add_helpers(Attacks& to);   // what drive.py needs of an attacker
void add_troubles(Attacks& to);  // what tests/operators/alarms.py needs

// m000's well-behaved asking, until SIGTERM; one line for each of its questions (neighbour.cc).
Status ask_steadily(Stage& stage, Duration every);

// Waits until `condition` holds; false after `within`.
bool eventually(const std::function<bool()>& condition, Duration within);

}  // namespace steelyard::hostile

#include "core/exchange/digest.h"
#include "schemas/codec.h"

namespace steelyard::hostile {

template <class Control>
void Peer::control(schemas::MessageKind kind, const Control& message) {
  send(exchange::control_frame(kind, schemas::encode(message)));
}

template <class Message>
exchange::OutMessage Stage::plain(const Message& message) const {
  exchange::OutMessage made;
  made.kind = message.head.kind;
  made.envelope = std::make_shared<const Bytes>(schemas::encode(message));
  return made;
}

}  // namespace steelyard::hostile
