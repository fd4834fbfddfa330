// A parsed TOML file and what has been read of it: the wall around toml++. Private to this folder.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include <toml++/toml.h>

#include "core/config/config.h"

namespace steelyard::config {

// A table of the file, and what was asked of it.
struct Table::Node {
  const toml::table* table = nullptr;
  std::string name;  // "source", "source.pool"; empty for the file itself
  std::set<std::string, std::less<>> asked;
  std::vector<Node*> read;  // tables taken from this one

  const toml::node* ask(std::string_view key) {
    asked.emplace(key);
    return table->get(key);
  }
};

struct Table::File {
  std::string name;
  toml::table root;
  std::map<const toml::table*, std::unique_ptr<Node>> nodes;  // one each, so that reading twice counts once

  Node* node_of(const toml::table& table, std::string table_name, Node* parent) {
    std::unique_ptr<Node>& node = nodes[&table];
    if (node == nullptr) {
      node = std::make_unique<Node>(Node{&table, std::move(table_name), {}, {}});
      if (parent != nullptr) parent->read.push_back(node.get());
    }
    return node.get();
  }

  std::string place(const toml::source_position& at) const {
    return name + ":" + std::to_string(at.line == 0 ? 1 : at.line) + ":" +
           std::to_string(at.column == 0 ? 1 : at.column);
  }
  std::string place(const toml::node& node) const { return place(node.source().begin); }
};

// Where the key itself stands: toml++ keeps the place of keys, too.
const toml::key* key_of(const toml::table& table, std::string_view key);
std::string_view kind_of(const toml::node& node);  // "a string"

}  // namespace steelyard::config
