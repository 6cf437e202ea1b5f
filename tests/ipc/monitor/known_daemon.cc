#include "tests/ipc/monitor/known_daemon.h"

#include <stdexcept>
#include <variant>

#include "config/param_text.h"

namespace auralis::test {

ipc::Parameters DescribedParameters() {
  const ParamRegistry registry;
  ipc::Parameters described;
  for (std::size_t i = 0; i < ParamRegistry::size(); ++i) {
    const ParamSpec& spec = ParamRegistry::info(i).spec;
    ipc::Parameter one;
    one.key = registry.key(i);
    one.name = spec.name;
    one.unit = UnitText(spec.unit);
    one.scale = ScaleName(spec.scale);
    one.min = spec.min;
    one.max = spec.max;
    one.default_value = spec.def;
    one.value = spec.def;
    one.text = FormatValue(spec, spec.def);
    one.allowed = AllowedText(spec);
    described.parameters.push_back(one);
  }
  return described;
}

ipc::Status RunningStatus() {
  ipc::Status status;
  status.state = "running";
  status.device = "JACK: Auralis -> Speakers";
  status.sample_rate_hz = 48000.0;
  status.latency_frames = 96;
  status.load = 0.031F;
  status.preset = "warm";
  return status;
}

ipc::Meters MetersAt(float db, std::uint64_t position_frames) {
  const ipc::Levels levels{{db, db}, {db - 6.0F, db - 6.0F}, {db, db}, db, db, db};
  ipc::Meters meters;
  meters.position_frames = position_frames;
  meters.input = levels;
  meters.output = levels;
  return meters;
}

ipc::Spectrum SpectrumAt(float input_db, float output_db) {
  ipc::Spectrum spectrum;
  spectrum.low_hz = 20.0F;
  spectrum.high_hz = 20000.0F;
  spectrum.input_dbfs.assign(64, input_db);
  spectrum.output_dbfs.assign(64, output_db);
  return spectrum;
}

ipc::Value ValueOf(const std::string& key, const std::string& text) {
  const ParamRegistry registry;
  const auto index = registry.Find(key);
  if (!index) throw std::invalid_argument(key);
  const ParamSpec& spec = ParamRegistry::info(*index).spec;
  const float value = std::get<float>(ParseValue(spec, text, std::nullopt));
  return {key, value, FormatValue(spec, value), std::string(UnitText(spec.unit))};
}

ctl::Model KnownModel() {
  ctl::Model model;
  model.Begin(DescribedParameters(), RunningStatus());
  model.Take(ipc::Values{0, {ValueOf("compressor.enabled", "on")}});
  ipc::Meters meters = MetersAt(-12.0F, 48000);
  meters.gain_reductions = {{"gate", 0.0F},
                            {"compressor", 3.2F},
                            {"multiband.band1", 1.0F},
                            {"multiband.band2", 2.0F},
                            {"limiter", 1.5F}};
  meters.leveler_gain_db = 2.5F;
  model.Take(ipc::Event(meters));
  model.Take(ipc::Event(SpectrumAt(-40.0F, -30.0F)));
  ipc::Adaptation adaptation;
  adaptation.doing = "following";
  adaptation.story = {"follows: heard 31 s, does 40 % of what it aims at",
                      "heard -14.0 LUFS, crest factor 11.2 dB, centre of gravity 1.9 kHz",
                      "cuts 1.4 dB at 122 Hz: bass zone 0.61, usual 0.46",
                      "moves stereo.width to 1.06 instead of 1: width 0.14, correlation 0.93"};
  model.Take(ipc::Event(ipc::AdaptationNow{adaptation, 0}));
  return model;
}

}  // namespace auralis::test
