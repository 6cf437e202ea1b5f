#include "daemon/adaptation_story.h"

#include <spdlog/fmt/fmt.h>

#include <cmath>
#include <cstddef>

#include "dsp/analysis/zones.h"

namespace auralis {
namespace {

constexpr float kWorthTellingDb = 0.25F;
constexpr float kSame = 0.005F;

std::string Hertz(double hz) {
  return hz < 1000.0 ? fmt::format("{:.0f} Hz", hz) : fmt::format("{:.1f} kHz", hz / 1000.0);
}

// "cuts 1.4 dB at 122 Hz: bass zone 0.61, usual 0.46"
std::string BalanceSentence(const ipc::AdaptedZone& zone, std::size_t index, bool matches) {
  return fmt::format("{} {:.1f} dB at {}: {} zone {:.3f}, {} {:.3f}",
                     zone.gain_db < 0.0F ? "cuts" : "lifts", std::abs(zone.gain_db),
                     Hertz(ZoneCentreHz(index)), zone.name, zone.share,
                     matches ? "reference" : "usual", zone.wanted);
}

std::string ParameterSentence(const ipc::AdaptedParameter& one, const ipc::Adaptation& report) {
  if (one.pinned) return fmt::format("leaves {} at {}: it is pinned", one.key, one.text);
  std::string why;
  if (one.key == "stereo.width") {
    why = fmt::format("width {:.2f}, correlation {:.2f}", report.width, report.correlation);
  } else if (one.key == "leveler.target") {
    why = fmt::format("dynamic {:.2f}", report.dynamic);
  } else {
    why = fmt::format("crest factor {:.1f} dB, dynamic {:.2f}", report.crest_db, report.dynamic);
  }
  return fmt::format("moves {} to {} instead of {}: {}", one.key, one.text, one.set_text, why);
}

std::string DoingSentence(const ipc::Adaptation& report) {
  if (report.doing == "off") return "off: master.adaptive is 0";
  if (report.doing == "frozen") return "frozen by a person";
  if (report.doing == "waiting") return "listening: nothing is known of this programme yet";
  if (report.doing == "holding") {
    return fmt::format("holds: silence for {:.0f} s", report.silent_s);
  }
  return fmt::format("follows: heard {:.0f} s, does {:.0f} % of what it aims at", report.heard_s,
                     100.0F * report.share);
}

}  // namespace

std::vector<std::string> AdaptationStory(const ipc::Adaptation& report) {
  std::vector<std::string> story = {DoingSentence(report)};
  if (report.heard_s > 0.0F) {
    story.push_back(fmt::format(
        "heard {:.1f} LUFS, crest factor {:.1f} dB, centre of gravity {}: spectral "
        "{:.2f}, dynamic {:.2f}, energy {:.2f}",
        report.loudness_lufs, report.crest_db, Hertz(static_cast<double>(report.centroid_hz)),
        report.spectral, report.dynamic, report.energy));
  }
  if (!report.reference.empty()) story.push_back("aims at the reference " + report.reference);
  if (report.share == 0.0F) return story;
  for (std::size_t zone = 0; zone < report.zones.size(); ++zone) {
    if (std::abs(report.zones[zone].gain_db) < kWorthTellingDb) continue;
    story.push_back(BalanceSentence(report.zones[zone], zone, !report.reference.empty()));
  }
  for (const ipc::AdaptedParameter& one : report.parameters) {
    if (one.stage_on && (one.pinned || std::abs(one.value - one.set) > kSame)) {
      story.push_back(ParameterSentence(one, report));
    }
  }
  return story;
}

}  // namespace auralis
