// What stands between a folder on disk and a running loop: keys, the recovered log, the folded registry, the head.
//
// Broker::start() takes the ordinary path after whatever end the last process had; nothing is signed before the store
// is synced and extends its head file. Destruction goes the other way round: the writer commits what waits, then the
// signer signs it.
// Owns: every thread and file of the broker. Threads: one. Errors: kFix with what to do (no store: run
// `steelyard init`; a key that the log does not name), store_failed, head_contradicts.
#pragma once

#include <memory>
#include <string>

#include "broker/config.h"
#include "broker/cosignatures.h"
#include "broker/log_pages.h"
#include "broker/loop.h"
#include "broker/mailbox.h"
#include "broker/operator_pages.h"
#include "broker/pipeline.h"
#include "broker/stamper.h"
#include "broker/witness_rounds.h"
#include "core/crypto/key_file.h"
#include "core/net/context.h"
#include "core/provenance/head_file.h"
#include "core/provenance/log_index.h"
#include "core/provenance/signer.h"

namespace steelyard::broker {

// What the pipeline starts from, read from the store. Rewrites the registry's rows where they are not the fold's.
Result<PipelineStart> recover_pipeline(provenance::LogStore& store, const KeyId& bundle_key);

class Broker {
 public:
  static Result<std::unique_ptr<Broker>> start(const Config& config, const Clock& clock,
                                               const std::string& stats_path = "");
  ~Broker();

  Status run(int signal_fd, service::ServiceManager& manager) { return loop_->run(signal_fd, manager); }
  std::string operators() const { return operators_ == nullptr ? "" : operators_->address(); }
  std::string public_address() const { return public_ == nullptr ? "" : public_->address(); }
  const std::string& endpoint() const { return router_->endpoint(); }
  const provenance::LogStore& store() const { return *store_; }
  net::ZapHandler& zap() { return *zap_; }

 private:
  explicit Broker(const Clock& clock) : clock_(clock) {}
  Status open_log(const Config& config);
  Status start_threads(const Config& config);
  Status start_outside(const Config& config);
  void publish(std::string note);  // the signer's thread
  Status start_bus(const Config& config, const std::string& stats_path);
  Status start_pages(const Config& config);

  const Clock& clock_;
  Mailbox mailbox_;
  std::unique_ptr<crypto::SigningKey> bundle_key_;
  std::shared_ptr<const crypto::VerifyingKey> log_public_;
  std::unique_ptr<provenance::LogStore> store_;
  provenance::HeadFile::Held head_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<provenance::LogIndexer> indexer_;
  PublishedNote published_;
  std::unique_ptr<Cosignatures> cosignatures_;
  std::unique_ptr<WitnessRounds> witness_rounds_;  // end after the signer that they follow
  std::unique_ptr<Stamper> stamper_;
  std::unique_ptr<provenance::Signer> signer_;
  std::unique_ptr<provenance::Writer> writer_;  // ends before the signer and the indexer that it tells
  std::unique_ptr<net::Context> context_;
  std::unique_ptr<net::ZapHandler> zap_;
  std::unique_ptr<net::Router> router_;
  SnapshotBoard board_;
  std::unique_ptr<Loop> loop_;
  std::unique_ptr<LogPages> log_pages_;
  http::ServerCounts operators_counts_;
  http::RequestCounts public_counts_;
  std::unique_ptr<http::Server> operators_;  // end first: they read the board, the store
  std::unique_ptr<http::RequestServer> public_;
};

}  // namespace steelyard::broker
