#include "daemon/flight_recorder.h"

#include <fcntl.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "config/version.h"
#include "daemon/crash_report.h"
#include "dsp/product_chain.h"

namespace auralis {
namespace {

constexpr auto kPeriod = std::chrono::milliseconds(200);
// After a second in which nothing was computed. Slices of as long fit the ring.
constexpr int kRoundsBeforeNap = 5;
constexpr auto kNap = std::chrono::seconds(10);
static_assert(std::chrono::duration<double>(kNap).count() <
              0.8 * ipc::kBlackBoxSliceSeconds * SliceRing::kSlices);
constexpr std::int64_t kNoteParametersNs =
    1'000'000'000;  // a storm of changes is one line a second

std::int64_t NowNs(clockid_t clock) noexcept {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

template <std::size_t N>
void Copy(std::string_view text, std::array<char, N>& to) noexcept {
  const std::size_t size = std::min(text.size(), N - 1);
  std::copy_n(text.data(), size, to.data());
  to[size] = '\0';
}

ipc::BlackBoxHeader NewHeader() {
  ipc::BlackBoxHeader header;
  header.magic = ipc::kBlackBoxMagic;
  header.version = ipc::kBlackBoxVersion;
  header.header_bytes = sizeof(ipc::BlackBoxHeader);
  header.slice_bytes = sizeof(ipc::BlackBoxSlice);
  header.event_bytes = sizeof(ipc::BlackBoxEvent);
  header.slice_capacity = ipc::kBlackBoxSlices;
  header.event_capacity = ipc::kBlackBoxEvents;
  header.pid = static_cast<std::uint32_t>(getpid());
  header.started_ns = NowNs(CLOCK_MONOTONIC);
  header.realtime_from_ns = NowNs(CLOCK_REALTIME) - header.started_ns;
  static_assert(ProductChain::kStages.size() <= ipc::kBlackBoxStages);
  header.stage_count = static_cast<std::uint32_t>(ProductChain::kStages.size());
  for (std::size_t i = 0; i < ProductChain::kStages.size(); ++i) {
    Copy(ProductChain::kStages[i], header.stages[i]);
  }
  Copy(kVersion, header.program);
  return header;
}

const char* SheddingText(std::uint8_t shedding) {
  switch (static_cast<Shedding>(shedding)) {
    case Shedding::kNothing:
      return "there is time again: nothing is left out";
    case Shedding::kAnalysis:
      return "short of time: analysis is left out";
    case Shedding::kOversampling:
      return "short of time: analysis and oversampling are left out";
    case Shedding::kOptionalStages:
      return "short of time: analysis, oversampling and the optional stages are left out";
  }
  return "";
}

// The file, new and locked, or -1. What a dead writer left is kept beside it.
int TakeOver(const std::filesystem::path& file) {
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  constexpr int kFlags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  const auto refuse = [&](int descriptor, const char* why) {
    spdlog::warn("{}: the flight recorder keeps its record in memory instead: {}", file.string(),
                 why);
    if (descriptor >= 0) close(descriptor);
    return -1;
  };
  const int old = open(file.c_str(), kFlags, 0600);
  if (old < 0) return refuse(old, std::strerror(errno));
  struct stat status {};
  if (fstat(old, &status) != 0 || !S_ISREG(status.st_mode)) return refuse(old, "it is no file");
  if (flock(old, LOCK_EX | LOCK_NB) != 0) return refuse(old, "another auralisd writes it");
  ipc::BlackBoxHeader last;
  if (pread(old, &last, sizeof last, 0) != ssize_t{sizeof last}) return old;  // a new one
  if (last.end >= ipc::kBlackBoxCrashed) {
    spdlog::warn("the last run {}; what happened: auralisctl blackbox {}.last", EndText(last),
                 file.string());
  }
  std::filesystem::rename(file, file.string() + ".last", ignored);
  const int fresh = open(file.c_str(), kFlags | O_EXCL, 0600);
  if (fresh < 0 || flock(fresh, LOCK_EX | LOCK_NB) != 0) return refuse(old, std::strerror(errno));
  close(old);
  return fresh;
}

}  // namespace

// Every line of the log goes into the box, too.
class FlightRecorder::LogSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit LogSink(FlightRecorder& recorder) : recorder_(recorder) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    using Kind = ipc::BlackBoxKind;
    const Kind kind = message.level >= spdlog::level::err    ? Kind::kError
                      : message.level == spdlog::level::warn ? Kind::kWarning
                                                             : Kind::kInfo;
    recorder_.Note(kind, {message.payload.data(), message.payload.size()});
  }
  void flush_() override {}

