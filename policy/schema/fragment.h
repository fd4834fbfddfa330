// Fragment: a schema as it was written, in Cedar's syntax or in JSON: names are as they stand there, nothing is looked
// up.
//
// parser.h and json_reader.h make it, printer.h and json_printer.h write it, resolve.h finds out what its names mean.
// Equal ones say the same in the same order, wherever it stands in its text.
// Owns: all its parts. Threads: a plain value. Errors: none. Whoever makes one keeps types no deeper than
// limits::kTypeDepthMax, so that walking them may recurse.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/span.h"

namespace steelyard::policy::schema {

// Where a part stands in its text; equality looks past it. JSON gives no places: errors about it have a path instead.
struct Place {
  Span span;
  bool known = false;

  bool operator==(const Place&) const { return true; }
};

struct Name {
  std::string text;  // `User` or `Shop::User`
  Place place;

  bool operator==(const Name&) const = default;
};

struct Annotation {
  std::string name;
  std::string value;  // a missing one is empty, as in the reference

  bool operator==(const Annotation&) const = default;
};
using Annotations = std::vector<Annotation>;  // no name twice

struct AttributeDecl;

struct TypeExpr {
  enum class Kind : std::uint8_t {
    kBool,  // the first three and the extension types are JSON's own words for types that nobody can shadow
    kLong,
    kString,
    kExtension,       // `name`
    kSet,             // of `element`
    kRecord,          // of `attributes`
    kEntity,          // `name` must be an entity type
    kCommon,          // `name` must be a common type
    kEntityOrCommon,  // `name` may be either: what every name in Cedar's syntax is
  };

  Kind kind = Kind::kRecord;
  std::string name;
  std::vector<TypeExpr> element;          // kSet: exactly one
  std::vector<AttributeDecl> attributes;  // no name twice
  Place place;

  bool operator==(const TypeExpr&) const;
};

struct AttributeDecl {
  Annotations annotations;
  std::string name;
  bool required = true;
  TypeExpr type;
  Place place;

  bool operator==(const AttributeDecl&) const = default;
};

inline bool TypeExpr::operator==(const TypeExpr& other) const {
  return kind == other.kind && name == other.name && element == other.element && attributes == other.attributes;
}

struct CommonTypeDecl {
  Annotations annotations;
  Name name;
  TypeExpr type;

  bool operator==(const CommonTypeDecl&) const = default;
};

struct EntityTypeDecl {
  Annotations annotations;
  Name name;
  std::vector<Name> parents;
  TypeExpr shape;
  std::optional<TypeExpr> tags;
  std::vector<std::string> enumerated;  // the ids that there are, of an enumerated type; such a one has nothing else

  bool operator==(const EntityTypeDecl&) const = default;
};

struct ActionRef {
  std::string type;  // as written; empty: `Action`
  std::string id;
  Place place;

  bool operator==(const ActionRef&) const = default;
};

struct AppliesTo {
  std::vector<Name> principals;
  std::vector<Name> resources;
  TypeExpr context;

  bool operator==(const AppliesTo&) const = default;
};

struct ActionDecl {
  Annotations annotations;
  Name name;  // any text
  std::vector<ActionRef> parents;
  AppliesTo applies_to;  // to nothing, unless it says so

  bool operator==(const ActionDecl&) const = default;
};

struct Namespace {
  Annotations annotations;
  Name name;  // empty: what stands outside of any
  std::vector<CommonTypeDecl> common_types;
  std::vector<EntityTypeDecl> entity_types;
  std::vector<ActionDecl> actions;

  bool operator==(const Namespace&) const = default;
};

struct Fragment {
  std::vector<Namespace> namespaces;  // no name twice

  bool operator==(const Fragment&) const = default;
};

}  // namespace steelyard::policy::schema
