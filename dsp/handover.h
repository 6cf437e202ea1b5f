#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

namespace auralis {

// Objects too large to copy into the callback: the control side makes them and hands out pointers,
// the callback says which one it has come to, and everything older is freed where it was made. The
// callback may leave some out; it never goes back to one it has left.
template <class T>
class Handover {
 public:
  // What the callback holds.
  class Item {
   public:
    template <class... Args>
    explicit Item(std::atomic<std::uint64_t>& reached, std::uint64_t number, Args&&... args)
        : object_(std::forward<Args>(args)...), reached_(reached), number_(number) {}
    const T& operator*() const noexcept { return object_; }
    const T* operator->() const noexcept { return &object_; }
    // This one is in use, and none that was made before it will be touched again. [rt]
    void Reach() const noexcept { reached_.store(number_, std::memory_order_release); }

   private:
    friend class Handover;
    T object_;
    std::atomic<std::uint64_t>& reached_;
    std::uint64_t number_;
  };

  // Keeps the object until the callback has come to a later one, or for as long as this lives;
  // frees those for which that is so. [control]
  template <class... Args>
  const Item* Make(Args&&... args) {
    FreeOld();
    items_.push_back(std::make_unique<Item>(*reached_, ++made_, std::forward<Args>(args)...));
    return items_.back().get();
  }
  // Frees what the callback has left behind. Whether there was any. [control]
  bool FreeOld() {
    const std::uint64_t reached = reached_->load(std::memory_order_acquire);
    const std::size_t before = items_.size();
    while (!items_.empty() && items_.front()->number_ < reached) items_.pop_front();
    return items_.size() < before;
  }
  // The callback has come to it, or beyond. [control]
  bool HasReached(const Item* item) const noexcept {
    return reached_->load(std::memory_order_acquire) >= item->number_;
  }
  std::size_t kept() const noexcept { return items_.size(); }  // [control]

 private:
  std::unique_ptr<std::atomic<std::uint64_t>> reached_ =
      std::make_unique<std::atomic<std::uint64_t>>(0);
  std::uint64_t made_ = 0;
  std::deque<std::unique_ptr<Item>> items_;
};

}  // namespace auralis
