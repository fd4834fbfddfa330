// Turns: what waits, one's after another's, so that who has much waiting delays each of the others by one slice and not
// by what it has waiting. Each one's own keep their order.
//
// Deficit round robin (Shreedhar and Varghese, 1995): a turn is `slice`, an item takes its cost of it; what costs more
// than was left is taken nonetheless, and off later turns, also where nothing else of its own waits meanwhile.
// Owns: the items. Threads: one. Errors: none.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <list>
#include <map>
#include <optional>
#include <utility>

namespace steelyard {

template <class Whose, class Item>
class Turns {
 public:
  explicit Turns(std::size_t slice = 1) : slice_(static_cast<std::int64_t>(slice)) {}

  void push(const Whose& whose, Item item, std::size_t cost = 1) {  // a cost of none counts as one
    auto found = of_.find(whose);
    if (found == of_.end()) {
      ring_.push_back({whose, {}, 0, false});
      found = of_.emplace(whose, std::prev(ring_.end())).first;
    }
    found->second->items.emplace_back(std::move(item), static_cast<std::int64_t>(std::max<std::size_t>(cost, 1)));
    ++size_;
  }
  std::optional<Item> take() {
    while (size_ > 0) {
      Queue& next = ring_.front();
      if (!next.in_turn) next.left = std::min(next.left + slice_, slice_);
      next.in_turn = true;
      if (next.left <= 0 || next.items.empty()) {
        end_turn();
        continue;
      }
      auto [item, cost] = std::move(next.items.front());
      next.items.pop_front();
      next.left -= cost;
      --size_;
      if (next.items.empty()) end_turn();
      return std::move(item);
    }
    return {};
  }
  template <class Predicate>
  void drop(Predicate which) {
    for (Queue& queue : ring_)
      size_ -= std::erase_if(queue.items, [&](const auto& waiting) { return which(waiting.first); });
  }
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  void clear() {
    ring_.clear();
    of_.clear();
    size_ = 0;
  }

 private:
  struct Queue {
    Whose whose;
    std::deque<std::pair<Item, std::int64_t>> items;  // with its cost
    std::int64_t left = 0;                            // of its slice; below zero: taken ahead
    bool in_turn = false;
  };

  // The next in the ring is on. Who has nothing waiting and owes nothing leaves it.
  void end_turn() {
    Queue& ended = ring_.front();
    ended.in_turn = false;
    if (ended.items.empty() && ended.left >= 0) {
      of_.erase(ended.whose);
      ring_.pop_front();
    } else {
      ring_.splice(ring_.end(), ring_, ring_.begin());
    }
  }

  std::int64_t slice_;
  std::list<Queue> ring_;  // the first one's turn is on or next
  std::map<Whose, typename std::list<Queue>::iterator> of_;
  std::size_t size_ = 0;
};

}  // namespace steelyard
