#include "tests/kill/oracle.h"

#include <algorithm>
#include <limits>

#include "core/exchange/digest.h"
#include "schemas/codec.h"
#include "tests/kill/quota_oracle.h"

namespace steelyard::kill {

using schemas::EntryKind;

namespace {

std::string at(LogIndex index) { return "entry " + std::to_string(index.value); }

}  // namespace

Result<Counts> Oracle::judge(bool quiesced) {
  counts_.entries = log_.entries.size();
  counts_.ledger_lines = ledgers_.lines.size();
  gather();
  judge_exchanges(quiesced);
  judge_ledgers();
  QuotaOracle quotas(log_, ledgers_, findings_);
  TRY(quotas.judge());
  counts_.limited = quotas.limited();
  counts_.quota_refused = quotas.refused();
  for (const Party& party : parties_) TRY(judge_party(party, quiesced));
  return counts_;
}

void Oracle::gather() {
  for (std::size_t i = 0; i < log_.entries.size(); ++i) {
    const exchange::EntryBody& body = log_.entries[i].body;
    const LogIndex index(i);
    if (body.kind == EntryKind::kRequest) exchanges_[body.id].opened.push_back(index);
    if (body.kind == EntryKind::kAnswer) {
      exchanges_[body.id].closed.push_back(index);
      exchanges_[body.id].answer = index;
    }
    if (body.kind == EntryKind::kRefusal) {
      if (body.related == kNoIndex) exchanges_[body.id].opened.push_back(index);
      exchanges_[body.id].closed.push_back(index);
    }
  }
}

void Oracle::judge_exchanges(bool quiesced) {
  std::set<ExchangeId> asked;
  for (const Party& party : parties_) asked.insert(party.journal.asked.begin(), party.journal.asked.end());
  for (const auto& [id, exchange] : exchanges_) {
    const std::string name = "exchange " + to_text(id);
    ++counts_.exchanges;
    if (exchange.opened.size() > 1) findings_.add("opened-twice", name + " again at " + at(exchange.opened[1]));
    if (exchange.closed.size() > 1) findings_.add("closed-twice", name + " again at " + at(exchange.closed[1]));
    if (exchange.opened.empty()) {
      findings_.add("closed-unopened", name + " at " + at(exchange.closed[0]));
      continue;
    }
    if (!asked.contains(id)) findings_.add("asked-by-nobody", name + " at " + at(exchange.opened[0]));
    if (exchange.closed.empty()) {
      ++counts_.open;
      if (quiesced) findings_.add("left-open", name + " since " + at(exchange.opened[0]));
      continue;
    }
    const exchange::EntryBody& close = log_.entries[exchange.closed[0].value].body;
    if (close.related != kNoIndex && close.related != exchange.opened[0])
      findings_.add("closed-unopened", name + ": " + at(exchange.closed[0]) + " closes " + at(close.related));
    ++(exchange.answer == kNoIndex ? counts_.refused : counts_.answered);
    if (exchange.answer != kNoIndex && !ledgers_.by_id.contains(id))
      findings_.add("answer-not-in-ledger", name + " answered at " + at(exchange.answer));
  }
}

void Oracle::judge_ledgers() {
  std::set<Digest> executed;
  for (const LedgerLine& line : ledgers_.lines) {
    const adapters::LedgerRecord& record = line.record;
    const std::string name =
        line.owner + "'s line " + std::to_string(record.seq) + " of exchange " + to_text(record.id);
    if (!executed.insert(record.request).second || ledgers_.by_id.at(record.id).size() != 1)
      findings_.add("executed-twice", name);
    const auto found = exchanges_.find(record.id);
    const LogEntry* entry = record.entry.value < log_.entries.size() ? &log_.entries[record.entry.value] : nullptr;
    if (found == exchanges_.end() || entry == nullptr || entry->body.kind != EntryKind::kRequest ||
        entry->body.verdict != 0 || entry->body.id != record.id || entry->body.digest != record.request) {
      findings_.add("executed-unasked", name + " names " + at(record.entry));
      continue;
    }
    if (found->second.answer == kNoIndex)
      ++counts_.answers_lost;  // killed between ledger and bus: more, never less
    else if (log_.entries[found->second.answer.value].body.count != record.rows)
      findings_.add("answer-not-in-ledger", name + " has another number of rows than the log");
  }
}

bool Oracle::stands(LogIndex index, const Salt& salt, const Bytes& body, EntryKind kind) const {
  if (index.value >= log_.entries.size()) return false;
  const LogEntry& entry = log_.entries[index.value];
  return entry.body.kind == kind && entry.commitment == exchange::entry_commitment(log_.registry.suite(), salt, body);
}

Status Oracle::judge_party(const Party& party, bool quiesced) {
  for (const std::string& alarm : party.journal.alarms) findings_.add("alarm", party.name + ": " + alarm);
  counts_.rejected += party.journal.rejected;
  counts_.timed_out += party.journal.timed_out;
  std::set<ExchangeId> kept;
  TRY_ASSIGN(const auto ids, party.receipts->list(std::numeric_limits<std::size_t>::max()));
  for (const ExchangeId& id : ids) {
    TRY_ASSIGN(const auto exchange, party.receipts->get(id));
    kept.insert(id);
    TRY(judge_kept(party, *exchange));
  }
  counts_.kept += kept.size();
  if (quiesced) TRY(judge_finished(party));
  for (const Journal::Delivery& delivery : party.journal.delivered) {
    ++counts_.delivered;
    const std::string name = party.name + "'s exchange " + to_text(delivery.id);
    if (!kept.contains(delivery.id)) findings_.add("delivered-not-kept", name);
    const auto found = exchanges_.find(delivery.id);
    const bool in_log =
        found != exchanges_.end() && !found->second.closed.empty() && found->second.closed[0] == delivery.closing;
    if (!in_log) findings_.add(delivery.answered ? "answer-not-in-log" : "refusal-not-in-log", name);
    if (delivery.answered && !ledgers_.by_id.contains(delivery.id)) findings_.add("answer-not-in-ledger", name);
  }
  return {};
}

// At rest a user has proved every promise and handed over every answer, also those that a killed process left.
Status Oracle::judge_finished(const Party& party) {
  TRY_ASSIGN(const auto unfinished, party.receipts->unfinished(std::numeric_limits<std::size_t>::max()));
  for (const client::KeptExchange& kept : unfinished) {
    const std::string name = party.name + "'s exchange " + to_text(kept.id);
    if (kept.receipts.size() < (kept.answer.empty() ? 1u : 2u)) findings_.add("never-proved", name);
    if (!kept.answer.empty() && !kept.acknowledged) findings_.add("never-handed-over", name);
  }
  return {};
}

Status Oracle::judge_kept(const Party& party, const client::KeptExchange& kept) {
  const std::string name = party.name + "'s exchange " + to_text(kept.id);
  TRY_ASSIGN(const schemas::Request request, schemas::decode<schemas::Request>(kept.request));
  if (request.head.id != kept.id || request.head.author.text != party.name)
    findings_.add("receipt-wrong", name + " is kept under another id or member");
  if (kept.answer.empty()) {
    TRY_ASSIGN(const schemas::Refusal refusal, schemas::decode<schemas::Refusal>(kept.granted));
    if (!stands(refusal.index, refusal.salt, refusal.body, EntryKind::kRefusal))
      findings_.add("refusal-not-in-log", name + " at " + at(refusal.index));
  } else {
    TRY_ASSIGN(const schemas::Grant grant, schemas::decode<schemas::Grant>(kept.granted));
    TRY_ASSIGN(const schemas::Recorded recorded, schemas::decode<schemas::Recorded>(kept.recorded));
    const bool asked = stands(grant.index, grant.salt, grant.body, EntryKind::kRequest) &&
                       log_.entries[grant.index.value].body.digest == kept.request_digest &&
                       log_.entries[grant.index.value].body.id == kept.id;
    if (!asked) findings_.add("request-not-in-log", name + " at " + at(grant.index));
    const auto* subject = asked ? log_.registry.subject_at(log_.entries[grant.index.value].body.member) : nullptr;
    if (asked && (subject == nullptr || subject->subject != party.name))
      findings_.add("request-not-in-log", name + " stands there as another member's");
    const bool answered = stands(recorded.index, recorded.salt, recorded.body, EntryKind::kAnswer) &&
                          log_.entries[recorded.index.value].body.digest == kept.answer_digest &&
                          log_.entries[recorded.index.value].body.related == grant.index;
    if (!answered) findings_.add("answer-not-in-log", name + " at " + at(recorded.index));
    judge_answer(party, kept, grant.index, recorded.index);
    TRY(judge_handover(party, kept));
  }
  judge_receipts(party, kept);
  return {};
}

// The owner's side of an answer that a consumer holds.
void Oracle::judge_answer(const Party& party, const client::KeptExchange& kept, LogIndex request, LogIndex closing) {
  const std::string name = party.name + "'s exchange " + to_text(kept.id) + ", " + at(closing);
  const auto answer = schemas::decode<schemas::Answer>(kept.answer);
  const auto lines = ledgers_.by_id.find(kept.id);
  if (!answer || lines == ledgers_.by_id.end()) return findings_.add("answer-not-in-ledger", name);
  const LedgerLine& line = ledgers_.lines[lines->second[0]];
  if (line.record.request != kept.request_digest || line.record.entry != request ||
      line.owner != answer->head.author.text || line.record.plaintext != answer->plaintext ||
      line.record.user.text != party.name)
    findings_.add("answer-not-in-ledger", name + ": the line of that id is of another answer");
  const std::vector<Digest>& heads = ledgers_.heads.at(line.owner);
  if (answer->ledger_size != line.record.seq + 1 || answer->ledger_size > heads.size() ||
      answer->ledger_head != heads[answer->ledger_size - 1])
    findings_.add("ledger-head-differs", name);
}

// A checkpoint's signature is verified once, however many receipts bear it.
Result<exchange::EntryBody> Oracle::verify(const exchange::Receipt& receipt) {
  const crypto::Suite& suite = log_.registry.suite();
  const auto known = checkpoints_.find(receipt.checkpoint);
  if (known == checkpoints_.end()) {
    exchange::ReceiptKeys keys;
    keys.origin = log_.registry.origin();
    keys.suite = &suite;
    keys.log_key = log_.registry.broker_key(schemas::KeyUse::kLog)->verifying.get();
    TRY_ASSIGN(auto verdict, exchange::verify_receipt(receipt, keys));
    checkpoints_.emplace(receipt.checkpoint, std::move(verdict.checkpoint));
    return verdict.entry;
  }
  const Commitment leaf = exchange::entry_commitment(suite, receipt.salt, receipt.body);
  TRY(crypto::verify_inclusion(suite, crypto::leaf_hash(suite, leaf.view()), receipt.index.value, known->second.size,
                               receipt.path, known->second.root));
  return exchange::decode_entry(receipt.body);
}

void Oracle::judge_receipts(const Party& party, const client::KeptExchange& kept) {
  for (const exchange::Receipt& receipt : kept.receipts) {
    ++counts_.receipts;
    const auto entry = verify(receipt);
    if (!entry || !stands(receipt.index, receipt.salt, receipt.body, entry->kind))
      findings_.add("receipt-wrong", party.name + "'s exchange " + to_text(kept.id) + ", " + at(receipt.index) +
                                         (entry ? "" : ": " + entry.error().what));
  }
}

Status Oracle::judge_handover(const Party& party, const client::KeptExchange& kept) {
  if (!kept.acknowledged || !kept.received_entry) return {};
  ++counts_.handed_over;
  const LogIndex index = *kept.received_entry;
  if (!handovers_.contains(index)) {
    std::set<Digest>& answers = handovers_[index];
    if (index.value < log_.entries.size() && log_.entries[index.value].body.kind == EntryKind::kReceived) {
      TRY_ASSIGN(const auto named, log_.store->handover(index));
      answers.insert(named.begin(), named.end());
    }
  }
  if (!handovers_[index].contains(kept.answer_digest))
    findings_.add("handover-not-in-log", party.name + "'s exchange " + to_text(kept.id) + ", " + at(index));
  return {};
}

}  // namespace steelyard::kill
