// DamagedStore: an LMDB folder that was whole, and that each input damages anew: the values of its rows.
//
// Pages are left alone: LMDB 0.9 has no checksums and follows what its pages say, so that a page which was changed can
// lead it anywhere (docs/HACKING.md, Fuzzing).
// Owns: the folder's octets as they were, and its rows. Threads: one. Errors: none: what fails here is our own mistake.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <map>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/store/durable_file.h"
#include "core/store/env.h"
#include "tests/fuzz/fuzz.h"

namespace steelyard::fuzz {

using Rows = std::map<Bytes, Bytes>;
using Tables = std::map<std::string, Rows>;

class DamagedStore {
 public:
  // `dir` is whole and closed.
  DamagedStore(std::string dir, store::EnvOptions options, std::vector<std::string> tables)
      : dir_(std::move(dir)), options_(std::move(options)), names_(std::move(tables)) {
    const auto env = open();
    whole_ = rows_of(*env);
    data_.resize(env->used_bytes());
    const int file = ::open((dir_ + "/data.mdb").c_str(), O_RDONLY | O_CLOEXEC);
    CHECK(file >= 0 && ::pread(file, data_.data(), data_.size(), 0) == static_cast<ssize_t>(data_.size()));
    ::close(file);
  }

  const std::string& dir() const { return dir_; }
  const Tables& whole() const { return whole_; }
  const Tables& damaged() const { return damaged_; }
  bool changed(const std::string& table) const { return whole_.at(table) != damaged_.at(table); }
  bool changed() const { return whole_ != damaged_; }

  // Whole again, then up to four rows of it cut, bent, longer, of other octets, or gone.
  void damage(Input& input) {
    restore();
    const auto env = open();
    auto txn = env->write();
    CHECK(txn.has_value());
    for (int i = 0; i < 4 && !input.rest().empty(); ++i) {
      const std::string& name = names_.at(input.below(names_.size()));
      const Rows& rows = whole_.at(name);
      const std::size_t at = input.number<std::uint16_t>();
      if (rows.empty()) continue;
      const auto& [key, was] = *std::next(rows.begin(), static_cast<std::ptrdiff_t>(at % rows.size()));
      const auto table = env->open_table(name);
      change(input, *txn, *table, key, was);
    }
    CHECK(txn->commit().has_value());
    damaged_ = rows_of(*env);
  }
  // A row of the input's own.
  void add(const std::string& name, ByteView key) {
    const auto env = open();
    const auto table = env->open_table(name);
    auto txn = env->write();
    if (!key.empty()) CHECK(txn->put(*table, key.first(std::min<std::size_t>(key.size(), 511)), {}).has_value());
    CHECK(txn->commit().has_value());
  }

 private:
  std::unique_ptr<store::Env> open() const {
    auto env = store::Env::open(dir_, options_);
    CHECK(env.has_value());
    for (const auto& name : names_) CHECK((*env)->open_table(name).has_value());
    return std::move(*env);
  }

  void restore() const {
    const int file = ::open((dir_ + "/data.mdb").c_str(), O_WRONLY | O_CLOEXEC);
    CHECK(file >= 0 && ::pwrite(file, data_.data(), data_.size(), 0) == static_cast<ssize_t>(data_.size()));
    ::close(file);
  }

  Tables rows_of(store::Env& env) const {
    Tables all;
    const auto txn = env.read();
    for (const auto& name : names_) {
      Rows& to = all[name];
      auto rows = txn->cursor(*env.open_table(name));
      auto row = rows->first();
      while (row.has_value() && *row) {
        to.emplace(to_bytes(rows->key()), to_bytes(rows->value()));
        row = rows->next();
      }
    }
    return all;
  }

  static void change(Input& input, store::WriteTxn& txn, store::Table table, const Bytes& key, const Bytes& was) {
    Bytes value = was;
    const auto how = input.below(8);
    const std::size_t place = input.number<std::uint16_t>();
    const auto octet = input.number<std::uint8_t>();
    if (how == 0) {
      CHECK(txn.erase(table, key).has_value());
      return;
    }
    if (how == 1) value.resize(value.empty() ? 0 : place % value.size());
    if (how == 2) value.resize(std::min(value.size() + 1 + octet, limits::kStoreValueBytesMax), octet);
    if (how == 3) value = to_bytes(input.take(octet));
    if (how > 3 && !value.empty()) value[place % value.size()] ^= octet;
    CHECK(txn.put(table, key, value).has_value());
  }

  std::string dir_;
  store::EnvOptions options_;
  std::vector<std::string> names_;
  Tables whole_, damaged_;
  Bytes data_;
};

}  // namespace steelyard::fuzz
