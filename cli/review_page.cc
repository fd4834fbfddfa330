#include "cli/review_page.h"

#include "cli/terminal.h"

namespace steelyard::cli {
namespace {

const Text kDigest{"所签版本的摘要", "digest of the version, which is what approvals sign"};

std::string in(const Text& text, Language language, const char* between) {
  if (language == Language::kZh) return text.zh.empty() ? text.en : text.zh;
  if (language == Language::kEn) return text.en.empty() ? text.zh : text.en;
  if (text.zh.empty() || text.zh == text.en) return text.en;
  return text.en.empty() ? text.zh : text.zh + between + text.en;
}
std::string label(const Text& text, Language language) { return in(text, language, " "); }
std::string value(const Text& text, Language language) { return in(text, language, " / "); }

Text left_out(std::size_t count) {
  return {"另有 " + std::to_string(count) + " 项未列出", "and " + std::to_string(count) + " more"};
}

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, display_width(text)), ' ');
}

// Prose keeps its lines, of which each is made printable.
std::string lines_of(const std::string& text, const std::string& between) {
  std::string made;
  for (std::size_t at = 0;;) {
    const std::size_t end = text.find('\n', at);
    made += printable(std::string_view(text).substr(at, end - at));
    if (end == std::string::npos) return made;
    made += between;
    at = end + 1;
  }
}

void add_table(std::string& out, const ReviewSection& section, Language language) {
  std::vector<std::size_t> widths;
  std::vector<std::vector<std::string>> cells(1);
  for (const ReviewLine& column : section.columns) cells[0].push_back(label(column.label, language));
  for (const auto& row : section.rows) {
    auto& to = cells.emplace_back();
    for (const Text& cell : row) to.push_back(printable(value(cell, language)));
  }
  for (const auto& row : cells)
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i == widths.size()) widths.push_back(0);
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  for (const auto& row : cells) {
    out += " ";
    for (std::size_t i = 0; i < row.size(); ++i)
      out += " " + (i + 1 == row.size() ? row[i] : padded(row[i], widths[i] + 1));
    out += "\n";
  }
}

std::string escaped(const std::string& text) {
  std::string made;
  for (const char c : text) {
    if (c == '&')
      made += "&amp;";
    else if (c == '<')
      made += "&lt;";
    else if (c == '>')
      made += "&gt;";
    else if (c == '"')
      made += "&quot;";
    else if (c == '\'')
      made += "&#39;";
    else
      made += c;
  }
  return made;
}

std::string html(const std::string& text) { return lines_of(escaped(text), "<br>"); }

// zh above en, where both are shown and differ.
std::string html(const Text& text, Language language) { return html(in(text, language, "\n")); }

constexpr const char* kStyle =
    "body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#111}"
    "h1{font-size:1.4em}h2{font-size:1.1em;margin:1.5em 0 .3em;border-bottom:1px solid #999}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.2em .8em .2em 0;"
    "border-bottom:1px solid #ddd}th{font-weight:600}td{overflow-wrap:anywhere}code{font-size:.9em}";

std::string html_table(const ReviewSection& section, Language language) {
  std::string out = "<table><thead><tr>";
  for (const ReviewLine& column : section.columns) out += "<th>" + html(column.label, language) + "</th>";
  out += "</tr></thead><tbody>\n";
  for (const auto& row : section.rows) {
    out += "<tr>";
    for (const Text& cell : row) out += "<td>" + html(cell, language) + "</td>";
    out += "</tr>\n";
  }
  return out + "</tbody></table>\n";
}

json::Value json_text(const Text& text) { return json::object({{"zh", text.zh}, {"en", text.en}}); }

}  // namespace

std::string review_text(const Review& review, Language language) {
  std::string out = printable(label(review.title, language)) + "\n";
  for (const ReviewSection& section : review.sections) {
    out += "\n" + label(section.title, language) + "\n";
    std::size_t width = 0;
    for (const ReviewLine& line : section.lines) width = std::max(width, display_width(label(line.label, language)));
    for (const ReviewLine& line : section.lines)
      out += "  " + padded(label(line.label, language), width) + "  " +
             lines_of(value(line.value, language), "\n" + std::string(width + 4, ' ')) + "\n";
    if (!section.rows.empty())
      add_table(out, section, language);
    else if (!section.columns.empty())
      out += "  " + label(section.none, language) + "\n";
    if (section.left_out != 0) out += "  " + value(left_out(section.left_out), language) + "\n";
  }
  return out + "\n" + label(kDigest, language) + "\n  " + to_hex(review.digest.view()) + "\n";
}

std::string review_html(const Review& review, Language language) {
  std::string out = "<!doctype html>\n<html lang=\"" + std::string(language == Language::kEn ? "en" : "zh") +
                    "\"><head><meta charset=\"utf-8\">\n"
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                    "'unsafe-inline'\">\n<title>" +
                    escaped(printable(label(review.title, language))) + "</title>\n<style>" + kStyle +
                    "</style></head>\n<body>\n<h1>" + html(review.title, language) + "</h1>\n";
  for (const ReviewSection& section : review.sections) {
    out += "<h2>" + html(label(section.title, language)) + "</h2>\n";
    if (!section.lines.empty()) {
      out += "<table><tbody>\n";
      for (const ReviewLine& line : section.lines)
        out +=
            "<tr><th>" + html(label(line.label, language)) + "</th><td>" + html(line.value, language) + "</td></tr>\n";
      out += "</tbody></table>\n";
    }
    if (!section.rows.empty())
      out += html_table(section, language);
    else if (!section.columns.empty())
      out += "<p>" + html(label(section.none, language)) + "</p>\n";
    if (section.left_out != 0) out += "<p>" + html(value(left_out(section.left_out), language)) + "</p>\n";
  }
  return out + "<h2>" + html(label(kDigest, language)) + "</h2>\n<p><code>" + to_hex(review.digest.view()) +
         "</code></p>\n</body></html>\n";
}

json::Value review_json(const Review& review) {
  json::Value made = json::object({{"agreement", review.agreement}, {"digest", to_hex(review.digest.view())}});
  for (const ReviewSection& section : review.sections) {
    json::Value of_section = json::object();
    for (const ReviewLine& line : section.lines) of_section.set(line.key, json_text(line.value));
    if (!section.columns.empty()) {
      json::Value rows = json::array();
      for (const auto& row : section.rows) {
        json::Value one = json::object();
        for (std::size_t i = 0; i < row.size(); ++i) one.set(section.columns[i].key, json_text(row[i]));
        rows.push(std::move(one));
      }
      of_section.set("rows", std::move(rows));
      if (section.left_out != 0) of_section.set("left_out", section.left_out);
    }
    made.set(section.key, std::move(of_section));
  }
  return made;
}

}  // namespace steelyard::cli
