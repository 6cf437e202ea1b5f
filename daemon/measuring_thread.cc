#include "daemon/measuring_thread.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <utility>

namespace auralis {

MeasuringThread::MeasuringThread() : thread_([this](const std::stop_token& stop) { Run(stop); }) {
  pthread_setname_np(thread_.native_handle(), "measuring");
}

MeasuringThread::~MeasuringThread() = default;

void MeasuringThread::Ask(Question question, Answer answer) {
  {
    const std::lock_guard lock(mutex_);
    next_ = Task{std::move(question), std::move(answer)};
  }
  asked_.notify_one();
}

void MeasuringThread::Run(const std::stop_token& stop) {
  constexpr int kGivesWay = 15;
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kGivesWay);  // where not, it does not
  for (;;) {
    std::unique_lock lock(mutex_);
    if (!asked_.wait(lock, stop, [this] { return next_.has_value(); })) return;
    const Task task = *std::exchange(next_, std::nullopt);
    lock.unlock();
    const auto& [spec, first, second, excerpt] = task.question;
    const Outcomes outcomes = Compare(spec, first, second, excerpt, stop);
    if (!stop.stop_requested()) task.answer(outcomes);
  }
}

}  // namespace auralis
