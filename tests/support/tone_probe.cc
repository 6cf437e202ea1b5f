#include "tests/support/tone_probe.h"

#include <chrono>
#include <sstream>
#include <thread>

namespace auralis::test {
namespace {

constexpr double kNs = 1e-9;

std::vector<std::string> Arguments(const std::vector<std::string>& sinks) {
  std::vector<std::string> arguments = {AURALIS_TONE_PROBE};
  arguments.insert(arguments.end(), sinks.begin(), sinks.end());
  return arguments;
}

}  // namespace

double SteadySeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

ToneProbe::ToneProbe(const Environment& environment, const std::vector<std::string>& sinks)
    : process_(Arguments(sinks), environment) {}

std::optional<double> ToneProbe::AwaitTone(double since_s,
                                           std::chrono::milliseconds timeout) const {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (std::chrono::steady_clock::now() < deadline) {
    const std::string text = output();
    const std::size_t at = text.rfind("heard ");
    if (at != std::string::npos && text.find('\n', at) != std::string::npos) {
      const double heard_s = std::stod(text.substr(at + 6)) * kNs;
      if (heard_s > since_s) return heard_s;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return std::nullopt;
}

std::vector<ToneProbe::Gap> ToneProbe::Told(const std::string& wanted, double since_s) const {
  std::vector<Gap> gaps;
  std::istringstream lines(output());
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string what;
    Gap gap{};
    if (!(words >> what && what == wanted)) continue;
    words >> gap.from_s >> gap.to_s >> gap.step >> gap.level >> gap.fall >> gap.given_step >>
        gap.given_fall >> gap.unsure;
    gap.from_s *= kNs;
    gap.to_s *= kNs;
    if (words && gap.to_s > since_s) gaps.push_back(gap);
  }
  return gaps;
}

}  // namespace auralis::test
