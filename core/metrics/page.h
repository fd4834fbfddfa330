// Page: one scrape. What a program counts, gathered into families and written as Prometheus reads it.
//
//   Page page;
//   page.counter("steelyard_broker_drops_total", "frames that got no reply", drops.malformed, {{"why", "malformed"}});
//   answer(page.text());
//
// Counts live with whoever counts them, as plain numbers of one thread; a page is made from a copy of them. So counting
// costs an addition, and nothing is shared.
// Owns: what was added. Threads: any one. Errors: none; a name or label that Prometheus would not take is a CHECK,
// since names are ours alone. Format: Prometheus text exposition format 0.0.4.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/metrics/histogram.h"

namespace steelyard::metrics {

using Labels = std::initializer_list<std::pair<std::string, std::string>>;

class Page {
 public:
  Page();
  ~Page();
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  // Samples of one name make one family, whose help is that of the first.
  void counter(const std::string& name, const std::string& help, std::uint64_t value, Labels labels = {});
  void gauge(const std::string& name, const std::string& help, double value, Labels labels = {});
  void histogram(const std::string& name, const std::string& help, const Histogram& values, Labels labels = {});

  std::string text() const;

  static constexpr const char* kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace steelyard::metrics
