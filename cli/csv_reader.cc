#include "cli/csv_reader.h"

#include <iconv.h>

#include <cerrno>

#include "core/base/utf8.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

constexpr std::size_t kColumnsMax = 512;
constexpr std::size_t kLinesMax = 1'000'000;
constexpr std::string_view kMark = "\xef\xbb\xbf";

tl::unexpected<Error> wrong(std::size_t line, const std::string& what) {
  return fail(ErrorKind::kFix, "line " + std::to_string(line) + ": " + what, schemas::code::config);
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<std::vector<CsvRecord>> read() {
    while (at_ < text_.size()) {
      TRY(record());
      if (line_ > kLinesMax) return wrong(line_, "more than a million lines");
    }
    return std::move(records_);
  }

 private:
  bool at_line_end() const {
    return at_ == text_.size() || text_[at_] == '\n' ||
           (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n');
  }

  void take_line_end() {
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size()) ++at_;
    ++line_;
  }

  Status record() {
    CsvRecord made;
    made.line = line_;
    for (;;) {
      std::string cell;
      TRY(at_ < text_.size() && text_[at_] == '"' ? quoted_cell(cell) : plain_cell(cell));
      made.cells.push_back(std::move(cell));
      if (made.cells.size() > kColumnsMax) return wrong(line_, "more than 512 columns");
      if (at_line_end()) break;
      ++at_;  // the comma
    }
    take_line_end();
    if (made.cells.size() > 1 || !made.cells.front().empty()) records_.push_back(std::move(made));
    return {};
  }

  Status plain_cell(std::string& cell) {
    while (!at_line_end() && text_[at_] != ',') {
      if (text_[at_] == '"')
        return wrong(line_, "a quote inside a cell that does not begin with one: double it and quote the cell");
      cell += text_[at_++];
    }
    return {};
  }

  Status quoted_cell(std::string& cell) {
    const std::size_t began = line_;
    ++at_;
    for (;; ++at_) {
      if (at_ == text_.size()) return wrong(began, "a quoted cell does not end");
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '"') {
        cell += text_[at_];
        continue;
      }
      if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        cell += '"';
        ++at_;
        continue;
      }
      ++at_;
      break;
    }
    if (!at_line_end() && text_[at_] != ',') return wrong(line_, "something stands after a quoted cell");
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::vector<CsvRecord> records_;
};

}  // namespace

Result<std::vector<CsvRecord>> read_csv(std::string_view utf8) { return Reader(utf8).read(); }

Result<std::string> utf8_of(ByteView file) {
  std::string text(file.begin(), file.end());
  if (text.starts_with(kMark)) text.erase(0, kMark.size());
  if (is_utf8(text)) return text;
  const iconv_t converter = ::iconv_open("UTF-8", "GB18030");
  if (converter == reinterpret_cast<iconv_t>(-1))
    return fail(ErrorKind::kFix, "not UTF-8, and this machine's iconv has no GB18030: save the file as UTF-8",
                schemas::code::config);
  std::string made(text.size() * 2 + 16, '\0');  // two octets become three, four become four
  char* in = text.data();
  char* out = made.data();
  std::size_t in_left = text.size();
  std::size_t out_left = made.size();
  const bool good = ::iconv(converter, &in, &in_left, &out, &out_left) != static_cast<std::size_t>(-1);
  ::iconv_close(converter);
  if (!good)
    return fail(ErrorKind::kFix, "neither UTF-8 nor GB18030, from octet " + std::to_string(text.size() - in_left + 1),
                schemas::code::config);
  made.resize(made.size() - out_left);
  return made;
}

}  // namespace steelyard::cli