 private:
  FlightRecorder& recorder_;
};

FlightRecorder::FlightRecorder(boost::asio::io_context& loop, const std::filesystem::path& file,
                               const ParamRegistry& registry, std::function<Engine&()> engine,
                               Tell tell)
    : timer_(loop),
      registry_(registry),
      engine_(std::move(engine)),
      tell_(std::move(tell)),
      header_(NewHeader()),
      noted_revision_(registry.revision()) {
  Open(file);
  log_ = std::make_shared<LogSink>(*this);
  spdlog::default_logger()->sinks().push_back(log_);
}

FlightRecorder::~FlightRecorder() {
  Close();
  RemoveCrashReport();
  auto& sinks = spdlog::default_logger()->sinks();
  sinks.erase(std::remove(sinks.begin(), sinks.end(), log_), sinks.end());
  if (descriptor_ >= 0) close(descriptor_);
}

void FlightRecorder::Open(const std::filesystem::path& file) {
  if (!file.empty()) descriptor_ = TakeOver(file);
  if (descriptor_ >= 0) {
    path_ = file;
  } else {
    descriptor_ = memfd_create("auralis-blackbox", MFD_CLOEXEC);
    path_ = "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(descriptor_);
  }
  if (ftruncate(descriptor_, sizeof(ipc::BlackBoxImage)) != 0) {
    spdlog::warn("the flight recorder has no room: {}", std::strerror(errno));
  }
  WriteHeader();
}

void FlightRecorder::Start() {
  started_ = true;
  slices_ = &engine_().slices();
  Wait();
}

bool FlightRecorder::IsQuiet() {
  const Engine& engine = engine_();
  const std::uint64_t callbacks = engine.stats().callbacks.load(std::memory_order_relaxed);
  return std::exchange(seen_callbacks_, callbacks) == callbacks || engine.idle();
}

void FlightRecorder::Wake() {
  const bool naps = quiet_rounds_ >= kRoundsBeforeNap;
  quiet_rounds_ = 0;
  if (naps && !closed_) Wait();
}

void FlightRecorder::Wait() {
  if (quiet_rounds_ < kRoundsBeforeNap) {
    timer_.expires_after(kPeriod);
  } else {
    timer_.expires_after(kNap);
  }
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || closed_) return;
    Drain();
    slices_ = &engine_().slices();
    quiet_rounds_ = IsQuiet() ? std::min(quiet_rounds_ + 1, kRoundsBeforeNap) : 0;
    Wait();
  });
}

void FlightRecorder::Drain() {
  SliceRing* const ring = slices_.exchange(nullptr);
  std::vector<ipc::BlackBoxSlice> slices;
  ipc::BlackBoxSlice one;
  while (ring != nullptr && ring->TryPop(one)) slices.push_back(one);
  const double withheld_us = WithheldUs(slices);
  for (ipc::BlackBoxSlice& slice : slices) {
    slice.revision = registry_.revision();
    // Longer than the time there was; but was it ours?
    const double beyond_us = static_cast<double>(slice.most_us - slice.most_us / slice.most_share);
    if (slice.xruns_own > 0 && withheld_us > 0.5 * beyond_us) {
      slice.xruns_late = static_cast<std::uint16_t>(slice.xruns_late + slice.xruns_own);
      slice.xruns_own = 0;
    }
    {
      const std::lock_guard lock(file_mutex_);
      WriteSlice(slice);
    }
    TellLosses(slice);
  }
  TellOverloads();
  NoteChanges();
  const std::lock_guard lock(file_mutex_);
  header_.lost_slices = engine_().stats().lost_slices.load(std::memory_order_relaxed);
  WriteHeader();
}

// Of the time that callbacks took, what their thread was not running: the scheduler gave it to
// others.
double FlightRecorder::WithheldUs(const std::vector<ipc::BlackBoxSlice>& slices) {
  const pthread_t thread = engine_().stats().thread.load(std::memory_order_relaxed);
  if (thread == 0) return 0.0;
  if (thread != clocked_thread_) {
    // Asked while it calls back, so it is there; when it has gone the clock says so, and nothing
    // more.
    if (pthread_getcpuclockid(thread, &thread_clock_) != 0) return 0.0;
    clocked_thread_ = thread;
    thread_ns_ = NowNs(thread_clock_);
    return 0.0;
  }
  const std::int64_t now_ns = NowNs(thread_clock_);
  if (now_ns == 0) return 0.0;  // it has gone
  const double ran_us = static_cast<double>(now_ns - std::exchange(thread_ns_, now_ns)) / 1e3;
  double took_us = 0.0;
  for (const ipc::BlackBoxSlice& one : slices) {
    took_us += static_cast<double>(one.mean_us) * one.callbacks;
  }
  return took_us - ran_us;
}

