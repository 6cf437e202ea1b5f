#include "tests/support/midi_controller.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <sstream>
#include <stdexcept>

namespace auralis::test {
namespace {

using namespace std::chrono_literals;

}  // namespace

MidiController::MidiController(const Environment& environment, const std::string& name) {
  process_ = std::make_unique<Process>(std::vector<std::string>{AURALIS_MIDI_CONTROLLER, name},
                                       environment);
  if (!process_->AwaitOutput("ready", 10s)) {
    throw std::runtime_error("midi_controller is not ready: " + process_->errors());
  }
}

MidiController::~MidiController() {
  process_->CloseInput();
  process_->WaitFor(3s);
}

std::int64_t MidiController::Send(const std::vector<int>& bytes) {
  std::string line;
  for (const int byte : bytes) {
    char text[8];
    std::snprintf(text, sizeof text, "%02x ", static_cast<unsigned>(byte));
    line += text;
  }
  return Line(line);
}

std::int64_t MidiController::Sweep(int number, std::size_t count, double per_second) {
  char text[80];
  std::snprintf(text, sizeof text, "sweep b0 %02x %zu %g", static_cast<unsigned>(number), count,
                per_second);
  return Line(text);
}

std::int64_t MidiController::Line(const std::string& line) {
  const std::size_t said = process_->output().size();
  process_->WriteLine(line);
  std::size_t at = std::string::npos;
  Await(
      "midi_controller's answer to " + line,
      [&] {
        at = process_->output().find("sent ", said);
        return at != std::string::npos && process_->output().find('\n', at) != std::string::npos;
      },
      30s);
  return std::stoll(process_->output().substr(at + 5));
}

std::vector<std::string> MidiController::Heard() const {
  std::vector<std::string> events;
  std::istringstream lines(process_->output().substr(heard_from_));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("in ")) events.push_back(line.substr(3));
  }
  return events;
}

void MidiController::AwaitHeard(const std::string& event) const {
  try {
    Await(
        event,
        [&] {
          const auto heard = Heard();
          return std::find(heard.begin(), heard.end(), event) != heard.end();
        },
        10s);
  } catch (const std::runtime_error& e) {
    std::string all = std::string(e.what()) + "; heard:";
    for (const std::string& one : Heard()) all += " [" + one + "]";
    throw std::runtime_error(all);
  }
}

}  // namespace auralis::test
