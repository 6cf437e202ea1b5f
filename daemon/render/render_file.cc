#include "daemon/render/render_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <sstream>
#include <utility>

#include "daemon/render/normalizer.h"
#include "daemon/render/tags.h"

namespace auralis::render {
namespace {

SampleFormat FormatFor(const Job& job, SampleFormat input) {
  if (job.container == Container::kOpus) return SampleFormat::kFloat;
  const SampleFormat wanted = job.format.value_or(input);
  const bool has_no_float = job.container == Container::kFlac;
  return wanted == SampleFormat::kFloat && has_no_float ? SampleFormat::k24 : wanted;
}

// TagLib tells nobody when the disk is full: looks whether the sound is still there, to its end.
void RequireWhole(const SoundOutput& output, const std::filesystem::path& path,
                  std::uint64_t frames) {
  std::uint64_t there = 0;
  try {
    SoundSource written(output.written_as());
    there = written.length_frames().value_or(0);
  } catch (const FileError&) {
    there = 0;
  }
  if (there != frames) {
    throw WriteError(path.string() + ": cannot be written: its tags could not be added" +
                     " (is the disk full?)");
  }
}

void WriteTags(const Job& job, const SoundOutput& output, Outcome& outcome) {
  if (output.written_as().empty() || job.input == "-") return;
  const Tags tags = Tags::Of(job.input);
  if (tags.empty()) return;
  const std::string missing = tags.WriteTo(output.written_as(), job.container);
  if (!missing.empty()) outcome.notes.push_back(missing);
  const double ratio = output.rate_hz() / outcome.sample_rate_hz;
  RequireWhole(
      output, job.output,
      static_cast<std::uint64_t>(std::llround(static_cast<double>(outcome.frames) * ratio)));
}

// One file on its way through.
class Rendering {
 public:
  Rendering(const Job& job, const ChainSetup& setup, Progress& progress,
            const ChainOnFile::Hear& hear)
      : job_(job),
        progress_(progress),
        source_(job.input, job.raw_input),
        chain_(setup, source_.sample_rate_hz(), hear),
        channels_(job.stereo ? 2 : source_.channels()),
        output_({.path = job.output,
                 .container = job.container,
                 .format = FormatFor(job, source_.format()),
                 .rate_hz = static_cast<int>(source_.sample_rate_hz()),
                 .channels = channels_,
                 .overwrite = job.overwrite,
                 .length_frames = source_.length_frames()}),
        before_(source_.sample_rate_hz(), source_.channels()),
        chained_(source_.sample_rate_hz(), channels_),
        late_(chain_.latency_frames()) {
    if (job.normalize_lufs) {
      normalizer_ = std::make_unique<Normalizer>(
          IsStream(job.output) ? std::filesystem::path() : job.output, source_.sample_rate_hz(),
          channels_, ProductChain::ParamsOf<Limiter>(setup.registry.Targets().data()));
    }
    progress_.total_frames = source_.length_frames().value_or(0);
    progress_.sample_rate_hz = source_.sample_rate_hz();
  }

  Outcome Run() {
    Stream();
    Outcome outcome{.sample_rate_hz = source_.sample_rate_hz(),
                    .output_rate_hz = output_.rate_hz(),
                    .channels = channels_,
                    .frames = heard_frames_,
                    .latency_frames = chain_.latency_frames(),
                    .before = before_.Finish(),
                    .after = chained_.Finish()};
    if (normalizer_) Normalize(outcome);
    output_.Close();
    Note(outcome);
    WriteTags(job_, output_, outcome);
    output_.Commit();
    return outcome;
  }

 private:
  // The input, then as much silence as brings out what is still inside.
  void Stream() {
    using Channels = std::array<std::vector<float>, 2>;
    const std::size_t step = chain_.step_frames();
    Channels in{std::vector<float>(step), std::vector<float>(step)};
    Channels out = in;
    bool ended = false;
    while (!ended || given_frames_ < heard_frames_) {
      const std::size_t got = ended ? 0 : source_.Read(in[0].data(), in[1].data(), step);
      ended = ended || got < step;
      for (auto& channel : in) {
        std::fill(channel.begin() + static_cast<std::ptrdiff_t>(got), channel.end(), 0.0F);
      }
      heard_frames_ += got;
      before_.Push(in[0].data(), in[1].data(), got);
      const float* const input[2] = {in[0].data(), in[1].data()};
      float* const output[2] = {out[0].data(), out[1].data()};
      chain_.Process(input, output);
      Give(output[0], output[1], step, ended);
      progress_.done_frames = heard_frames_;
    }
  }

  // What comes out of the chain without its delay, and no more of it than came in.
  void Give(const float* left, const float* right, std::size_t frames, bool ended) {
    const std::size_t skip = std::min(late_, frames);
    late_ -= skip;
    std::uint64_t count = frames - skip;
    if (ended) count = std::min<std::uint64_t>(count, heard_frames_ - given_frames_);
    if (count == 0) return;
    const auto whole = static_cast<std::size_t>(count);
    given_frames_ += count;
    PushAsFile(chained_, channels_, left + skip, right + skip, whole, mean_);
    if (normalizer_) {
      normalizer_->Write(left + skip, right + skip, whole);
    } else {
      output_.Write(left + skip, right + skip, whole);
    }
  }

  void Normalize(Outcome& outcome) {
    FileLoudnessMeter meter(source_.sample_rate_hz(), channels_);
    const auto take = [&](const float* left, const float* right, std::size_t frames) {
      PushAsFile(meter, channels_, left, right, frames, mean_);
      output_.Write(left, right, frames);
    };
    const Normalizer::Result result =
        normalizer_->Finish(*job_.normalize_lufs, outcome.after.integrated_lufs, take);
    const bool silent = !std::isfinite(outcome.after.integrated_lufs);
    outcome.after = meter.Finish();
    outcome.normalize_gain_db = result.gain_db;
    if (silent) {
      outcome.notes.push_back("not normalized: it is silent");
    } else if (!result.reached) {
      std::ostringstream text;
      text.setf(std::ios::fixed);
      text.precision(1);
      text << *job_.normalize_lufs << " LUFS not reached under the ceiling";
      outcome.notes.push_back(text.str());
    }
  }

  void Note(Outcome& outcome) const {
    if (const std::uint64_t count = chain_.non_finite_frames(); count > 0) {
      outcome.notes.push_back(std::to_string(count) + " frames were no numbers and became silence");
    }
    if (output_.rate_hz() != static_cast<int>(source_.sample_rate_hz())) {
      outcome.notes.push_back("resampled to " + std::to_string(output_.rate_hz()) +
                              " Hz, which Opus needs");
    }
  }

  const Job& job_;
  Progress& progress_;
  SoundSource source_;
  ChainOnFile chain_;
  int channels_;
  SoundOutput output_;
  FileLoudnessMeter before_;
  FileLoudnessMeter chained_;
  std::unique_ptr<Normalizer> normalizer_;
  std::size_t late_;  // frames of the chain's delay that have yet to go by
  std::uint64_t heard_frames_ = 0;
  std::uint64_t given_frames_ = 0;
  std::vector<float> mean_;
};

}  // namespace

Outcome RenderFile(const Job& job, const ChainSetup& setup, Progress& progress,
                   const ChainOnFile::Hear& hear) {
  return std::make_unique<Rendering>(job, setup, progress, hear)->Run();
}

}  // namespace auralis::render
