#include "core/crypto/log_policy.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "core/base/limits.h"
#include "core/base/outside_limits.h"
#include "core/crypto/checkpoint.h"

namespace steelyard::crypto {
namespace {

constexpr std::string_view kBlank = " \t";
constexpr std::string_view kNone = "none";

tl::unexpected<Error> wrong(const std::string& what) { return fail(ErrorKind::kFix, what); }

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  for (std::size_t at = line.find_first_not_of(kBlank); at != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(kBlank, at), line.size());
    words.emplace_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBlank, end);
  }
  return words;
}

bool is_forbidden(char c) {
  const auto octet = static_cast<std::uint8_t>(c);
  return (octet < 0x20 && c != '\t' && c != '\n') || octet == 0x7F;
}

Result<VerifierKey> key_for(const std::string& text, NoteUse use) {
  TRY_ASSIGN(VerifierKey key, verifier_key_from_text(text));
  if (key.use != use) return wrong(use == NoteUse::kSignature ? "the key is of a witness" : "the key is of a log");
  return key;
}

}  // namespace

Result<LogPolicy> LogPolicy::parse(std::string_view text) {
  if (text.size() > limits::kLogPolicyBytesMax) return wrong("the policy is too long");
  if (!text.empty() && !text.ends_with('\n')) return wrong("the policy's last line does not end with a newline");
  LogPolicy policy;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const std::string where = "line " + std::to_string(number);
    if (std::any_of(line.begin(), line.end(), is_forbidden)) return wrong(where + ": a control character");
    const auto words = words_of(line);
    if (words.empty() || words[0].starts_with('#')) continue;
    if (auto taken = policy.take_line(words); !taken) return fail(std::move(taken).error().in(where));
  }
  if (!policy.has_quorum_) return wrong("the policy has no line `quorum NAME`");
  return policy;
}

Status LogPolicy::take_line(const std::vector<std::string>& words) {
  if (words[0] == "log") return take_log(words);
  if (words[0] == "witness") return take_witness(words);
  if (words[0] == "group") return take_group(words);
  if (words[0] == "quorum") return take_quorum(words);
  return wrong("`" + words[0] + "` is none of log, witness, group, quorum");
}

Status LogPolicy::take_log(const std::vector<std::string>& words) {
  if (words.size() < 2 || words.size() > 3) return wrong("write `log KEY [URL]`");
  TRY_ASSIGN(VerifierKey key, key_for(words[1], NoteUse::kSignature));
  for (const VerifierKey& other : logs_)
    if (other.key == key.key) return wrong("the key of two logs");
  if (logs_.size() == limits::kLogPolicyNamesMax) return wrong("too many logs");
  logs_.push_back(std::move(key));
  return {};
}

Status LogPolicy::take_witness(const std::vector<std::string>& words) {
  if (words.size() < 3 || words.size() > 4) return wrong("write `witness NAME KEY [URL]`");
  TRY(take_name(words[1]));
  TRY_ASSIGN(const VerifierKey key, key_for(words[2], NoteUse::kCosignature));
  for (const Witness& other : witnesses_)
    if (other.key.public_key() == key.key) return wrong("the key of two witnesses");
  TRY_ASSIGN(VerifyingKey decoded, VerifyingKey::decode(key.key));
  witnesses_.push_back({words[1], key.name, std::move(decoded)});
  return {};
}

Status LogPolicy::take_group(const std::vector<std::string>& words) {
  if (words.size() < 4) return wrong("write `group NAME all|any|NUMBER NAME...`");
  TRY(take_name(words[1]));
  Group group{words[1], 1, {words.begin() + 3, words.end()}};
  for (const std::string& member : group.members)
    if (!knows(member)) return wrong("`" + member + "` is not defined above");
  const std::set<std::string> once(group.members.begin(), group.members.end());
  if (once.size() != group.members.size()) return wrong("a member stands twice");
  for (const Group& other : groups_)
    for (const std::string& member : other.members)
      if (once.count(member) != 0) return wrong("`" + member + "` is in the group `" + other.name + "` already");
  const std::string& count = words[2];
  if (count == "all") {
    group.threshold = group.members.size();
  } else if (count != "any") {
    const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), group.threshold);
    if (error != std::errc() || end != count.data() + count.size() || group.threshold < 1 ||
        group.threshold > group.members.size())
      return wrong("`" + count + "` is neither all, any nor a number from 1 to as many as are named");
  }
  groups_.push_back(std::move(group));
  return {};
}

Status LogPolicy::take_quorum(const std::vector<std::string>& words) {
  if (words.size() != 2) return wrong("write `quorum NAME`");
  if (has_quorum_) return wrong("a second quorum");
  has_quorum_ = true;
  if (words[1] == kNone) return {};
  if (!knows(words[1])) return wrong("`" + words[1] + "` is not defined above");
  quorum_ = words[1];
  return {};
}

Status LogPolicy::take_name(const std::string& name) {
  if (name == kNone || knows(name)) return wrong("the name `" + name + "` is taken");
  if (witnesses_.size() + groups_.size() == limits::kLogPolicyNamesMax) return wrong("too many witnesses and groups");
  return {};
}

bool LogPolicy::knows(const std::string& name) const {
  const auto has_it = [&](const auto& one) { return one.name == name; };
  return std::any_of(witnesses_.begin(), witnesses_.end(), has_it) ||
         std::any_of(groups_.begin(), groups_.end(), has_it);
}

Result<std::vector<std::string>> LogPolicy::check(const Note& checkpoint) const {
  std::vector<std::string> cosigned;
  std::set<std::string> reached;
  for (const Witness& witness : witnesses_)
    if (verify_cosignature(checkpoint, witness.key_name, witness.key)) {
      cosigned.push_back(witness.name);
      reached.insert(witness.name);
    }
  for (const Group& group : groups_) {
    const auto count = std::count_if(group.members.begin(), group.members.end(),
                                     [&](const std::string& member) { return reached.count(member) != 0; });
    if (static_cast<std::size_t>(count) >= group.threshold) reached.insert(group.name);
  }
  if (quorum_.empty() || reached.count(quorum_) != 0) return cosigned;
  return wrong("the checkpoint's " + std::to_string(cosigned.size()) + " cosignatures of known witnesses are no `" +
               quorum_ + "`, which the policy wants");
}

}  // namespace steelyard::crypto
