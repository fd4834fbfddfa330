// Turns: what waits, one's after another's: who has much waiting delays each of the others by one item at a time. Each
// one's own keep their order.
//
// Owns: the items. Threads: one. Errors: none.
#pragma once

#include <cstddef>
#include <deque>
#include <iterator>
#include <list>
#include <map>
#include <utility>

namespace steelyard {

template <class Whose, class Item>
class Turns {
 public:
  void push(const Whose& whose, Item item) {
    auto found = of_.find(whose);
    if (found == of_.end()) {
      ring_.emplace_back(whose, std::deque<Item>());
      found = of_.emplace(whose, std::prev(ring_.end())).first;
    }
    found->second->second.push_back(std::move(item));
    ++size_;
  }
  Item take() {  // requires !empty()
    auto& [whose, items] = ring_.front();
    Item item = std::move(items.front());
    items.pop_front();
    --size_;
    if (items.empty()) {
      of_.erase(whose);
      ring_.pop_front();
    } else {
      ring_.splice(ring_.end(), ring_, ring_.begin());
    }
    return item;
  }
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  void clear() {
    ring_.clear();
    of_.clear();
    size_ = 0;
  }

 private:
  using Ring = std::list<std::pair<Whose, std::deque<Item>>>;
  Ring ring_;  // nobody in it has nothing waiting
  std::map<Whose, typename Ring::iterator> of_;
  std::size_t size_ = 0;
};

}  // namespace steelyard
