#include "core/base/utf8.h"

#include <gtest/gtest.h>

namespace steelyard {
namespace {

TEST(Utf8, IsWellFormedOrNothing) {
  for (const char* good : {"", "a", "王芳", "é", "\xf0\x9f\x8f\x9b"}) EXPECT_TRUE(is_utf8(good)) << good;
  for (const char* bad : {"\xff", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
                          "\xe7\x8e", "a\x80", "\xe7\x8e\x41"})
    EXPECT_FALSE(is_utf8(bad));
}

TEST(Utf8, EachCharacterIsReadAsItWasWritten) {
  for (std::uint32_t value = 0; value <= 0x110000; ++value) {
    if (!is_scalar_value(value)) continue;
    std::string text;
    append_utf8(text, value);
    ASSERT_TRUE(is_utf8(text)) << value;
    const auto read = decode_utf8(text + "x");
    ASSERT_TRUE(read && read->value == value && read->length == text.size()) << value;
  }
}

bool decodes(std::string_view text) {
  while (!text.empty()) {
    const auto point = decode_utf8(text);
    if (!point) return false;
    text.remove_prefix(point->length);
  }
  return true;
}

TEST(Utf8, WhatIsItIsDecodedToItsEnd) {
  const std::string after[] = {"",     "a",        "\x7f",     "\x80",     "\xbf",
                               "\xc2", "\x80\x80", "\xbf\xbf", "\x80\xc0", "\x80\x80\x80"};
  for (int lead = 0; lead < 256; ++lead)
    for (int second = 0; second < 256; ++second)
      for (const std::string& rest : after) {
        const std::string text = std::string{static_cast<char>(lead), static_cast<char>(second)} + rest;
        ASSERT_EQ(is_utf8(text), decodes(text)) << lead << " " << second << " and " << rest.size() << " more";
      }
}

TEST(Utf8, AWrongOctetIsFoundWhereverItStands) {
  for (std::size_t at = 0; at < 24; ++at) {
    std::string text(24, 'a');
    EXPECT_TRUE(is_utf8(text));
    text[at] = '\x80';
    EXPECT_FALSE(is_utf8(text)) << at;
  }
}

}  // namespace
}  // namespace steelyard
