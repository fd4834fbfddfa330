// List<T>: the elements of a set or a record in one piece of memory with what is known of them together.
//
// A value that was not looked at for a while is then one wait for memory away, not two.
// Owns: its elements; made and shared as Ref<List<T>>. Threads: immutable. Errors: none.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "policy/ref.h"

namespace steelyard::policy {

template <class T>
class List : public Counted {
 public:
  static Ref<List> of(std::vector<T> elements, std::size_t hash, std::size_t weight) {
    static_assert(alignof(T) <= alignof(List) && sizeof(List) % alignof(T) == 0, "elements stand behind the list");
    void* at = ::operator new(sizeof(List) + elements.size() * sizeof(T));
    return Ref<List>(new (at) List(std::move(elements), hash, weight));
  }
  ~List() { std::destroy_n(first(), size_); }
  static void operator delete(void* at) { ::operator delete(at); }  // larger than a List

  std::span<const T> elements() const { return {first(), size_}; }
  std::size_t hash() const { return hash_; }
  std::size_t weight() const { return weight_; }

 private:
  List(std::vector<T> elements, std::size_t hash, std::size_t weight)
      : size_(elements.size()), hash_(hash), weight_(weight) {
    std::uninitialized_move(elements.begin(), elements.end(), first());
  }
  T* first() { return reinterpret_cast<T*>(this + 1); }
  const T* first() const { return reinterpret_cast<const T*>(this + 1); }

  std::size_t size_, hash_, weight_;
};

}  // namespace steelyard::policy
