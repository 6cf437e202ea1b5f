#include "daemon/render/batch.h"

#include <pthread.h>
#include <sysexits.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

namespace auralis::render {
namespace {

using std::chrono::steady_clock;

Done RenderOne(const Job& job, const ChainSetup& setup, Progress& progress,
               const ChainOnFile::Hear& hear) {
  Done done{.job = job};
  const auto began = steady_clock::now();
  try {
    done.outcome = RenderFile(job, setup, progress, hear);
  } catch (const WriteError& e) {
    done.error = e.what();
    done.exit_code = EX_IOERR;
  } catch (const FileError& e) {
    done.error = e.what();
    done.exit_code = EX_DATAERR;
  } catch (const std::exception& e) {
    done.error = NameOfInput(job.input) + ": internal error: " + e.what();
    done.exit_code = EX_SOFTWARE;
  }
  done.took_s = std::chrono::duration<double>(steady_clock::now() - began).count();
  return done;
}

}  // namespace

std::vector<Done> RenderAll(const std::vector<Job>& jobs, const ChainSetup& setup,
                            std::size_t threads, const Watch& watch,
                            const ChainOnFile::Hear& hear) {
  constexpr auto kLook = std::chrono::milliseconds(100);
  std::vector<Done> done(jobs.size());
  std::deque<Progress> progress(jobs.size());
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t finished = 0;
  std::vector<std::jthread> workers;
  for (std::size_t i = 0; i < std::min(threads, jobs.size()); ++i) {
    workers.emplace_back([&] {
      for (std::size_t at = next++; at < jobs.size(); at = next++) {
        done[at] = RenderOne(jobs[at], setup, progress[at], hear);
        const std::lock_guard lock(mutex);
        ++finished;
        changed.notify_one();
      }
    });
    pthread_setname_np(workers.back().native_handle(), "render");
  }
  std::unique_lock lock(mutex);
  while (!changed.wait_for(lock, kLook, [&] { return finished == jobs.size(); })) {
    const std::size_t now = finished;
    lock.unlock();
    if (watch) watch(progress, now);
    lock.lock();
  }
  lock.unlock();
  if (watch) watch(progress, jobs.size());
  return done;
}

}  // namespace auralis::render
