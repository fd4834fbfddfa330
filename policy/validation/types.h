// CedarType: what values an expression can have, as far as a schema tells. Lean: Cedar/Validation/Types.lean.
//
// The strict validator and schemas know never, the booleans, longs, strings, the extension types, entities of exactly
// one type, sets, and records whose attributes are all known. Only the permissive validator makes the rest: entities
// of one of several types, of any type, and open records, which may have attributes that the type does not tell.
//
// Owns its parts, shared by all copies: copying costs a count. Threads: immutable.
// Errors: asking for what its kind does not have is our own mistake and aborts; look at kind() first. Whoever makes
// types from what was sent (a schema) refuses those above limits::kTypeDepthMax and limits::kTypeWeightMax.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/ref.h"

namespace steelyard::policy::validation {

struct AttributeType;

class CedarType {
 public:
  enum class Kind : std::uint8_t {
    kNever,  // of no value at all
    kTrue,
    kFalse,
    kBool,
    kLong,
    kString,
    kDatetime,
    kDuration,
    kDecimal,
    kIp,
    kEntity,
    kAnyEntity,
    kSet,
    kRecord,
  };

  CedarType(const CedarType& other);
  CedarType(CedarType&& other) noexcept;
  CedarType& operator=(const CedarType& other);
  CedarType& operator=(CedarType&& other) noexcept;
  ~CedarType();

  static CedarType simple(Kind kind);  // not kEntity, kSet, kRecord
  static CedarType boolean(bool known) { return simple(known ? Kind::kTrue : Kind::kFalse); }
  static CedarType entity(std::string type);
  static CedarType one_of(std::vector<std::string> types);  // at least one; duplicates are dropped
  static CedarType set(CedarType element);
  // The last of two attributes with one name stays.
  static CedarType record(std::vector<AttributeType> attributes, bool open = false);

  Kind kind() const;
  bool is(Kind kind) const { return this->kind() == kind; }
  bool is_boolean() const { return is(Kind::kTrue) || is(Kind::kFalse) || is(Kind::kBool); }

  std::span<const std::string> entity_types() const;  // kEntity: sorted
  const CedarType& element() const;                   // kSet
  std::span<const AttributeType> attributes() const;  // kRecord: sorted by name
  const AttributeType* find(std::string_view) const;  // kRecord: nothing if it tells of no such attribute
  bool open() const;                                  // kRecord

  std::size_t depth() const;   // 1 for what has no parts
  std::size_t weight() const;  // its parts and itself, as if nothing were shared; stops at the largest number
  bool shares_with(const CedarType& other) const { return node_.same_as(other.node_); }
  bool operator==(const CedarType& other) const;

 private:
  struct Node;
  explicit CedarType(Ref<Node> node);
  const Node& of(Kind kind) const;

  Ref<Node> node_;
};

struct AttributeType {
  std::string name;
  CedarType type;
  bool required = true;

  bool operator==(const AttributeType&) const = default;
};

// As a schema writes it (`Set<Long>`, `{ name: String, age?: Long }`), cut where it grows long: for messages.
std::string to_text(const CedarType& type);

}  // namespace steelyard::policy::validation
