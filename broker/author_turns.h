// AuthorTurns: messages that wait for one session, one author's after another's: an owner's queue is not filled by one
// user alone. What belongs together, a request and its grant, stays together, and each author's keep their order.
//
// Owns: the messages. Threads: the loop's. Errors: none.
#pragma once

#include <deque>
#include <list>
#include <map>
#include <vector>

#include "core/exchange/frame.h"

namespace steelyard::broker {

class AuthorTurns {
 public:
  using Group = std::vector<exchange::OutMessage>;

  void push(Group group) {
    const MemberId author = author_of(group);
    auto found = of_.find(author);
    if (found == of_.end()) {
      ring_.emplace_back(author, std::deque<Group>());
      found = of_.emplace(author, std::prev(ring_.end())).first;
    }
    found->second->second.push_back(std::move(group));
  }
  Group take() {  // requires !empty()
    auto& [author, groups] = ring_.front();
    Group group = std::move(groups.front());
    groups.pop_front();
    if (groups.empty()) {
      of_.erase(author);
      ring_.pop_front();
    } else {
      ring_.splice(ring_.end(), ring_, ring_.begin());
    }
    return group;
  }
  bool empty() const { return ring_.empty(); }
  void clear() {
    ring_.clear();
    of_.clear();
  }

 private:
  // Of the message that is forwarded; the broker's own words have none.
  static MemberId author_of(const Group& group) {
    for (const auto& message : group)
      if (message.proof) return message.proof->author;
    return {};
  }

  using Ring = std::list<std::pair<MemberId, std::deque<Group>>>;
  Ring ring_;  // nobody in it has nothing waiting
  std::map<MemberId, Ring::iterator> of_;
};

}  // namespace steelyard::broker
