#include "broker/log_setup.h"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace steelyard::broker {
namespace {

TEST(Log, WhatALineQuotesMakesNoSecondLineAndSteersNoTerminal) {
  const auto before = spdlog::default_logger();
  ::testing::internal::CaptureStderr();
  set_up_log("info");
  spdlog::info("session up software={}", "a\n2026 level=critical \x1b[2J\xE2\x80\xAE");
  spdlog::default_logger()->flush();
  const std::string said = ::testing::internal::GetCapturedStderr();
  spdlog::set_default_logger(before);
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
  EXPECT_NE(said.find("level=info session up software=a\\n2026 level=critical \\x1b[2J\\u{202e}\n"), std::string::npos)
      << said;
}

}  // namespace
}  // namespace steelyard::broker
