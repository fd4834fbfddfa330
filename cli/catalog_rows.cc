#include "cli/catalog_rows.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "core/base/ids.h"
#include "core/base/limits.h"
#include "core/config/toml_text.h"

namespace steelyard::cli {
namespace {

enum Column : std::size_t {
  kTitle,
  kTitleEn,
  kCode,
  kProvider,
  kSummary,
  kItem,
  kItemName,
  kItemEn,
  kType,
  kClass,
  kConditions,
  kCycle,
  kIdentifier,
  kColumnCount
};

struct ColumnNames {
  Column column;
  std::array<std::string_view, 5> names;  // the first is said in messages
};
constexpr ColumnNames kColumns[] = {
    {kTitle, {"信息资源名称", "名称", "资源名称", "目录名称", "数据集名称"}},
    {kTitleEn, {"英文名称", "信息资源英文名称", "资源英文名称", "", ""}},
    {kCode, {"信息资源代码", "代码", "资源代码", "目录代码", "数据集代码"}},
    {kProvider, {"信息资源提供方", "提供方", "提供单位", "资源提供方", "提供部门"}},
    {kSummary, {"信息资源摘要", "摘要", "资源摘要", "", ""}},
    {kItem, {"信息项名称", "信息项", "数据项名称", "数据项", ""}},
    {kItemName, {"字段名", "信息项代码", "字段名称", "信息项标识", "数据项代码"}},
    {kItemEn, {"信息项英文名称", "数据项英文名称", "", "", ""}},
    {kType, {"数据类型", "信息项数据类型", "类型", "", ""}},
    {kClass, {"共享类型", "共享属性", "", "", ""}},
    {kConditions, {"共享条件", "", "", "", ""}},
    {kCycle, {"更新周期", "更新频率", "", "", ""}},
    {kIdentifier, {"是否主键", "主键", "是否标识", "", ""}},
};

using Word = std::pair<std::string_view, std::string_view>;
constexpr Word kClasses[] = {
    {"无条件共享", "unconditional"}, {"有条件共享", "conditional"}, {"不予共享", "not-shared"}};
constexpr Word kCycles[] = {{"实时", "realtime"}, {"每日", "daily"},       {"每天", "daily"},
                            {"每周", "weekly"},   {"每月", "monthly"},     {"每季度", "quarterly"},
                            {"每年", "yearly"},   {"不定期", "irregular"}, {"其他", "irregular"}};
constexpr Word kTypes[] = {
    {"字符型", "string"},    {"字符串型", "string"}, {"字符串", "string"}, {"文本型", "string"},
    {"C", "string"},         {"数值型", "decimal"},  {"N", "decimal"},     {"货币型", "decimal"},
    {"整型", "int64"},       {"整数型", "int64"},    {"I", "int64"},       {"浮点型", "double"},
    {"双精度型", "double"},  {"日期型", "date"},     {"D", "date"},        {"日期时间型", "timestamp"},
    {"时间型", "timestamp"}, {"T", "timestamp"},     {"布尔型", "bool"},   {"逻辑型", "bool"},
    {"L", "bool"},           {"二进制型", "bytes"},  {"二进制", "bytes"}};

template <std::size_t N>
std::optional<std::string> word_of(const Word (&words)[N], std::string_view text) {
  for (const auto& [zh, ours] : words)
    if (text == zh || text == ours) return std::string(ours);
  return {};
}

template <std::size_t N>
std::string all_words(const Word (&words)[N]) {
  std::string all;
  for (const auto& [zh, ours] : words) all.append(all.empty() ? "" : "、").append(zh);
  return all;
}

std::string trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  constexpr std::string_view kWide = "\xe3\x80\x80";  // U+3000
  for (bool moved = true; moved;) {
    moved = false;
    while (!text.empty() && kBlank.find(text.front()) != std::string_view::npos) text.remove_prefix(1), moved = true;
    while (!text.empty() && kBlank.find(text.back()) != std::string_view::npos) text.remove_suffix(1), moved = true;
    if (text.starts_with(kWide)) text.remove_prefix(kWide.size()), moved = true;
    if (text.ends_with(kWide)) text.remove_suffix(kWide.size()), moved = true;
  }
  return std::string(text);
}

// "姓名、性别；出生日期" as three.
std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> parts;
  std::string part;
  const auto take = [&] {
    if (std::string made = trimmed(part); !made.empty()) parts.push_back(std::move(made));
    part.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    bool joint = false;
    for (const std::string_view each : {"、", "；", ";"})
      if (text.substr(at).starts_with(each)) {
        take();
        at += each.size();
        joint = true;
        break;
      }
    if (!joint) part += text[at++];
  }
  take();
  return parts;
}

