#include "core/metrics/page.h"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <sstream>

#include "core/base/check.h"

namespace steelyard::metrics {

namespace {

bool is_name(const std::string& name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

struct Page::Families {
  std::vector<prometheus::MetricFamily> all;

  prometheus::ClientMetric& add(const std::string& name, const std::string& help, prometheus::MetricType type,
                                Labels labels) {
    CHECK(is_name(name));
    auto family = std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name == name; });
    if (family == all.end()) {
      all.push_back({name, help, type, {}});
      family = all.end() - 1;
    }
    CHECK(family->type == type);
    prometheus::ClientMetric& metric = family->metric.emplace_back();
    for (const auto& [label, value] : labels) {
      CHECK(is_name(label));
      metric.label.push_back({label, value});
    }
    return metric;
  }
};

Page::Page() : families_(std::make_unique<Families>()) {}
Page::~Page() = default;

void Page::counter(const std::string& name, const std::string& help, std::uint64_t value, Labels labels) {
  families_->add(name, help, prometheus::MetricType::Counter, labels).counter.value = static_cast<double>(value);
}

void Page::gauge(const std::string& name, const std::string& help, double value, Labels labels) {
  families_->add(name, help, prometheus::MetricType::Gauge, labels).gauge.value = value;
}

void Page::histogram(const std::string& name, const std::string& help, const Histogram& values, Labels labels) {
  auto& histogram = families_->add(name, help, prometheus::MetricType::Histogram, labels).histogram;
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < values.counts().size(); ++i) {
    below += values.counts()[i];
    const double bound =
        i < Histogram::kBounds.size() ? Histogram::kBounds[i] : std::numeric_limits<double>::infinity();
    histogram.bucket.push_back({below, bound});
  }
  histogram.sample_count = below;
  histogram.sample_sum = values.sum();
}

std::string Page::text() const {
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families_->all);
  return text.str();
}

}  // namespace steelyard::metrics
