// Equalizer APO's configuration files: lines of "Command: parameters".

#include <algorithm>
#include <cmath>
#include <set>

#include "config/importers/apo_filter.h"
#include "config/importers/importers.h"
#include "config/importers/linear_chain.h"
#include "config/importers/minimum_phase.h"
#include "config/importers/response_file.h"
#include "config/importers/text_scan.h"
#include "config/param_text.h"
#include "config/text_file.h"

namespace auralis {
namespace {

constexpr std::size_t kMostDepth = 8;
constexpr std::size_t kMostIncludes = 64;
constexpr std::size_t kMostNotes = 200;
constexpr std::size_t kMostPoints = 20000;
constexpr std::size_t kMostMixes = 64;
constexpr std::size_t kMostTerms = 32;
constexpr std::size_t kMostRenderings = 200;  // steps that cost milliseconds each
constexpr std::size_t kGraphicTaps = 32768;

struct Line {
  std::size_t number;  // of the file that was named; of an included one, that of the Include
  std::string command;
  std::string parameters;
  std::filesystem::path folder;
  std::string where;  // "" or "included.txt:3: "
};

std::filesystem::path Resolve(const std::filesystem::path& folder, std::string name) {
  std::replace(name.begin(), name.end(), '\\', '/');
  if (name.size() > 1 && name.front() == '"' && name.back() == '"') {
    name = name.substr(1, name.size() - 2);
  }
  return folder / name;
}

class Reader {
 public:
  Reader(std::string_view name, const ImportOptions& options) : name_(name), options_(options) {}

  Imported Read(std::string_view text, const std::filesystem::path& folder) {
    Split(text, folder, 0, "", 0);
    if (commands_ == 0) {
      throw ConfigError(name_ + ": has no line of Equalizer APO (Preamp:, Filter:, GraphicEQ: ..)");
    }
    LinearChain chain(FindRate(), options_.as_biquads);
    chain_ = &chain;
    selected_ = {"L", "R"};
    for (const Line& line : lines_) Obey(line);
    chain.Finish(imported_, name_);
    return std::move(imported_);
  }

 private:
  // Takes the text apart, included files in their places. Comments and lines without a colon say
  // nothing.
  void Split(std::string_view text, const std::filesystem::path& folder, std::size_t depth,
             const std::string& file, std::size_t outer) {
    for (std::size_t number = 1; !text.empty(); ++number) {
      const std::size_t length = std::min(text.find('\n'), text.size());
      const std::string_view whole = Stripped(text.substr(0, length));
      text.remove_prefix(std::min(length + 1, text.size()));
      const std::size_t colon = whole.find(':');
      if (whole.empty() || whole.front() == '#' || colon == std::string_view::npos) continue;
      Line line{.number = depth == 0 ? number : outer,
                .command = std::string(Stripped(whole.substr(0, colon))),
                .parameters = std::string(Stripped(whole.substr(colon + 1))),
                .folder = folder,
                .where = depth == 0 ? "" : file + ":" + std::to_string(number) + ": "};
      if (line.command == "Include") {
        Include(line, depth);
      } else {
        static const std::set<std::string> kCommands = {"Preamp",      "GraphicEQ", "Delay",
                                                        "Convolution", "Copy",      "Channel"};
        if (kCommands.contains(line.command) || IsFilter(line.command)) ++commands_;
        lines_.push_back(std::move(line));
      }
    }
  }

  void Include(const Line& line, std::size_t depth) {
    if (depth + 1 >= kMostDepth || ++includes_ > kMostIncludes) {
      return Note(line, "files are included too deeply or too often");
    }
    try {
      const std::filesystem::path file = Resolve(line.folder, line.parameters);
      const std::string text = ReadFileBytes(file);
      CheckIsText(text, file.string(), "a configuration");
      // An included file leaves the choice of channels as it was.
      lines_.push_back({line.number, "(", "", line.folder, ""});
      Split(text, file.parent_path(), depth + 1, Printable(line.parameters), line.number);
      lines_.push_back({line.number, ")", "", line.folder, ""});
    } catch (const ConfigError& e) {
      Note(line, std::string("is not there: ") + e.what());
    }
  }

  static bool IsFilter(const std::string& command) {
    return command == "Filter" || command.starts_with("Filter ");
  }

  // A response is made at the rate of the first one that is read, since that is not to be touched.
  double FindRate() const {
    for (const Line& line : lines_) {
      if (line.command != "Convolution") continue;
      try {
        return ReadResponseFile(Resolve(line.folder, line.parameters)).rate_hz;
      } catch (const ConfigError&) {
        continue;
      }
    }
    return LinearChain::kUsualRateHz;
  }

