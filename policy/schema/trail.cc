#include "policy/schema/trail.h"

#include "policy/schema/names.h"

namespace steelyard::policy::schema {

tl::unexpected<Error> Trail::fail(std::string_view what) const {
  std::string path;
  for (const std::string& step : steps_) {
    path += '/';
    for (const char c : shorten(step)) {  // as JSON pointers are written (RFC 6901)
      if (c == '~') {
        path += "~0";
      } else if (c == '/') {
        path += "~1";
      } else {
        path += c;
      }
    }
  }
  return steelyard::fail(ErrorKind::kFix, (path.empty() ? "" : path + ": ") + one_line(what));
}

tl::unexpected<Error> Trail::fail(const Place& place, std::string_view what) const {
  return place.known ? fail_at(place.span, what) : fail(what);
}

}  // namespace steelyard::policy::schema
