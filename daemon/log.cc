#include "daemon/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>

namespace auralis {
namespace {

// "<4>": syslog's number for the level (sd-daemon(3)).
class SyslogPriority : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
              spdlog::memory_buf_t& out) override {
    char priority = '6';  // info
    if (message.level >= spdlog::level::critical) {
      priority = '2';
    } else if (message.level >= spdlog::level::err) {
      priority = '3';
    } else if (message.level >= spdlog::level::warn) {
      priority = '4';
    } else if (message.level <= spdlog::level::debug) {
      priority = '7';
    }
    for (const char c : {'<', priority, '>'}) out.push_back(c);
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<SyslogPriority>();
  }
};

// JOURNAL_STREAM names the stream that systemd gave us ("DEVICE:INODE", systemd.exec(5)). Whoever
// was started from a service inherits the name, a terminal's shell too, so our own is compared.
bool JournalListens() {
  const char* const stream = std::getenv("JOURNAL_STREAM");
  struct stat ours {};
  return stream != nullptr && fstat(STDERR_FILENO, &ours) == 0 &&
         stream == std::to_string(ours.st_dev) + ':' + std::to_string(ours.st_ino);
}

}  // namespace

void SetUpLog() {
  auto logger = spdlog::stderr_color_mt("auralisd");
  if (JournalListens()) {
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<SyslogPriority>('*').set_pattern("%*%v");
    logger->set_formatter(std::move(formatter));
  } else {
    logger->set_pattern("%H:%M:%S.%e %^%-7l%$ %v");
  }
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace auralis