// "307002/0001" -> "307002-0001"; empty where nothing of it can stand in an id.
std::string id_of(std::string_view code) {
  std::string id;
  for (const char c : code) {
    if (c >= 'A' && c <= 'Z')
      id += static_cast<char>(c - 'A' + 'a');
    else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-')
      id += c;
    else if (c == '/' || c == ' ' || c == ':')
      id += '-';
    else
      return "";
  }
  return check_name(id) ? id : "";
}

struct Item {
  std::string name, title, title_en, type;
  bool identifier = false;
};

struct Dataset {
  std::size_t line = 0;
  std::string code, title, title_en, summary, sharing, conditions, cycle;
  std::vector<Item> items;
};

class Import {
 public:
  Import(const std::vector<CsvRecord>& records, const ImportPlan& plan) : records_(records), plan_(plan) {}

  ImportedCatalogue run() {
    if (records_.empty())
      problem(1, kTitle, "the file is empty: its first line names the columns");
    else if (read_heading())
      for (std::size_t i = 1; i < records_.size(); ++i) read_row(records_[i]);
    if (made_.problems.empty() && datasets_.empty()) problem(1, kTitle, "no row describes a dataset");
    if (!made_.problems.empty()) return std::move(made_);  // what is missing may be what was not understood
    for (const Dataset& dataset : datasets_) finish(dataset);
    return std::move(made_);
  }

 private:
  static std::string name_of(Column column) {
    for (const auto& [each, names] : kColumns)
      if (each == column) return std::string(names.front());
    return "";
  }

  void problem(std::size_t line, Column column, const std::string& what) {
    const std::string name = heads_[column].empty() ? name_of(column) : heads_[column];
    made_.problems.push_back(std::to_string(line) + ":" + name + ": " + what);
  }

  bool read_heading() {
    const CsvRecord& heading = records_.front();
    for (std::size_t i = 0; i < heading.cells.size(); ++i) {
      const std::string name = trimmed(heading.cells[i]);
      const auto* known = std::find_if(std::begin(kColumns), std::end(kColumns), [&](const ColumnNames& each) {
        return !name.empty() && std::find(each.names.begin(), each.names.end(), name) != each.names.end();
      });
      if (known == std::end(kColumns)) {
        if (!name.empty()) made_.notes.push_back("column `" + name + "` is passed over");
        continue;
      }
      if (places_[known->column]) {
        problem(heading.line, known->column, "stands twice, the second time as `" + name + "`");
        continue;
      }
      places_[known->column] = i;
      heads_[known->column] = name;
    }
    for (const Column needed : {kTitle, kCode, kItem, kType, kClass, kCycle})
      if (!places_[needed]) problem(heading.line, needed, "this column is missing");
    return made_.problems.empty();
  }

  std::string cell(const CsvRecord& record, Column column) const {
    const auto place = places_[column];
    return place && *place < record.cells.size() ? trimmed(record.cells[*place]) : "";
  }

