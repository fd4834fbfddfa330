// A review as people read it: on the terminal, as one HTML file that needs nothing else, and as JSON for programs.
//
// Everything registered is text that others wrote: it is escaped, and steers neither terminal nor browser.
// Threads: pure. Errors: none.
#pragma once

#include <string>

#include "cli/review.h"
#include "core/json/json.h"

namespace steelyard::cli {

enum class Language { kBoth, kZh, kEn };

std::string review_text(const Review& review, Language language);
std::string review_html(const Review& review, Language language);
json::Value review_json(const Review& review);

}  // namespace steelyard::cli
