// Few<T, N>: a list whose first N elements stand in the object itself: nothing is allocated for the usual few, and who
// looks at the object has them in the same lines of memory.
//
// Owns: its elements. Threads: as a vector. Errors: none.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace steelyard::policy {

template <class T, std::size_t N>
class Few {
 public:
  Few() = default;
  Few(const Few& other) { append(other); }
  Few(Few&& other) noexcept { take(other); }
  Few& operator=(Few other) noexcept {
    clear();
    release();
    take(other);
    return *this;
  }
  ~Few() {
    clear();
    release();
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  T& operator[](std::size_t at) { return data_[at]; }
  const T& operator[](std::size_t at) const { return data_[at]; }

  void push_back(T value) {
    if (size_ == capacity_) grow();
    new (data_ + size_) T(std::move(value));
    ++size_;
  }
  // Those from here on go.
  void cut(T* from) {
    std::destroy(from, end());
    size_ = static_cast<std::size_t>(from - data_);
  }
  void clear() { cut(data_); }

 private:
  T* own_space() { return reinterpret_cast<T*>(space_); }
  void append(const Few& other) {
    for (const T& one : other) push_back(one);
  }
  // Of an object without elements.
  void take(Few& other) {
    if (other.data_ == other.own_space()) {
      for (T& one : other) push_back(std::move(one));
      other.clear();
      return;
    }
    data_ = std::exchange(other.data_, other.own_space());
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, N);
  }
  void grow() {
    T* larger = std::allocator<T>().allocate(2 * capacity_);
    std::uninitialized_move(begin(), end(), larger);
    std::destroy(begin(), end());
    const std::size_t capacity = 2 * capacity_;
    release();
    data_ = larger;
    capacity_ = capacity;
  }
  void release() {
    if (data_ != own_space()) std::allocator<T>().deallocate(data_, capacity_);
    data_ = own_space();
    capacity_ = N;
  }

  T* data_ = own_space();
  std::size_t size_ = 0, capacity_ = N;
  alignas(T) std::byte space_[N * sizeof(T)];
};

}  // namespace steelyard::policy