  void read_row(const CsvRecord& record) {
    if (std::all_of(record.cells.begin(), record.cells.end(), [](const auto& each) { return trimmed(each).empty(); }))
      return;
    if (record.cells.size() > records_.front().cells.size())
      return problem(record.line, kTitle, "the line has more cells than the first: is there a comma to be quoted?");
    std::string provider = cell(record, kProvider);
    if (provider.empty()) provider = provider_above_;
    provider_above_ = provider;
    if (!plan_.provider.empty() && provider != plan_.provider) return;
    if (provider_.empty()) provider_ = provider;
    if (provider != provider_)
      return problem(record.line, kProvider,
                     "`" + provider + "` beside `" + provider_ + "`: import one at a time, with --provider");
    Dataset* dataset = dataset_of(record);
    if (dataset == nullptr) return;
    agree(record, kTitle, dataset->title, cell(record, kTitle));
    agree(record, kTitleEn, dataset->title_en, cell(record, kTitleEn));
    agree(record, kSummary, dataset->summary, cell(record, kSummary));
    agree(record, kConditions, dataset->conditions, cell(record, kConditions));
    agree_word(record, kClass, dataset->sharing, kClasses);
    agree_word(record, kCycle, dataset->cycle, kCycles);
    read_items(record, *dataset);
  }

  // By its code; a row without one belongs to the dataset above it.
  Dataset* dataset_of(const CsvRecord& record) {
    const std::string code = cell(record, kCode);
    if (code.empty()) {
      if (datasets_.empty()) problem(record.line, kCode, "the first row of a dataset has its code");
      return datasets_.empty() ? nullptr : &datasets_.back();
    }
    const std::string id = id_of(code);
    if (id.empty()) {
      problem(record.line, kCode, "`" + code + "` makes no id: up to 64 of letters, digits and . _ - / are taken");
      return nullptr;
    }
    const auto [known, fresh] = by_code_.try_emplace(id, datasets_.size());
    if (!fresh) return &datasets_[known->second];
    datasets_.emplace_back();
    datasets_.back().line = record.line;
    datasets_.back().code = id;
    return &datasets_.back();
  }

  void agree(const CsvRecord& record, Column column, std::string& known, const std::string& said) {
    if (said.empty() || said == known) return;
    if (known.empty())
      known = said;
    else
      problem(record.line, column, "`" + cell(record, column) + "` contradicts an earlier row of this dataset");
  }

  template <std::size_t N>
  void agree_word(const CsvRecord& record, Column column, std::string& known, const Word (&words)[N]) {
    const std::string said = cell(record, column);
    if (said.empty()) return;
    const auto word = word_of(words, said);
    if (!word) return problem(record.line, column, "`" + said + "` is none of " + all_words(words));
    agree(record, column, known, *word);
  }

  void read_items(const CsvRecord& record, Dataset& dataset) {
    const std::vector<std::string> titles = parts_of(cell(record, kItem));
    if (titles.empty()) return problem(record.line, kItem, "the row names no information item");
    const std::vector<std::string> names = parts_of(cell(record, kItemName));
    const std::vector<std::string> english = parts_of(cell(record, kItemEn));
    const std::vector<std::string> types = parts_of(cell(record, kType));
    const auto fits = [&](Column column, const std::vector<std::string>& parts, bool one_for_all) {
      if (parts.empty() || parts.size() == titles.size() || (one_for_all && parts.size() == 1)) return true;
      problem(record.line, column,
              std::to_string(parts.size()) + " of them for " + std::to_string(titles.size()) + " information items");
      return false;
    };
    if (!fits(kItemName, names, false) || !fits(kItemEn, english, false) || !fits(kType, types, true)) return;
    if (types.empty()) return problem(record.line, kType, "the item has no type: " + all_words(kTypes));
    for (std::size_t i = 0; i < titles.size(); ++i) {
      Item item;
      item.title = titles[i];
      item.title_en = english.empty() ? "" : english[i];
      add_item(record, dataset, std::move(item), names.empty() ? "" : names[i],
               types.size() == 1 ? types[0] : types[i]);
    }
  }