  void Obey(const Line& line) {
    const std::string& command = line.command;
    if (command == "(") return saved_.push_back(selected_);
    if (command == ")") {
      selected_ = saved_.back();
      return saved_.pop_back();
    }
    if (command == "If") ++conditions_;
    if (command == "EndIf" && conditions_ > 0) --conditions_;
    if (command == "If" || command == "ElseIf" || command == "Else" || command == "EndIf") {
      if (command == "If") Note(line, "conditions are not evaluated; what they hold is left out");
      return;
    }
    if (conditions_ > 0) return Note(line, "is left out: it stands in a condition");
    if (command == "Device") return Device(line);
    if (other_device_) return Note(line, "is left out: it is for another device");
    if (command == "Stage") return Stage(line);
    if (other_stage_) return Note(line, "is left out: it is for recording");
    obeyed_ = true;
    if (IsFilter(command)) return Filter(line);
    if (command == "Preamp") return Preamp(line);
    if (command == "Channel") return Channel(line);
    if (command == "Delay") return Delay(line);
    if (command == "Copy") return Copy(line);
    if (command == "GraphicEQ") return Graphic(line);
    if (command == "Convolution") return Convolution(line);
    // Headings of Room EQ Wizard's files.
    static const std::set<std::string> kHeadings = {"Dated", "Notes", "Equaliser", "Room EQ",
                                                    "Average 1"};
    if (!kHeadings.contains(command)) Note(line, "is a command that is not known here");
  }

  void Device(const Line& line) {
    const std::string device = Lowered(line.parameters);
    // Of what is for one device, that is taken which the file begins with.
    if (device_.empty() && device != "all" && !obeyed_) {
      device_ = device;
      Note(line, "is taken for whatever device plays; a rule can name one");
    }
    other_device_ = device != "all" && device != device_;
  }

  void Stage(const Line& line) {
    const std::string stages = Lowered(line.parameters);
    other_stage_ =
        stages.find("capture") != std::string::npos && stages.find("mix") == std::string::npos;
  }

  void Channel(const Line& line) {
    selected_.clear();
    for (const std::string& word : WordsOf(line.parameters)) {
      const std::string name = Lowered(word);
      if (name == "all") {
        selected_ = chain_->All();
        return;
      }
      const bool left = name == "l" || name == "1";
      const bool right = name == "r" || name == "2";
      const std::string known = left ? "L" : right ? "R" : word;
      if (chain_->Has(known)) {
        selected_.push_back(known);
      } else {
        Note(line, "channel " + Printable(word) + " is none that stereo has");
      }
    }
  }

  void Filter(const Line& line) {
    std::string why;
    std::string note;
    const auto filter = ParseApoFilter(line.parameters, why, note);
    if (!filter) return Note(line, why);
    if (!note.empty()) Note(line, note);
    if (const auto* one = std::get_if<LinearFilter>(&*filter)) {
      if (MayRender(line)) chain_->Filter(selected_, *one);
    } else if (const auto* recursion = std::get_if<ApoRecursion>(&*filter)) {
      if (MayRender(line) && !chain_->Recur(selected_, recursion->b, recursion->a)) {
        Note(line, "its coefficients make no stable filter");
      }
    }
  }

  void Preamp(const Line& line) {
    std::string_view rest = line.parameters;
    const auto gain_db = TakeNumber(rest);
    if (!gain_db || std::abs(*gain_db) > 200.0 || Lowered(Stripped(rest)) != "db") {
      return Note(line, "is no gain in dB");
    }
    chain_->Gain(selected_, *gain_db);
  }

  void Delay(const Line& line) {
    std::string_view rest = line.parameters;
    const auto number = TakeNumber(rest);
    const std::string unit = Lowered(Stripped(rest));
    const bool samples = unit == "samples";
    if (!number || *number < 0.0 || (!samples && unit != "ms")) {
      return Note(line, "is no delay in ms or samples");
    }
    const double seconds = samples ? *number / chain_->rate_hz() : *number / 1000.0;
    if (seconds > 1.0) return Note(line, "is a delay of more than 1 s");
    if (samples)
      Note(line,
           "samples are taken at " + ExactText(static_cast<float>(chain_->rate_hz())) + " Hz");
    chain_->Delay(selected_, seconds);
  }

