#include "daemon/render/options.h"

#include <sysexits.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>
#include <string_view>

#include "config/version.h"
#include "daemon/option_range.h"
#include "daemon/render/completion.h"

namespace auralis::render {
namespace {

constexpr const char* kAbout =
    "auralis-render: the chain of auralisd on sound files. What it writes is what the daemon "
    "plays,\n"
    "sample for sample, without the delay.";

constexpr const char* kFooter =
    "Reads WAV, FLAC, Ogg Vorbis, Opus, MP3 and whatever else libsndfile knows; writes WAV, FLAC "
    "and\n"
    "Opus. Without -o and --out-dir the output is beside the input: song.flac -> "
    "song.auralis.flac.\n"
    "Examples:\n"
    "  auralis-render song.flac                       with the daemon's settings\n"
    "  auralis-render --preset warm -o out.wav in.mp3\n"
    "  auralis-render --out-dir ~/louder --normalize -16 *.flac\n"
    "  auralis-render --set \"equalizer.band1.gain=4 dB\" --bits 16 -o out.wav in.wav\n"
    "  sox in.mp3 -t wav - | auralis-render -o - - | aplay\n"
    "  auralis-render --compare new.flac old.flac     measure two files and their difference\n"
    "Exit codes: 0, 64 usage, 65 bad sound file, 69 gnuplot is missing, 70 internal, 74 not\n"
    "written, 78 settings. Of several files the code is that of the first that failed; the others\n"
    "are rendered.";

void DescribeChain(CLI::App& app, RenderOptions& options) {
  const char* group = "Chain";
  app.add_option("--config", options.daemon.config, "Settings file; by default the daemon's")
      ->group(group);
  app.add_option("--preset", options.daemon.preset, "Preset (a name, or a file)")->group(group);
  app.add_option("--set", options.set, "KEY=VALUE, as auralisctl set takes them; may be repeated")
      ->group(group)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--block", options.daemon.block_frames,
                 "Frames a block: a power of two, 16 to 1024")
      ->check(CLI::IsMember({16, 32, 64, 128, 256, 512, 1024}))
      ->group(group);
  app.add_option("--simd", options.daemon.simd,
                 "Instruction set: auto, or one this CPU has (scalar, ssse3, sse4, avx2, avx3)")
      ->group(group);
}

void DescribeOutput(CLI::App& app, RenderOptions& options) {
  const char* group = "Output";
  auto* output =
      app.add_option("-o,--output", options.output, "Write to this file (.wav, .flac, .opus), or -")
          ->group(group);
  app.add_option("--out-dir", options.out_dir, "Write into this folder, under the inputs' names")
      ->excludes(output)
      ->group(group);
  app.add_option("--format", options.format, "wav, flac or opus; by default the input's, else flac")
      ->check(CLI::IsMember({"wav", "flac", "opus"}))
      ->excludes(output)
      ->group(group);
  app.add_option("--bits", options.bits,
                 "16 or 24 (with dither), or 32f (not FLAC); by default the input's")
      ->check(CLI::IsMember({"16", "24", "32f"}))
      ->group(group);
  app.add_flag("--overwrite", options.overwrite, "Replace files that exist")->group(group);
  app.add_flag("--stereo", options.stereo, "Mono becomes stereo instead of staying mono")
      ->group(group);
  app.add_option("--normalize", options.normalize_lufs,
                 "Integrated loudness of the output in LUFS, to 0.01 LU")
      ->check(RangeOfNumbers(-70.0, 0.0))
      ->group(group);
  app.add_option("--raw-in", options.raw_in,
                 "Standard input is RATE:CHANNELS:FORMAT without a header; FORMAT is s16, s24, s32 "
                 "or f32, little-endian")
      ->group(group);
  app.add_option("--raw-out", options.raw_out,
                 "Standard output gets no header; s16, s24 or f32, little-endian")
      ->check(CLI::IsMember({"s16", "s24", "f32"}))
      ->group(group);
}

void DescribeRun(CLI::App& app, RenderOptions& options) {
  const char* group = "Run";
  app.add_option("--jobs,-j", options.jobs, "Files at a time; by default one a core")
      ->check(CLI::Range(1, 1024))
      ->group(group);
  app.add_flag("--json", options.json, "Print what was measured as JSON")->group(group);
  app.add_flag("--quiet,-q", options.quiet, "Print neither progress nor table")->group(group);
  app.add_option("--plot", options.plot,
                 "Draw spectrum, equalizers, loudness and gain reduction (.png, .svg; by gnuplot)")
      ->group(group);
  app.add_option("--completion", "Alone, with bash, zsh or fish: print what completes for it")
      ->group(group);
  app.add_option("--compare", options.compare,
                 "Render nothing: measure the input, this file, and their difference")
      ->group(group);
}

std::optional<SampleFormat> FormatOf(const std::string& bits) {
  if (bits == "16" || bits == "s16") return SampleFormat::k16;
  if (bits == "24" || bits == "s24") return SampleFormat::k24;
  if (bits == "32f" || bits == "f32") return SampleFormat::kFloat;
  return std::nullopt;
}

std::string ExtensionFor(const RenderOptions& options, const std::filesystem::path& input) {
  if (!options.format.empty()) return "." + options.format;
  std::string extension = input.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool same = extension == ".wav" || extension == ".flac" || extension == ".opus";
  return same ? extension : ".flac";
}

std::filesystem::path OutputFor(const RenderOptions& options, const std::filesystem::path& input) {
  if (!options.output.empty()) return options.output;
  if (input == "-") throw UsageError("standard input needs -o: it has no name to take after");
  const std::string extension = ExtensionFor(options, input);
  if (!options.out_dir.empty()) return options.out_dir / (input.stem().string() + extension);
  return input.parent_path() / (input.stem().string() + ".auralis" + extension);
}

// Two of one name would replace each other.
void RequireDifferentOutputs(const std::vector<Job>& jobs) {
  std::map<std::filesystem::path, std::filesystem::path> taken;
  for (const Job& job : jobs) {
    std::error_code ignored;
    if (std::filesystem::equivalent(job.input, job.output, ignored)) {
      throw UsageError(job.output.string() + ": is the input itself; give the output another name");
    }
    const auto [at, is_new] =
        taken.emplace(std::filesystem::weakly_canonical(job.output, ignored), job.input);
    if (!is_new) {
      throw UsageError(job.output.string() + ": both " + at->second.string() + " and " +
                       job.input.string() + " would be written to it");
    }
  }
}

void RequireSense(const RenderOptions& options) {
  const bool many = options.inputs.size() > 1;
  if (many && !options.output.empty()) {
    throw UsageError("-o takes one input; --out-dir FOLDER takes many");
  }
  const auto reads = [&](const char* name) {
    return std::count(options.inputs.begin(), options.inputs.end(), name);
  };
  if (reads("-") > 1) throw UsageError("-: standard input can be read once only");
  if (!options.raw_in.empty() && reads("-") == 0) {
    throw UsageError("--raw-in says what standard input is; the input must be -");
  }
  if (!options.raw_out.empty() && options.output != "-") {
    throw UsageError("--raw-out says what standard output is; it needs -o -");
  }
  if (!options.raw_out.empty() && !options.bits.empty()) {
    throw UsageError("--raw-out and --bits say the same; give one of them");
  }
  if (!options.plot.empty()) {
    if (many) throw UsageError("--plot takes one input");
    const auto extension = options.plot.extension();
    if (extension != ".png" && extension != ".svg") {
      throw UsageError("--plot " + options.plot.string() + ": the name must end in .png or .svg");
    }
  }
  if (options.output == "-" && options.json) {
    throw UsageError("--json and the sound cannot both go to standard output");
  }
  if (options.output == "-" && isatty(STDOUT_FILENO) != 0) {
    throw UsageError("-o -: standard output is a terminal; pipe it into a program or a file");
  }
}

// What completion asks for, which takes no input file.
std::optional<std::string> TextForShells(int argc, const char* const* argv, const CLI::App& app) {
  constexpr std::string_view kCandidates = "--candidates=";
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  if (words.size() == 1 && words[0].starts_with(kCandidates)) {
    return Candidates(words[0].substr(kCandidates.size()), app);
  }
  if (words.size() != 2 || words[0] != "--completion") return std::nullopt;
  const std::string script = CompletionScript(words[1]);
  return script.empty() ? std::nullopt : std::optional(script);
}

}  // namespace

