// Where every field of schemas/*.fbs stands in the octets of one message: read from the schema itself, so that a field
// which is added there is in here.
//
// Owns: tables, structs and unions by name. Threads: immutable. Errors: a schema that this reader does not understand,
// or a field that the message leaves out, is an error: a test that skips what it cannot find proves nothing.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/bytes.h"

namespace steelyard::hostile {

struct FieldPlace {
  std::string path;  // "head.expires", "body.keys[0].octets"
  std::size_t at = 0;
  std::size_t size = 0;
};

class Schema {
 public:
  static Result<Schema> read(const std::string& folder);
  // Every field of `table`, which is the root of a size-prefixed buffer; of a vector its first element.
  Result<std::vector<FieldPlace>> places(const std::string& table, ByteView octets) const;

 private:
  struct Field {
    std::string name;
    std::string type;  // "ulong", "string", "Head", "[Key]"
  };
  Status walk(const std::string& table, ByteView octets, std::size_t at, const std::string& path,
              std::vector<FieldPlace>& to) const;
  Status value(const std::string& type, ByteView octets, std::size_t at, const std::string& path,
               std::vector<FieldPlace>& to) const;
  std::size_t inline_size(const std::string& type) const;  // 0: an offset stands there

  std::map<std::string, std::vector<Field>> tables_;
  std::map<std::string, std::size_t> structs_;
  std::map<std::string, std::vector<std::string>> unions_;
};

}  // namespace steelyard::hostile
