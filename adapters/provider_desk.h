// ProviderDesk: a provider with a fake broker before it, over a world in memory. For tests only.
//
// ask() makes a request with its grant as the broker would hand them on; tests bend either before serve().
#pragma once

#include <gtest/gtest.h>

#include <functional>

#include "adapters/memory/memory_source.h"
#include "adapters/provider.h"
#include "core/base/test_dir.h"
#include "core/crypto/random.h"
#include "core/exchange/digest.h"
#include "core/exchange/testing/world.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::adapters {

class DeskClock final : public Clock {
 public:
  Instant wall() const override { return now; }
  Duration monotonic() const override { return {now.us}; }
  Instant now = exchange::testing::World::kStart + minutes(60);
};

class DeskBus final : public ProviderBus {
 public:
  explicit DeskBus(const exchange::Registry& registry) : registry_(&registry) {}
  const exchange::Registry& registry() const override { return *registry_; }
  std::string checkpoint() const override { return {}; }
  void send(exchange::OutMessage message) override {
    if (on_send) on_send(message);
    sent.push_back(std::move(message));
  }
  bool compare_checkpoint(ByteView note, const MemberId& from) override {
    compared.emplace_back(to_bytes(note), from);
    return true;
  }
  void hold(exchange::Promise promise, const ExchangeId&) override { held.push_back(std::move(promise)); }

  std::vector<exchange::OutMessage> sent;
  std::vector<exchange::Promise> held;
  std::vector<std::pair<Bytes, MemberId>> compared;
  std::function<void(const exchange::OutMessage&)> on_send;

 private:
  const exchange::Registry* registry_;
};

// Counts reads, and fails them where it is told to.
class DeskSource final : public RowSource {
 public:
  DeskSource(std::unique_ptr<RowSource> inner, int& reads, std::optional<Error>& fault, std::optional<Instant>& as_of)
      : inner_(std::move(inner)), reads_(&reads), fault_(&fault), as_of_(&as_of) {}
  Result<ReadResult> read(const ReadPlan& plan) override {
    ++*reads_;
    if (*fault_) return fail(**fault_);
    TRY_ASSIGN(ReadResult result, inner_->read(plan));
    result.as_of = *as_of_;
    return result;
  }
  const DatasetMap& map() const override { return inner_->map(); }
  const SourceLoad* load() const override { return inner_->load(); }

 private:
  std::unique_ptr<RowSource> inner_;
  int* reads_;
  std::optional<Error>* fault_;
  std::optional<Instant>* as_of_;
};

struct Asked {
  schemas::Request request;
  schemas::RequestPayload payload;
  schemas::Grant grant;
  exchange::EntryBody entry;
  Bytes sealed;
  Bytes envelope;
  Digest digest;
};

class ProviderDesk {
 public:
  ProviderDesk() { start(); }

  // A new process over the same state.
  void start(const LedgerOptions& options = {});
  void stop() {
    provider.reset();
    ledger.reset();
  }

  schemas::Request request() const;                                      // name and address of whom `id_number` names
  schemas::RequestPayload payload() const;                               // id_number = "id-1"
  Asked ask(schemas::Request request, schemas::RequestPayload payload);  // sealed and granted as asked
  Asked ask() { return ask(request(), payload()); }
  void seal(Asked& asked);              // anew, after a change of request or payload; entry and grant follow
  void grant_anew(Asked& asked) const;  // after a change of entry or grant.fields
  std::vector<client::Incoming> incoming(const Asked& asked) const;
  Status serve(const Asked& asked) { return provider->serve(incoming(asked), bus); }

  schemas::Answer answer(std::size_t at) const;
  schemas::AnswerPayload open(std::size_t at) const;
  ErrorCode rejection(std::size_t at) const;  // its code; fails the test where it is none

  TestDir dir;
  DeskClock clock;
  exchange::testing::World world = exchange::testing::World::city();
  const MemberId owner{"civil-affairs"}, user{"tax"};
  crypto::OpeningKey reply_key = crypto::OpeningKey::generate(world.suite());
  exchange::Sealer sealer{world.suite()};
  DeskBus bus{world.registry()};
  int reads = 0;
  std::optional<Error> fault;
  std::optional<Instant> as_of;
  std::vector<std::string> said;
  std::unique_ptr<Ledger> ledger;
  Suspensions suspensions{dir / "state"};
  Pauses pauses{dir / "state"};
  LoadLimits limits;             // of the source, from the next start()
  bool without_address = false;  // nobody has one, from the next start()
  Alarms alarms{dir / "state", clock, [this](std::string_view line) { said.emplace_back(line); }};
  std::unique_ptr<Provider> provider;

 private:
  std::unique_ptr<RowSource> source();
};

}  // namespace steelyard::adapters
