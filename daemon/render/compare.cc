#include "daemon/render/compare.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "daemon/render/sound_source.h"

namespace auralis::render {
namespace {

constexpr std::size_t kPiece = 4096;

// A file that is read and measured; silent behind its end.
class Listened {
 public:
  explicit Listened(const std::filesystem::path& path)
      : source_(path), meter_(source_.sample_rate_hz(), source_.channels()) {
    measured_.path = path;
    measured_.sample_rate_hz = source_.sample_rate_hz();
    measured_.channels = source_.channels();
  }

  bool ended() const { return ended_; }
  const MeasuredFile& measured() const { return measured_; }
  const std::array<std::vector<float>, 2>& piece() const { return piece_; }

  void Next() {
    const std::size_t got = ended_ ? 0 : source_.Read(piece_[0].data(), piece_[1].data(), kPiece);
    ended_ = got < kPiece;
    meter_.Push(piece_[0].data(), piece_[1].data(), got);
    measured_.frames += got;
    for (auto& channel : piece_) {
      std::fill(channel.begin() + static_cast<std::ptrdiff_t>(got), channel.end(), 0.0F);
    }
  }
  void Finish() { measured_.loudness = meter_.Finish(); }

 private:
  SoundSource source_;
  FileLoudnessMeter meter_;
  MeasuredFile measured_;
  std::array<std::vector<float>, 2> piece_{std::vector<float>(kPiece), std::vector<float>(kPiece)};
  bool ended_ = false;
};

class DifferenceMeter {
 public:
  void Push(const Listened& a, const Listened& b) {
    for (std::size_t i = 0; i < kPiece; ++i, ++frame_) {
      double here = 0.0;
      for (std::size_t ch = 0; ch < 2; ++ch) {
        const double apart =
            std::abs(static_cast<double>(a.piece()[ch][i]) - static_cast<double>(b.piece()[ch][i]));
        // What is no number differs from all but itself.
        const bool same = a.piece()[ch][i] == b.piece()[ch][i] ||
                          (std::isnan(a.piece()[ch][i]) && std::isnan(b.piece()[ch][i]));
        here = std::max(here, same ? 0.0 : std::isfinite(apart) ? apart : 1.0);
        sum_ += same || !std::isfinite(apart) ? 0.0 : apart * apart;
      }
      if (here == 0.0) continue;
      largest_ = std::max(largest_, here);
      ++count_;
      if (!first_) first_ = frame_;
    }
  }
  SampleDifference Finish(std::uint64_t frames) const {
    const double mean = sum_ / (2.0 * static_cast<double>(std::max<std::uint64_t>(1, frames)));
    return {.largest_dbfs = 20.0 * std::log10(largest_),
            .rms_dbfs = 10.0 * std::log10(mean),
            .frames_that_differ = count_,
            .first_frame = first_};
  }

 private:
  std::uint64_t frame_ = 0;
  double largest_ = 0.0;
  double sum_ = 0.0;
  std::uint64_t count_ = 0;
  std::optional<std::uint64_t> first_;
};

}  // namespace

Comparison Compare(const std::filesystem::path& first, const std::filesystem::path& second) {
  Listened a(first);
  Listened b(second);
  DifferenceMeter meter;
  while (!a.ended() || !b.ended()) {
    a.Next();
    b.Next();
    meter.Push(a, b);
  }
  a.Finish();
  b.Finish();
  Comparison comparison{.first = a.measured(), .second = b.measured()};
  const MeasuredFile& x = comparison.first;
  const MeasuredFile& y = comparison.second;
  if (x.sample_rate_hz != y.sample_rate_hz) return comparison;
  comparison.difference = meter.Finish(std::max(x.frames, y.frames));
  comparison.identical = x.channels == y.channels && x.frames == y.frames &&
                         comparison.difference->frames_that_differ == 0;
  return comparison;
}

}  // namespace auralis::render