  void add_item(const CsvRecord& record, Dataset& dataset, Item item, const std::string& name,
                const std::string& type) {
    if (dataset.items.size() == limits::kFieldsMax)
      return problem(record.line, kItem, "more than " + std::to_string(limits::kFieldsMax) + " items in one dataset");
    // "字符型C" and "字符型(18)" are written too.
    std::string_view word = std::string_view(type).substr(0, std::min(type.find('('), type.find("（")));
    if (word.size() > 1 && word.back() >= 'A' && word.back() <= 'Z') word.remove_suffix(1);
    const auto known = word_of(kTypes, trimmed(word));
    if (!known) return problem(record.line, kType, "`" + type + "` is none of " + all_words(kTypes));
    item.type = *known;
    item.name = name.empty() ? "item_" + std::to_string(dataset.items.size() + 1) : id_of(name);
    if (item.name.empty())
      return problem(record.line, kItemName,
                     "`" + name + "` makes no id: up to 64 of letters, digits and . _ - are taken");
    for (const Item& before : dataset.items)
      if (before.name == item.name)
        return problem(record.line, kItemName, "`" + item.name + "` stands twice in this dataset");
    const std::string mark = cell(record, kIdentifier);
    item.identifier = mark == "是" || mark == "Y" || mark == "1";
    dataset.items.push_back(std::move(item));
  }

  void finish(const Dataset& dataset) {
    if (dataset.title.empty()) problem(dataset.line, kTitle, "the dataset has no name");
    if (dataset.sharing.empty()) problem(dataset.line, kClass, "the dataset has none of " + all_words(kClasses));
    if (dataset.cycle.empty()) problem(dataset.line, kCycle, "the dataset has none of " + all_words(kCycles));
    if (dataset.items.empty()) problem(dataset.line, kItem, "the dataset has no information item");
    made_.files.push_back({plan_.owner + "/" + dataset.code, dataset.code + ".dataset.toml", text_of(dataset)});
  }

  std::string text_of(const Dataset& dataset) const {
    const auto pair = [](const std::string& key, const std::string& zh, const std::string& en) {
      return key + "_zh = " + config::toml_text(zh) + "\n" + key + "_en = " + config::toml_text(en.empty() ? zh : en) +
             "\n";
    };
    std::string text =
        "# Imported from a catalogue. Look at ids, English titles and sensitivity before it is published.\n"
        "[dataset]\nid = " +
        config::toml_text(plan_.owner + "/" + dataset.code) + "\nduty = " + config::toml_text(plan_.duty) +
        "\nsystem = " + config::toml_text(plan_.system) + "\n" + pair("title", dataset.title, dataset.title_en);
    if (!dataset.summary.empty()) text += pair("summary", dataset.summary, "");
    text += "sharing_class = " + config::toml_text(dataset.sharing) + "\n";
    if (!dataset.conditions.empty()) text += pair("conditions", dataset.conditions, "");
    if (dataset.sharing == "not-shared")
      text += "# legal_basis = \"...\"  # the registered basis on which it is not shared\n";
    text += "update_cycle = " + config::toml_text(dataset.cycle) + "\n";
    for (const Item& item : dataset.items)
      text += "\n[[field]]\nname = " + config::toml_text(item.name) + "\ntype = " + config::toml_text(item.type) +
              "\n" + pair("meaning", item.title, item.title_en) + (item.identifier ? "identifier = true\n" : "");
    return text;
  }

  const std::vector<CsvRecord>& records_;
  const ImportPlan& plan_;
  std::array<std::optional<std::size_t>, kColumnCount> places_{};
  std::array<std::string, kColumnCount> heads_{};
  std::string provider_, provider_above_;
  std::vector<Dataset> datasets_;
  std::map<std::string, std::size_t> by_code_;  // places in datasets_
  ImportedCatalogue made_;
};

}  // namespace

ImportedCatalogue import_catalogue(const std::vector<CsvRecord>& records, const ImportPlan& plan) {
  return Import(records, plan).run();
}

}  // namespace steelyard::cli