void FlightRecorder::Close() {
  if (std::exchange(closed_, true)) return;
  boost::system::error_code ignored;
  timer_.cancel(ignored);
  if (started_) Drain();
  const std::lock_guard lock(file_mutex_);
  header_.end = ipc::kBlackBoxEnded;
  WriteHeader();
}

void FlightRecorder::TellLosses(const ipc::BlackBoxSlice& slice) {
  const auto tell = [this](std::uint16_t count, const char* why) {
    if (count == 0) return;
    const std::string text = std::string("sound was lost: ") + why;
    Note(ipc::BlackBoxKind::kXrun, text, count);
    tell_({.kind = ipc::NoticeKind::kXrun,
           .text = text,
           .count = engine_().stats().xruns.load(std::memory_order_relaxed)});
  };
  tell(slice.xruns_late, "the scheduler came late");
  tell(slice.xruns_own, "the callback took longer than there was time");
  tell(slice.xruns_device, "the device or the sound server lost it");
}

void FlightRecorder::TellOverloads() {
  const RtStats& stats = engine_().stats();
  const std::uint64_t overloads = stats.overloads.load(std::memory_order_relaxed);
  if (std::exchange(told_overloads_, overloads) != overloads) {
    tell_({.kind = ipc::NoticeKind::kOverload,
           .text = "a callback took longer than there was time",
           .count = overloads});
  }
  const std::uint8_t shedding = stats.shedding.load(std::memory_order_relaxed);
  if (std::exchange(told_shedding_, shedding) != shedding) {
    const char* const text = SheddingText(shedding);
    Note(ipc::BlackBoxKind::kShedding, text);
    tell_({.kind = ipc::NoticeKind::kOverload, .text = text, .count = overloads});
  }
}

void FlightRecorder::NoteChanges() {
  const std::uint64_t revision = registry_.revision();
  const std::int64_t now_ns = NowNs(CLOCK_MONOTONIC);
  if (revision == noted_revision_ || now_ns - noted_ns_ < kNoteParametersNs) return;
  Note(ipc::BlackBoxKind::kParameters,
       "revision " + std::to_string(noted_revision_) + " to " + std::to_string(revision));
  noted_revision_ = revision;
  noted_ns_ = now_ns;
}

void FlightRecorder::Note(ipc::BlackBoxKind kind, std::string_view text,
                          std::uint64_t count) noexcept {
  ipc::BlackBoxEvent event;
  event.at_ns = NowNs(CLOCK_MONOTONIC);
  event.kind = static_cast<std::uint32_t>(kind);
  event.count = static_cast<std::uint32_t>(count);
  Copy(text, event.text);
  const std::lock_guard lock(file_mutex_);
  WriteEvent(event);
}

int FlightRecorder::Crashed(int signal) noexcept {
  SliceRing* const slices = slices_.exchange(nullptr);
  ipc::BlackBoxSlice slice;
  while (slices != nullptr && slices->TryPop(slice)) WriteSlice(slice);
  header_.end = ipc::kBlackBoxCrashed + signal;
  ipc::BlackBoxEvent event;
  event.at_ns = NowNs(CLOCK_MONOTONIC);
  event.kind = static_cast<std::uint32_t>(ipc::BlackBoxKind::kCrash);
  event.count = static_cast<std::uint32_t>(signal);
  Copy("the process got a signal that ends it", event.text);
  WriteEvent(event);  // whoever holds the lock does not come back
  return descriptor_;
}

void FlightRecorder::WriteSlice(const ipc::BlackBoxSlice& slice) noexcept {
  const std::size_t place = header_.slices_written++ % ipc::kBlackBoxSlices;
  Write(&slice, sizeof slice, offsetof(ipc::BlackBoxImage, slices) + place * sizeof slice);
}

void FlightRecorder::WriteEvent(const ipc::BlackBoxEvent& event) noexcept {
  const std::size_t place = header_.events_written++ % ipc::kBlackBoxEvents;
  Write(&event, sizeof event, offsetof(ipc::BlackBoxImage, events) + place * sizeof event);
  WriteHeader();
}

void FlightRecorder::WriteHeader() noexcept { Write(&header_, sizeof header_, 0); }

// A full disk costs the record, never the sound.
void FlightRecorder::Write(const void* data, std::size_t bytes, std::size_t at) noexcept {
  [[maybe_unused]] const ssize_t written = pwrite(descriptor_, data, bytes, static_cast<off_t>(at));
}

}  // namespace auralis