  // "L=0.5*L+-6dB*R R=L"
  void Copy(const Line& line) {
    if (++mixes_ > kMostMixes) return Note(line, "is one mix too many");
    std::vector<LinearChain::Target> targets;
    for (const std::string& word : WordsOf(line.parameters)) {
      const std::size_t equals = word.find('=');
      if (equals == 0 || equals == std::string::npos) return Note(line, "is no mix");
      LinearChain::Target target{NameOf(word.substr(0, equals)), {}};
      for (const std::string& part : WordsOf(std::string_view(word).substr(equals + 1), "+")) {
        std::string_view rest = part;
        double factor = 1.0;
        const bool has_factor = rest.find('*') != std::string_view::npos;
        const auto number = has_factor || NumberIn(rest) ? TakeNumber(rest) : std::nullopt;
        if (has_factor && !number) return Note(line, Printable(part) + " is no share of a channel");
        if (number) factor = *number;
        if (Lowered(rest).starts_with("db")) {
          factor = std::pow(10.0, factor / 20.0);
          rest.remove_prefix(2);
        }
        if (!(std::abs(factor) < 1e5)) return Note(line, Printable(part) + " is too loud");
        if (rest.starts_with('*')) rest.remove_prefix(1);
        const std::string source = NameOf(std::string(rest));
        if (rest.empty() && factor != 0.0) {
          Note(line, "a constant is not added");
        } else if (!rest.empty() && !chain_->Has(source)) {
          Note(line, "channel " + Printable(source) + " is silent in stereo");
        } else if (!rest.empty()) {
          target.terms.push_back({factor, source});
        }
        if (target.terms.size() > kMostTerms) return Note(line, "adds up too many channels");
      }
      if (targets.size() >= kMostTerms) return Note(line, "makes too many channels");
      targets.push_back(std::move(target));
    }
    if (chain_->All().size() + targets.size() > 16) return Note(line, "makes too many channels");
    chain_->Mix(targets);
  }

  static std::string NameOf(const std::string& word) {
    const std::string name = Lowered(word);
    if (name == "l" || name == "1") return "L";
    if (name == "r" || name == "2") return "R";
    return word;
  }

  void Graphic(const Line& line) {
    GainCurve curve;
    for (const std::string& pair : WordsOf(line.parameters, ";")) {
      const std::vector<std::string> words = WordsOf(pair);
      const auto hz = words.size() == 2 ? NumberIn(words[0]) : std::nullopt;
      const auto gain_db = words.size() == 2 ? NumberIn(words[1]) : std::nullopt;
      if (!hz || !gain_db || *hz <= 0.0 || *hz > 1e6 || std::abs(*gain_db) > 200.0 ||
          curve.size() >= kMostPoints) {
        return Note(line, Printable(Stripped(pair)) + " is no frequency and gain");
      }
      curve.emplace_back(*hz, *gain_db);
    }
    if (curve.empty()) return Note(line, "has no points");
    std::stable_sort(curve.begin(), curve.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
    curve.erase(std::unique(curve.begin(), curve.end(), same), curve.end());
    if (!MayRender(line)) return;
    chain_->Convolve(selected_, MinimumPhaseResponse(curve, chain_->rate_hz(), kGraphicTaps));
  }

  void Convolution(const Line& line) {
    try {
      const Response response = ReadResponseFile(Resolve(line.folder, line.parameters));
      if (response.rate_hz != chain_->rate_hz()) {
        return Note(line, "has another rate than the responses before it");
      }
      if (!MayRender(line)) return;
      for (std::size_t i = 0; i < selected_.size(); ++i) {
        const auto& channel = response.channels[i % response.channels.size()];
        chain_->Convolve({selected_[i]}, {channel.begin(), channel.end()});
      }
    } catch (const ConfigError& e) {
      Note(line, e.what());
    }
  }

  // A file may not keep us busy for minutes.
  bool MayRender(const Line& line) {
    if (++renderings_ <= kMostRenderings) return true;
    Note(line, "is left out: there are too many steps");
    return false;
  }

  void Note(const Line& line, const std::string& text) {
    if (imported_.notes.size() > kMostNotes) return;
    if (imported_.notes.size() == kMostNotes) {
      return imported_.notes.push_back({line.number, "and more of the kind"});
    }
    imported_.notes.push_back(
        {line.number, line.where + Printable(line.command) + ": " + Printable(text, 300)});
  }

  std::string name_;
  ImportOptions options_;
  std::vector<Line> lines_;
  std::size_t commands_ = 0;
  std::size_t includes_ = 0;
  std::size_t mixes_ = 0;
  std::size_t renderings_ = 0;
  std::size_t conditions_ = 0;
  bool obeyed_ = false;
  bool other_device_ = false;
  bool other_stage_ = false;
  std::string device_;
  LinearChain* chain_ = nullptr;
  LinearChain::Names selected_;
  std::vector<LinearChain::Names> saved_;
  Imported imported_;
};

}  // namespace

Imported ImportEqualizerApo(std::string_view text, std::string_view name,
                            const std::filesystem::path& folder, const ImportOptions& options) {
  CheckIsText(text, name, "a configuration of Equalizer APO");
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return Reader(name, options).Read(text, folder);
}

}  // namespace auralis
