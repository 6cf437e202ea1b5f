// The black box in words.

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <ctime>

#include "dsp/shedding.h"
#include "ipc/black_box.h"

namespace auralis::ipc {
namespace {

[[gnu::format(printf, 1, 2)]] std::string Format(const char* format, ...) {
  std::array<char, 256> text{};
  va_list values;
  va_start(values, format);
  std::vsnprintf(text.data(), text.size(), format, values);
  va_end(values);
  return text.data();
}

double Double(float x) { return static_cast<double>(x); }
double Seconds(std::int64_t ns) { return static_cast<double>(ns) / 1e9; }

// All slices together.
struct Sum {
  std::uint64_t callbacks = 0;
  std::uint64_t frames = 0;
  std::uint32_t least_frames = 0;
  std::uint32_t most_frames = 0;
  double us = 0.0;
  float least_us = 0.0F;
  float most_us = 0.0F;
  double share = 0.0;
  float most_share = 0.0F;
  std::uint64_t overloads = 0;
  std::uint64_t late = 0;
  std::uint64_t xruns_late = 0;
  std::uint64_t xruns_own = 0;
  std::uint64_t xruns_device = 0;
  std::uint64_t timed_blocks = 0;
  std::array<double, kBlackBoxStages> stage_us{};
};

Sum SumOf(const std::vector<BlackBoxSlice>& slices) {
  Sum sum;
  for (const BlackBoxSlice& one : slices) {
    const bool first = sum.callbacks == 0;
    sum.least_frames = first ? one.least_frames : std::min(sum.least_frames, one.least_frames);
    sum.least_us = first ? one.least_us : std::min(sum.least_us, one.least_us);
    sum.most_frames = std::max(sum.most_frames, one.most_frames);
    sum.most_us = std::max(sum.most_us, one.most_us);
    sum.most_share = std::max(sum.most_share, one.most_share);
    sum.callbacks += one.callbacks;
    sum.frames += one.frames;
    sum.us += Double(one.mean_us) * one.callbacks;
    sum.share += Double(one.mean_share) * one.callbacks;
    sum.overloads += one.overloads;
    sum.late += one.late;
    sum.xruns_late += one.xruns_late;
    sum.xruns_own += one.xruns_own;
    sum.xruns_device += one.xruns_device;
    sum.timed_blocks += one.timed_blocks;
    for (std::size_t i = 0; i < kBlackBoxStages; ++i) {
      sum.stage_us[i] += Double(one.stage_us[i]) * one.timed_blocks;
    }
  }
  return sum;
}

std::string Numbers(const BlackBoxRecord& record, const Sum& sum) {
  if (sum.callbacks == 0) return "No callback was recorded.\n";
  const double seconds =
      std::clamp(Seconds(record.slices.back().began_ns) - Seconds(record.slices.front().began_ns) +
                     kBlackBoxSliceSeconds,
                 0.0, 1e6);
  const auto callbacks = static_cast<double>(sum.callbacks);
  const int minutes = static_cast<int>(seconds / 60.0);
  std::string text =
      Format("The last %d min %.0f s: %llu callbacks of %u", minutes, seconds - 60.0 * minutes,
             static_cast<unsigned long long>(sum.callbacks), sum.least_frames);
  if (sum.most_frames != sum.least_frames) text += Format(" to %u", sum.most_frames);
  text += Format(
      " frames, %.0f us each (least %.0f, most %.0f), %.1f %% of the time there is (most %.0f "
      "%%).\n",
      sum.us / callbacks, Double(sum.least_us), Double(sum.most_us), 100.0 * sum.share / callbacks,
      100.0 * Double(sum.most_share));
  const std::uint64_t xruns = sum.xruns_late + sum.xruns_own + sum.xruns_device;
  if (xruns == 0) {
    text += "No buffer was lost.\n";
  } else {
    text += Format(
        "%llu buffers were lost: %llu because the scheduler came late, %llu by our own time, %llu "
        "by "
        "the device.\n",
        static_cast<unsigned long long>(xruns), static_cast<unsigned long long>(sum.xruns_late),
        static_cast<unsigned long long>(sum.xruns_own),
        static_cast<unsigned long long>(sum.xruns_device));
  }
  text += Format("%llu callbacks took longer than there was time, %llu began a buffer late.\n",
                 static_cast<unsigned long long>(sum.overloads),
                 static_cast<unsigned long long>(sum.late));
  return text;
}

std::string Stages(const BlackBoxRecord& record, const Sum& sum) {
  if (sum.timed_blocks == 0) return {};
  double total = 0.0;
  for (const double one : sum.stage_us) total += one;
  if (!(total > 0.0)) return {};
  std::string text = "\nWhat a block takes, by stage:\n";
  for (std::size_t i = 0; i < record.stages.size(); ++i) {
    text += Format("  %-12s %7.2f us  %5.1f %%\n", record.stages[i].c_str(),
                   sum.stage_us[i] / static_cast<double>(sum.timed_blocks),
                   100.0 * sum.stage_us[i] / total);
  }
  return text;
}

const char* SheddingText(std::uint32_t shedding) {
  switch (shedding) {
    case static_cast<std::uint32_t>(Shedding::kNothing):
      return "nothing is left out any more";
    case static_cast<std::uint32_t>(Shedding::kAnalysis):
      return "analysis is left out";
    case static_cast<std::uint32_t>(Shedding::kOversampling):
      return "analysis and oversampling are left out";
    default:
      return "analysis, oversampling and the optional stages are left out";
  }
}

struct Line {
  std::int64_t at_ns;
  std::string text;
};

// What of a slice is worth a line.
void Tell(const BlackBoxSlice& one, const BlackBoxSlice* before, std::vector<Line>& lines) {
  const auto add = [&](std::string text) { lines.push_back({one.began_ns, std::move(text)}); };
  if (one.xruns_late > 0) {
    add(Format("%u buffers lost: the scheduler came late (woke us up by %.1f ms, or held us up)",
               one.xruns_late, Double(one.most_late_us) / 1e3));
  }
  if (one.xruns_own > 0) {
    add(Format("%u buffers lost: a callback took %.1f ms (our own time)", one.xruns_own,
               Double(one.most_us) / 1e3));
  }
  if (one.xruns_device > 0) {
    add(Format("%u buffers lost: neither late nor slow (the device or the sound server)",
               one.xruns_device));
  }
  if (one.overloads > 0 && one.xruns_own == 0) {
    add(Format("%u callbacks took longer than there was time, %.0f %% of it at most", one.overloads,
               100.0 * Double(one.most_share)));
  }
  if (one.late > 0 && one.xruns_late == 0) {
    add(Format("%u callbacks began late, by %.1f ms at most", one.late,
               Double(one.most_late_us) / 1e3));
  }
  if (before == nullptr) return;
  if (one.shedding != before->shedding) add(SheddingText(one.shedding));
  if (one.least_frames != before->least_frames || one.most_frames != before->most_frames) {
    add(Format("buffers of %u to %u frames", one.least_frames, one.most_frames));
  }
  const double gap_s = Seconds(one.began_ns) - Seconds(before->began_ns);
  if (gap_s > 2.0) add(Format("after %.1f s without a callback", gap_s));
}

void Add(std::uint16_t& sum, std::uint16_t more) { sum = static_cast<std::uint16_t>(sum + more); }

// What people read: seconds.
std::vector<BlackBoxSlice> BySecond(const std::vector<BlackBoxSlice>& slices) {
  std::vector<BlackBoxSlice> seconds;
  for (const BlackBoxSlice& one : slices) {
    if (seconds.empty() || Seconds(one.began_ns) - Seconds(seconds.back().began_ns) >= 1.0) {
      seconds.push_back(one);
      continue;
    }
    BlackBoxSlice& sum = seconds.back();
    Add(sum.overloads, one.overloads);
    Add(sum.late, one.late);
    Add(sum.xruns_late, one.xruns_late);
    Add(sum.xruns_own, one.xruns_own);
    Add(sum.xruns_device, one.xruns_device);
    sum.least_frames = std::min(sum.least_frames, one.least_frames);
    sum.most_frames = std::max(sum.most_frames, one.most_frames);
    sum.most_us = std::max(sum.most_us, one.most_us);
    sum.most_share = std::max(sum.most_share, one.most_share);
    sum.most_late_us = std::max(sum.most_late_us, one.most_late_us);
    sum.shedding = std::max(sum.shedding, one.shedding);
  }
  return seconds;
}

std::string Timeline(const BlackBoxRecord& record) {
  std::vector<Line> lines;
  const std::vector<BlackBoxSlice> seconds = BySecond(record.slices);
  const BlackBoxSlice* before = nullptr;
  for (const BlackBoxSlice& one : seconds) {
    Tell(one, before, lines);
    before = &one;
  }
  for (const BlackBoxEvent& event : record.events) {
    const auto kind = static_cast<BlackBoxKind>(event.kind);
    // The slices say these with more detail.
    if (kind == BlackBoxKind::kXrun || kind == BlackBoxKind::kOverload ||
        kind == BlackBoxKind::kShedding) {
      continue;
    }
    lines.push_back({event.at_ns, std::string(NameOf(kind)) + ": " + event.text.data()});
  }
  std::stable_sort(lines.begin(), lines.end(),
                   [](const Line& a, const Line& b) { return a.at_ns < b.at_ns; });
  if (lines.empty()) return "\nNothing happened.\n";
  std::string text = "\nWhat happened:\n";
  for (const Line& line : lines)
    text += "  " + TimeText(record, line.at_ns) + "  " + line.text + "\n";
  return text;
}

}  // namespace

std::string TimeText(const BlackBoxRecord& record, std::int64_t at_ns) {
  std::int64_t ns = 0;
  if (__builtin_add_overflow(at_ns, record.header.realtime_from_ns, &ns)) return "at no time";
  ns = std::max<std::int64_t>(ns, 0);
  const std::time_t seconds = ns / 1'000'000'000;
  std::tm local{};
  localtime_r(&seconds, &local);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%F %T", &local);
  return text.data() + Format(".%03d", static_cast<int>(ns / 1'000'000 % 1000));
}

std::string BlackBoxStory(const BlackBoxRecord& record) {
  const BlackBoxHeader& header = record.header;
  const Sum sum = SumOf(record.slices);
  std::string text = std::string("auralisd ") + header.program.data() + ", process " +
                     std::to_string(header.pid) + ", started " +
                     TimeText(record, header.started_ns) + ", " + EndText(header) + ".\n";
  text += Numbers(record, sum);
  if (header.lost_slices > 0) {
    text +=
        Format("%llu tenths of a second are missing: they came faster than they were fetched.\n",
               static_cast<unsigned long long>(header.lost_slices));
  }
  return text + Stages(record, sum) + Timeline(record);
}

}  // namespace auralis::ipc
