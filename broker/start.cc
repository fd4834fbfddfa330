#include "broker/start.h"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <set>

#include "broker/outside_metrics.h"
#include "broker/quota_recovery.h"
#include "core/crypto/random.h"
#include "core/store/durable_file.h"
#include "schemas/errors.h"

namespace steelyard::broker {

namespace {

Error config_error(std::string what) { return {ErrorKind::kFix, schemas::code::config, std::move(what)}; }

// The key in this file is the one that the log names for this use.
Status check_broker_key(const exchange::Registry& registry, schemas::KeyUse use, const crypto::PublicKey& key,
                        const std::string& path) {
  const exchange::RegisteredKey* registered = registry.broker_key(use);
  if (registered != nullptr && registered->key == key) return {};
  return fail(config_error(path + " is not the broker's " + std::string(schemas::name_of(use)) +
                           " key that this log names: give the file that `steelyard init` made with this store"));
}

// Its entries say who asked for what, with the salts that hide it in the public log: as private as a key.
Status check_private(const std::string& folder) {
  auto good = store::check_private_folder(folder);
  return good ? Status{} : fail(config_error(std::move(good).error().what));
}

// How many connections the limit on descriptors leaves room for, raised as far as it may be. The rest is for store,
// head file and operators: a broker that cannot open its head file ends.
std::size_t connections_allowed() {
  constexpr rlim_t kOthers = 256;
  constexpr rlim_t kWanted = limits::kConnectionsMax + kOthers;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return limits::kConnectionsMax;
  if (limit.rlim_cur < kWanted) {
    limit.rlim_cur = std::min(limit.rlim_max, kWanted);
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur >= kWanted) return limits::kConnectionsMax;
  const std::size_t allowed = limit.rlim_cur > 2 * kOthers ? limit.rlim_cur - kOthers : limit.rlim_cur / 2;
  spdlog::warn("the limit of open files leaves room for {} connections, not {}: raise it (LimitNOFILE) to {}", allowed,
               limits::kConnectionsMax, kWanted);
  return allowed;
}

Result<exchange::Registry> fold(const provenance::LogStore& store,
                                const std::vector<provenance::StatementRow>& statements) {
  exchange::Registry registry;
  for (const auto& row : statements) {
    const std::string where = "statement " + std::to_string(row.index.value) + " of the log";
    TRY_ASSIGN(const auto entry, store.entry(row.index));
    if (!entry) return fail(schemas::error_of(schemas::code::store_failed, where + " has no entry"));
    TRY_ASSIGN(const exchange::EntryBody body, exchange::decode_entry(entry->body));
    if (auto applied = registry.apply(row.statement, row.index, body.time, /*trusted=*/true); !applied)
      return fail(schemas::error_of(schemas::code::store_failed, where + " does not fold (" + applied.error().what +
                                                                     "): run `steelyard log verify`"));
  }
  if (registry.empty())
    return fail(schemas::error_of(schemas::code::store_failed, "the log has no genesis: run `steelyard log verify`"));
  return registry;
}

}  // namespace

Result<PipelineStart> recover_pipeline(provenance::LogStore& store, const KeyId& bundle_key) {
  PipelineStart start;
  TRY_ASSIGN(start.recovered, store.recover());
  TRY_ASSIGN(start.registry, fold(store, start.recovered.statements));
  if (auto rows = start.registry.rows(); rows != start.recovered.registry) {
    spdlog::warn("registry rows are not the fold's, writing them anew rows={} was={}", rows.size(),
                 start.recovered.registry.size());
    TRY(store.write_registry(rows));
    start.recovered.registry = std::move(rows);
  }
  for (const provenance::OnceRow& row : start.recovered.once) {
    std::set<LogIndex> named{row.entry};
    if (row.closing != kNoIndex) named.insert(row.closing);
    for (const LogIndex index : named) {
      TRY_ASSIGN(auto entry, store.entry(index));
      if (!entry)
        return fail(schemas::error_of(
            schemas::code::store_failed,
            "an exchange names entry " + std::to_string(index.value) + ", which the log does not have"));
      start.once_entries.push_back(std::move(*entry));
    }
  }
  for (const provenance::StatementRow& row : start.recovered.statements) {
    TRY_ASSIGN(auto entry, store.entry(row.index));
    TRY_ASSIGN(auto proof, store.proof_of(*entry));
    start.statement_entries.emplace_back(std::move(*entry), std::move(proof));
  }
  TRY_ASSIGN(start.quotas, recover_quotas(store, start.registry));
  for (const provenance::SpoolRow& row : start.recovered.spool) {
    TRY_ASSIGN(auto entry, store.entry(row.index));
    if (!entry)
      return fail(schemas::error_of(
          schemas::code::store_failed,
          "a spooled event names entry " + std::to_string(row.index.value) + ", which the log does not have"));
    TRY_ASSIGN(auto proof, store.proof_of(*entry));
    start.spool_entries.emplace_back(std::move(*entry), std::move(proof));
  }
  for (const provenance::SubscriptionRow& row : start.recovered.subscriptions) {
    TRY_ASSIGN(auto entry, store.entry(row.request));
    if (!entry)
      return fail(schemas::error_of(
          schemas::code::store_failed,
          "a subscription names entry " + std::to_string(row.request.value) + ", which the log does not have"));
    start.subscription_entries.push_back(std::move(*entry));
  }
  start.bundle_key = bundle_key;
  start.random = [](std::span<std::uint8_t> to) { crypto::random_bytes(to); };
  return start;
}

Result<std::unique_ptr<Broker>> Broker::start(const Config& config, const Clock& clock, const std::string& stats_path) {
  std::unique_ptr<Broker> broker(new Broker(clock));
  TRY(broker->open_log(config));
  TRY(broker->start_threads(config));
  TRY(broker->start_bus(config, stats_path));
  TRY(broker->start_pages(config));
  return broker;
}

Broker::~Broker() = default;  // in the reverse order of the members: bus, writer, signer, store

// Store, registry, head. Nothing runs yet.
Status Broker::open_log(const Config& config) {
  TRY_ASSIGN(const bool there, store::exists(config.store));
  if (!there) return fail(config_error("there is no store at " + config.store + ": run `steelyard init` first"));
  TRY(check_private(config.store));
  TRY_ASSIGN(crypto::SigningKey bundle_key, crypto::read_signing_key(config.bundle_key));
  bundle_key_ = std::make_unique<crypto::SigningKey>(std::move(bundle_key));
  TRY_ASSIGN(const crypto::SigningKey signs_log, crypto::read_signing_key(config.log_key));
  TRY_ASSIGN(const crypto::CurveKey transport, crypto::read_curve_key(config.transport_key));

  store::EnvOptions options;
  options.map_bytes = config.map_bytes;
  options.create = false;
#ifdef STEELYARD_TEST_HOOKS
  options.faults = config.faults;
#endif
  TRY_ASSIGN(store_, provenance::LogStore::open(config.store, options));
  TRY_ASSIGN(PipelineStart recovered, recover_pipeline(*store_, bundle_key_->id()));
  const exchange::Registry& registry = recovered.registry;
  // All three before anything is written or signed.
  TRY(check_broker_key(registry, schemas::KeyUse::kBundle, bundle_key_->public_key(), config.bundle_key));
  TRY(check_broker_key(registry, schemas::KeyUse::kLog, signs_log.public_key(), config.log_key));
  TRY(check_broker_key(registry, schemas::KeyUse::kTransport, transport.public_key(), config.transport_key));
  const exchange::RegisteredKey* log_key = registry.broker_key(schemas::KeyUse::kLog);
  if (log_key == nullptr || log_key->verifying == nullptr)
    return fail(schemas::error_of(schemas::code::store_failed, "the log names no log key: run `steelyard log verify`"));
  log_public_ = log_key->verifying;

  const provenance::HeadFile head(config.head, registry.origin());
  TRY_ASSIGN(head_, head.read(*log_public_));
  TRY(provenance::check_extends(*store_, head_.checkpoint));
  spdlog::info("log recovered origin={} size={} head={} statements={} once={}", registry.origin(), store_->size(),
               head_.checkpoint.size, registry.statements(), recovered.recovered.once.size());
  pipeline_ = std::make_unique<Pipeline>(std::move(recovered));
  return {};
}

Status Broker::start_threads(const Config& config) {
  const std::string& origin = pipeline_->registry().origin();
  const auto fatal = [this](Error why) { mailbox_.put(Fatal{std::move(why)}); };
  TRY_ASSIGN(crypto::SigningKey log_key, crypto::read_signing_key(config.log_key));
  TRY_ASSIGN(indexer_, provenance::LogIndexer::open(config.index, *store_));
  published_.offer(head_.note);
  TRY_ASSIGN(cosignatures_,
             Cosignatures::open(config.head + ".cosigned", origin, log_public_, *store_, fatal, &published_));
  TRY(start_outside(config));
  signer_ = std::make_unique<provenance::Signer>(
      provenance::HeadFile(config.head, origin), std::move(log_key), origin, head_.checkpoint, clock_,
      [this](std::string note) { publish(std::move(note)); }, fatal);
  const std::uint64_t size = store_->size();
  if (size > head_.checkpoint.size)  // committed by the last process, and not signed any more
    signer_->offer({0, LogIndex(size), size, store_->frontier().root(), {}});
  writer_ = std::make_unique<provenance::Writer>(
      *store_,
      [this](const provenance::CommittedBatch& committed) {
        signer_->offer(committed);
        indexer_->follow(committed.size);
        mailbox_.put(committed);
      },
      fatal);
  return {};
}

// Those who are told of each checkpoint, and first of the one that stands.
Status Broker::start_outside(const Config& config) {
  if (!config.witnesses.empty()) {
    TRY_ASSIGN(witness_rounds_, WitnessRounds::start(config.witnesses, *store_, *cosignatures_, clock_));
    witness_rounds_->follow(head_.note);
  }
  if (config.stamps) {
    TRY_ASSIGN(stamper_, Stamper::start(*config.stamps, clock_));
    stamper_->follow(head_.note);
  }
  return {};
}

void Broker::publish(std::string note) {
  published_.offer(note);
  if (witness_rounds_ != nullptr) witness_rounds_->follow(note);
  if (stamper_ != nullptr) stamper_->follow(note);
  mailbox_.put(PublishedCheckpoint{std::move(note)});
}

Status Broker::start_bus(const Config& config, const std::string& stats_path) {
  const exchange::Registry& registry = pipeline_->registry();
  TRY_ASSIGN(const crypto::CurveKey transport, crypto::read_curve_key(config.transport_key));
  TRY_ASSIGN(net::CurveKeyPair keys, net::CurveKeyPair::from_secret(transport.secret()));
  TRY_ASSIGN(context_, net::Context::open());
  TRY_ASSIGN(zap_, net::ZapHandler::start(*context_, allowed_keys(registry)));
  net::Router::Options options;
  options.endpoint = config.listen;
  options.connections_max = connections_allowed();
  options.keys = std::move(keys);
  TRY_ASSIGN(router_, net::Router::open(*context_, *zap_, std::move(options)));
  LoopParts parts{*router_,
                  *zap_,
                  *pipeline_,
                  *writer_,
                  *store_,
                  *cosignatures_,
                  mailbox_,
                  clock_,
                  FrameSigner{&registry.suite(), registry.origin(), bundle_key_.get()},
                  head_.note,
                  stats_path,
                  board_,
                  config.requests_per_second};
  loop_ = std::make_unique<Loop>(std::move(parts), crypto::make_exchange_id(clock_.wall()));
  return {};
}

// Operators read the log where they read the rest; anybody, where that is configured.
Status Broker::start_pages(const Config& config) {
  log_pages_ = std::make_unique<LogPages>(*store_, published_);
  if (!config.operators.address.empty()) {
    http::Routes routes = operator_routes(board_, clock_, operators_counts_);
    routes["/metrics"] = [this, others = routes["/metrics"]] {
      http::Response page = others();
      if (page.status == 200) page.body += outside_metrics({witness_rounds_.get(), stamper_.get(), &public_counts_});
      return page;
    };
    TRY_ASSIGN(operators_, http::Server::open(config.operators, std::move(routes), &operators_counts_,
                                              [this](std::string_view path) { return log_pages_->page(path); }));
    spdlog::info("operators read {}", operators_->url() + "/metrics");
  }
  if (config.public_address.empty()) return {};
  TRY_ASSIGN(public_,
             http::RequestServer::open(
                 config.public_address,
                 [this](const http::Request& request, const http::Reply& reply) { log_pages_->answer(request, reply); },
                 public_counts_, http::Audience::kAnybody));
  spdlog::info("anybody reads the log at {}", "http://" + public_->address() + "/checkpoint");
  return {};
}

}  // namespace steelyard::broker
