// JsonTypeReader: reads types from the JSON form of schemas, and the pieces that all of its objects share.
//
// Owns: the path to where it reads, for errors. Threads: one owner. Errors: kFix, with the path.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/json/json.h"
#include "policy/schema/fragment.h"
#include "policy/schema/trail.h"

namespace steelyard::policy::schema {

class JsonTypeReader {
 public:
  using Keys = std::initializer_list<std::string_view>;

  Result<TypeExpr> type(const json::Value& value, Keys beside = {});  // `beside`: what else may stand there

 protected:
  Status only(const json::Value& value, Keys keys, Keys beside = {}) const;  // an object, and no other keys
  Result<const json::Object*> object(const json::Value& value) const;
  Result<const json::Value*> member(const json::Value& value, std::string_view key);
  Result<const json::Array*> array(const json::Value& value, std::string_view key);
  Result<std::string> text(const json::Value& value, std::string_view key);
  Result<std::vector<std::string>> texts(const json::Value& value, std::string_view key);
  Result<std::string> path(const json::Value& value, std::string_view key);  // `A::B`
  Result<std::vector<Name>> names(const json::Value& value, std::string_view key);
  Result<Annotations> annotations_of(const json::Value& value);
  Status want_path(std::string_view text) const;
  Status want_declarable(std::string_view name) const;
  Status want_declarable_path(std::string_view path) const;

  static const json::Value* given(const json::Value& value, std::string_view key);  // nothing if it is null, too

  Trail trail_;

 private:
  Result<TypeExpr> set(const json::Value& value);
  Result<TypeExpr> record(const json::Value& value);
  Result<AttributeDecl> attribute(const std::string& name, const json::Value& value);
  Status deeper();

  std::size_t depth_ = 0;
};

}  // namespace steelyard::policy::schema
