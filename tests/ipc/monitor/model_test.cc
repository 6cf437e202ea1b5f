#include "ipc/monitor/model.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "tests/ipc/monitor/known_daemon.h"

namespace auralis::ctl {
namespace {

constexpr float kSilence = -std::numeric_limits<float>::infinity();

TEST(MonitorModel, HoldsATruePeakByTheStreamsClock) {
  Model model;
  model.Begin(test::DescribedParameters(), test::RunningStatus());
  model.Take(ipc::Event(test::MetersAt(-3.0F, 48000)));
  model.Take(ipc::Event(test::MetersAt(-20.0F, 48000 + 71999)));  // 1.5 s less a frame
  EXPECT_EQ(model.held_peaks().output_dbtp[0], -3.0F);
  model.Take(ipc::Event(test::MetersAt(-1.0F, 48000 + 71999)));  // a higher one counts at once
  EXPECT_EQ(model.held_peaks().input_dbtp[1], -1.0F);
  model.Take(ipc::Event(test::MetersAt(-20.0F, 48000 + 2 * 72000)));
  EXPECT_EQ(model.held_peaks().output_dbtp[0], -20.0F);
  model.Take(ipc::Event(test::MetersAt(kSilence, 48000 + 4 * 72000)));
  EXPECT_EQ(model.held_peaks().output_dbtp[0], kSilence);
}

TEST(MonitorModel, HoldsNothingOfAStreamThatBeganAnew) {
  Model model;
  model.Begin(test::DescribedParameters(), test::RunningStatus());
  model.Take(ipc::Event(test::MetersAt(-3.0F, 480000)));
  model.Take(ipc::Event(test::MetersAt(-30.0F, 64)));  // another device: it counts from 0
  EXPECT_EQ(model.held_peaks().output_dbtp[0], -30.0F);
}

TEST(MonitorModel, LetsReductionsFallInDecibelsASecond) {
  Model model;
  model.Begin(test::DescribedParameters(), test::RunningStatus());
  ipc::Meters meters = test::MetersAt(-12.0F, 48000);
  meters.gain_reductions = {
      {"multiband.band1", 6.0F}, {"multiband.band2", 9.0F}, {"limiter", 4.0F}};
  model.Take(ipc::Event(meters));
  ASSERT_EQ(model.reductions().size(), 2U);  // the bands are one stage
  EXPECT_EQ(model.reductions()[0].stage, "multiband");
  EXPECT_EQ(model.reductions()[0].db, 9.0F);
  // A tenth of a second later in one step and in four: the same.
  Model slow;
  slow.Begin(test::DescribedParameters(), test::RunningStatus());
  slow.Take(ipc::Event(meters));
  meters.gain_reductions = {
      {"multiband.band1", 0.0F}, {"multiband.band2", 0.0F}, {"limiter", 3.9F}};
  for (const std::uint64_t frames : {1200U, 2400U, 3600U, 4800U}) {
    meters.position_frames = 48000 + frames;
    model.Take(ipc::Event(meters));
  }
  slow.Take(ipc::Event(meters));
  EXPECT_NEAR(model.reductions()[0].db, 7.0F, 1e-4F);
  EXPECT_NEAR(slow.reductions()[0].db, 7.0F, 1e-4F);
  EXPECT_NEAR(slow.reductions()[1].db, 3.9F, 1e-4F);  // what is turned down now counts
}

TEST(MonitorModel, ForgetsOneDaemonAtTheNext) {
  Model model = test::KnownModel();
  model.Take(ipc::Event(ipc::Bye{"asked to"}));
  EXPECT_FALSE(model.connected());
  EXPECT_EQ(model.lost_because(), "auralisd has ended: asked to");
  EXPECT_TRUE(model.meters().has_value());  // the last that was seen
  model.Lose("auralisd at /s has gone");    // what follows a goodbye is no news
  EXPECT_EQ(model.lost_because(), "auralisd has ended: asked to");
  model.Begin(test::DescribedParameters(), test::RunningStatus());
  EXPECT_TRUE(model.connected());
  EXPECT_FALSE(model.meters().has_value());
  EXPECT_FALSE(model.adaptation().has_value());
  EXPECT_TRUE(model.reductions().empty());
}

TEST(MonitorModel, KnowsTheTargetAndWhoMovesIt) {
  Model model = test::KnownModel();
  const bool on = model.IsOn("leveler");
  EXPECT_EQ(model.TargetLufs().has_value(), on);
  model.Take(ipc::Values{
      1, {test::ValueOf("leveler.enabled", "on"), test::ValueOf("leveler.target", "-18")}});
  EXPECT_EQ(model.TargetLufs(), -18.0F);
  ipc::Adaptation adaptation;
  ipc::AdaptedParameter target;
  target.key = "leveler.target";
  target.set = -18.0F;
  target.value = -16.5F;
  target.stage_on = true;
  adaptation.parameters = {target};
  model.Take(ipc::Event(ipc::AdaptationNow{adaptation, 0}));
  EXPECT_EQ(model.TargetLufs(), -16.5F);
  model.Take(ipc::Values{2, {test::ValueOf("leveler.enabled", "off")}});
  EXPECT_FALSE(model.TargetLufs().has_value());
}

TEST(MonitorModel, PassesOverWhatANewerDaemonHas) {
  Model model = test::KnownModel();
  ipc::ParametersChanged changed;
  changed.values = {{"spatializer.depth", 1.0F, "1", ""}, test::ValueOf("limiter.ceiling", "-3")};
  model.Take(ipc::Event(changed));
  EXPECT_EQ(model.Find("spatializer.depth"), nullptr);
  ASSERT_NE(model.Find("limiter.ceiling"), nullptr);
  EXPECT_EQ(model.Find("limiter.ceiling")->text, "-3.0 dB");
}

constexpr std::array<double, 5> kFrequenciesHz = {30.0, 100.0, 1000.0, 8000.0, 30000.0};

TEST(MonitorModel, CurveIsFlatUntilABandIsTurned) {
  const Model model = test::KnownModel();
  for (const float db : model.TonalGainDb(kFrequenciesHz)) EXPECT_NEAR(db, 0.0F, 1e-6F);
}

TEST(MonitorModel, CurveFollowsBandsPreampIntensityAndCriticalBands) {
  Model model = test::KnownModel();
  model.Take(ipc::Values{
      1,
      {test::ValueOf("equalizer.band1.frequency", "1 kHz"), test::ValueOf("equalizer.band1.q", "1"),
       test::ValueOf("equalizer.band1.gain", "6"), test::ValueOf("equalizer.preamp", "-2")}});
  EXPECT_NEAR(model.TonalGainDb(kFrequenciesHz)[2], 4.0F, 0.1F);   // the bell's top less the preamp
  EXPECT_NEAR(model.TonalGainDb(kFrequenciesHz)[0], -2.0F, 0.1F);  // far from it
  model.Take(ipc::Values{2, {test::ValueOf("master.intensity", "0.5")}});
  EXPECT_NEAR(model.TonalGainDb(kFrequenciesHz)[2], 2.0F, 0.1F);
  model.Take(ipc::Values{
      3, {test::ValueOf("master.intensity", "1"), test::ValueOf("equalizer.enabled", "off")}});
  EXPECT_NEAR(model.TonalGainDb(kFrequenciesHz)[2], 0.0F, 1e-6F);
  model.Take(ipc::Values{4, {test::ValueOf("bark.band9", "3")}});  // 920 to 1080 Hz
  EXPECT_NEAR(model.TonalGainDb(kFrequenciesHz)[2], 3.0F, 0.1F);
  ipc::Adaptation adaptation;
  adaptation.band_gain_db.assign(25, -1.0F);
  model.Take(ipc::Event(ipc::AdaptationNow{adaptation, 0}));
  EXPECT_NEAR(model.TonalGainDb(kFrequenciesHz)[2], 2.0F, 0.1F);
}

TEST(MonitorModel, CurveIsOfWhatIsTheSameOnBothSides) {
  Model model = test::KnownModel();
  model.Take(ipc::Values{1,
                         {test::ValueOf("equalizer.band1.frequency", "1 kHz"),
                          test::ValueOf("equalizer.band1.gain", "12"),
                          test::ValueOf("equalizer.band1.channel", "side")}});
  EXPECT_NEAR(model.TonalGainDb(kFrequenciesHz)[2], 0.0F, 1e-6F);
  model.Take(ipc::Values{2, {test::ValueOf("equalizer.band1.channel", "mid")}});
  EXPECT_NEAR(model.TonalGainDb(kFrequenciesHz)[2], 12.0F, 0.1F);
  // One side at four times the level, the other as it was: a mean power of (16 + 1) / 2.
  model.Take(ipc::Values{3,
                         {test::ValueOf("equalizer.band1.channel", "left"),
                          test::ValueOf("equalizer.band1.gain", "12.0412")}});
  EXPECT_NEAR(model.TonalGainDb(kFrequenciesHz)[2], 10.0F * std::log10(8.5F), 0.1F);
}

}  // namespace
}  // namespace auralis::ctl
