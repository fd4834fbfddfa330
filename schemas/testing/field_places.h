// Where every field of schemas/*.fbs stands in the octets of one message: read from the schema itself, so that a field
// which is added there is in here. For tests that flip a bit of each; never in a product.
//
// Owns: tables, structs and unions by name. Threads: immutable. Errors: a schema that this reader does not understand,
// or a field that the message leaves out, is an error: a test that skips what it cannot find proves nothing.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/base/bytes.h"

namespace steelyard::schemas::testing {

struct FieldPlace {
  std::string path;  // "head.expires", "body.keys[0].octets"
  std::size_t at = 0;
  std::size_t size = 0;
};

class Schema {
 public:
  static Result<Schema> read();  // of this tree
  // Every field of `table`, which is the root of a size-prefixed buffer; of a vector its first element. Fields that
  // this message cannot but leave out are named by the caller.
  Result<std::vector<FieldPlace>> places(const std::string& table, ByteView octets,
                                         const std::set<std::string>& left_out = {}) const;

 private:
  struct Field {
    std::string name;
    std::string type;  // "ulong", "string", "Head", "[Key]"
  };
  struct Found {
    ByteView octets;
    const std::set<std::string>& left_out;
    std::vector<FieldPlace> places;
  };
  Status walk(const std::string& table, std::size_t at, const std::string& path, Found& to) const;
  Status value(const std::string& type, std::size_t at, const std::string& path, Found& to) const;
  std::size_t inline_size(const std::string& type) const;  // 0: an offset stands there

  std::map<std::string, std::vector<Field>> tables_;
  std::map<std::string, std::size_t> structs_;
  std::map<std::string, std::vector<std::string>> unions_;
};

}  // namespace steelyard::schemas::testing
