#include "schemas/testing/field_places.h"

#include <fstream>
#include <regex>
#include <sstream>

namespace steelyard::schemas::testing {

namespace {

std::uint32_t u32(ByteView octets, std::size_t at) { return get_le<std::uint32_t>(octets.data() + at); }

Error unreadable(const std::string& what) { return {ErrorKind::kFix, 0, "schema: " + what}; }

}  // namespace

Result<Schema> Schema::read() {
  Schema schema;
  for (const char* file : {"common.fbs", "messages.fbs", "control.fbs", "statement.fbs"}) {
    std::ifstream opened(std::string(STEELYARD_SCHEMAS_DIR) + "/" + file);
    std::ostringstream whole;
    whole << opened.rdbuf();
    if (!opened) return fail(unreadable(std::string(file) + " cannot be read"));
    const std::string text = std::regex_replace(whole.str(), std::regex("//[^\n]*"), "");
    const std::regex block(R"((table|struct|union)\s+(\w+)\s*\{([^}]*)\})");
    for (std::sregex_iterator at(text.begin(), text.end(), block), end; at != end; ++at) {
      const std::string kind = (*at)[1], name = (*at)[2], body = (*at)[3];
      if (kind == "struct") {
        std::smatch size;
        if (!std::regex_search(body, size, std::regex(R"(ubyte:(\d+))"))) return fail(unreadable("struct " + name));
        schema.structs_[name] = std::stoul(size[1]);
      } else if (kind == "union") {
        const std::regex word(R"(\w+)");
        for (std::sregex_iterator one(body.begin(), body.end(), word); one != end; ++one)
          schema.unions_[name].push_back(one->str());
      } else {
        const std::regex field(R"((\w+)\s*:\s*(\[?\w+\]?)[^;]*;)");
        for (std::sregex_iterator one(body.begin(), body.end(), field); one != end; ++one)
          schema.tables_[name].push_back({(*one)[1], (*one)[2]});
      }
    }
  }
  if (schema.tables_.size() < 30 || schema.structs_.size() < 3) return fail(unreadable("hardly anything was read"));
  return schema;
}

std::size_t Schema::inline_size(const std::string& type) const {
  static const std::map<std::string, std::size_t> kScalars = {{"bool", 1}, {"ubyte", 1}, {"short", 2}, {"ushort", 2},
                                                              {"uint", 4}, {"ulong", 8}, {"long", 8},  {"double", 8}};
  if (const auto found = kScalars.find(type); found != kScalars.end()) return found->second;
  const auto found = structs_.find(type);
  return found == structs_.end() ? 0 : found->second;
}

Status Schema::value(const std::string& type, std::size_t at, const std::string& path, Found& to) const {
  const ByteView octets = to.octets;
  if (const std::size_t size = inline_size(type); size > 0) {
    to.places.push_back({path, at, size});
    return {};
  }
  const std::size_t there = at + u32(octets, at);
  if (type == "string") {
    to.places.push_back({path, there + 4, u32(octets, there)});
    return {};
  }
  if (type.front() != '[') return walk(type, there, path, to);
  if (u32(octets, there) == 0) return fail(unreadable(path + " is empty"));
  const std::string element = type.substr(1, type.size() - 2);
  return value(element, there + 4, path + "[0]", to);
}

Status Schema::walk(const std::string& table, std::size_t at, const std::string& path, Found& to) const {
  const ByteView octets = to.octets;
  const auto found = tables_.find(table);
  if (found == tables_.end()) return fail(unreadable("no table " + table));
  // Signed: a vtable that tables share may stand on either side.
  const auto back = static_cast<std::int32_t>(u32(octets, at));
  const auto vtable = static_cast<std::size_t>(static_cast<std::int64_t>(at) - back);
  const std::size_t vtable_size = get_le<std::uint16_t>(octets.data() + vtable);
  const auto offset_of = [&](std::size_t slot) -> std::size_t {
    const std::size_t entry = 4 + 2 * slot;
    return entry + 2 > vtable_size ? 0 : get_le<std::uint16_t>(octets.data() + vtable + entry);
  };
  std::size_t slot = 0;
  for (const Field& field : found->second) {
    const std::string name = path.empty() ? field.name : path + "." + field.name;
    std::string type = field.type;
    if (const auto members = unions_.find(type); members != unions_.end()) {
      const std::size_t number_at = offset_of(slot++);
      if (number_at == 0) return fail(unreadable(name + " is left out"));
      const std::uint8_t number = octets[at + number_at];
      to.places.push_back({name + "_type", at + number_at, 1});
      type = members->second.at(number - 1U);
    }
    const std::size_t offset = offset_of(slot++);
    if (offset == 0 && to.left_out.count(name) == 1) continue;
    if (offset == 0) return fail(unreadable(table + ": " + name + " is left out: the sample must hold every field"));
    TRY(value(type, at + offset, name, to));
  }
  return {};
}

Result<std::vector<FieldPlace>> Schema::places(const std::string& table, ByteView octets,
                                               const std::set<std::string>& left_out) const {
  Found found{octets, left_out, {}};
  TRY(walk(table, 4 + u32(octets, 4), "", found));
  return std::move(found.places);
}

}  // namespace steelyard::schemas::testing