RawFormat ParseRawFormat(const std::string& text) {
  RawFormat raw;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto number = [&](int& value, int least, int most) {
    const auto [next, error] = std::from_chars(at, end, value);
    const bool good =
        error == std::errc() && next != end && *next == ':' && value >= least && value <= most;
    at = good ? next + 1 : next;
    return good;
  };
  const bool good = number(raw.rate_hz, 8000, 384000) && number(raw.channels, 1, 2);
  raw.sample = std::string(at, end);
  const bool known =
      raw.sample == "s16" || raw.sample == "s24" || raw.sample == "s32" || raw.sample == "f32";
  if (!good || !known) {
    throw UsageError("--raw-in " + text +
                     ": is not RATE:CHANNELS:FORMAT (allowed: 8000 to 384000, 1 or 2, s16, s24, "
                     "s32 or f32; as in 48000:2:f32)");
  }
  return raw;
}

std::vector<Job> JobsFor(const RenderOptions& options) {
  RequireSense(options);
  std::vector<Job> jobs;
  for (const std::filesystem::path& input : options.inputs) {
    Job job{.input = input,
            .output = OutputFor(options, input),
            .format = FormatOf(options.raw_out.empty() ? options.bits : options.raw_out),
            .stereo = options.stereo,
            .overwrite = options.overwrite,
            .normalize_lufs = options.normalize_lufs};
    job.container = ContainerFor(job.output, !options.raw_out.empty());
    if (input == "-" && !options.raw_in.empty()) job.raw_input = ParseRawFormat(options.raw_in);
    if (job.format == SampleFormat::kFloat && job.container == Container::kFlac) {
      throw UsageError("--bits 32f: FLAC has 16 and 24; write .wav");
    }
    if (job.format && job.container == Container::kOpus) {
      throw UsageError("--bits " + options.bits + ": Opus has none; leave it out");
    }
    jobs.push_back(std::move(job));
  }
  RequireDifferentOutputs(jobs);
  return jobs;
}

ParsedRenderOptions ParseRenderOptions(int argc, const char* const* argv) {
  ParsedRenderOptions parsed;
  RenderOptions& options = parsed.options;
  CLI::App app(kAbout, "auralis-render");
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("auralis-render ") + kVersion);
  app.add_option("IN", options.inputs, "Sound files; - is standard input (WAV, or --raw-in)")
      ->required();
  DescribeChain(app, options);
  DescribeOutput(app, options);
  DescribeRun(app, options);
  if (const auto text = TextForShells(argc, argv, app)) {
    std::fputs(text->c_str(), stdout);
    parsed.exit_code = EX_OK;
    return parsed;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    parsed.exit_code = app.exit(e) == 0 ? EX_OK : EX_USAGE;
  }
  return parsed;
}

}  // namespace auralis::render
