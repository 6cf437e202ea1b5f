#include "ipc/auralisctl_watch.h"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "ipc/auralisctl_json.h"
#include "ipc/auralisctl_terminal.h"
#include "ipc/auralisctl_view.h"
#include "ipc/client.h"

namespace auralis::ctl {
namespace {

// How long a signal may wait that comes just before the wait for the next event.
constexpr auto kPatience = std::chrono::milliseconds(200);

std::string Pair(const std::array<float, 2>& stereo) {
  return DbText(stereo[0]) + " " + DbText(stereo[1]);
}

std::string PlainLine(const ipc::Meters& m) {
  return "in " + Pair(m.input.true_peak_dbtp) + " dBTP, out " + Pair(m.output.true_peak_dbtp) +
         " dBTP, M " + DbText(m.output.momentary_lufs) + " S " + DbText(m.output.short_term_lufs) +
         " I " + DbText(m.output.integrated_lufs) + " LUFS, GR " +
         DbText(m.limiter_gain_reduction_db) + " dB\n";
}

std::string PlainLine(const ipc::Spectrum& spectrum) {
  std::string line = "out";
  for (const float db : spectrum.output_dbfs) line += " " + DbText(db);
  return line + " dBFS\n";
}

std::string PlainLine(const ipc::ParametersChanged& changed) {
  std::string text;
  for (const ipc::Value& one : changed.values) text += one.key + " = " + one.text + "\n";
  return text;
}

std::string PlainLine(const ipc::AdaptationNow& now) {
  std::string text;
  for (const std::string& sentence : now.adaptation.story) text += sentence + "\n";
  return text;
}

std::string PlainLine(const ipc::Notice& notice) {
  return std::string(NameOf(notice.kind)) + ": " + notice.text +
         (notice.count > 0 ? " (" + std::to_string(notice.count) + ")" : "") + "\n";
}

// Turns events into what the options and the terminal ask for.
class Display {
 public:
  Display(ipc::Client& client, bool json, bool levels) : client_(client), json_(json) {
    if (!json && levels && LookAtTerminal().is_terminal) repainter_.emplace();
  }

  void Show(const ipc::Meters& meters) {
    if (json_) return Print(JsonLine(ToJson(meters)));
    if (!repainter_) return Print(PlainLine(meters));
    RefreshStatus();
    repainter_->Paint(view_.Draw(meters, status_, LookAtTerminal()));
  }
  void Show(const ipc::Spectrum& spectrum) {
    if (json_) return Print(JsonLine(ToJson(spectrum)));
    if (!repainter_) return Print(PlainLine(spectrum));
    repainter_->Paint(DrawSpectrum(spectrum, LookAtTerminal()));
  }

  void Show(const ipc::AdaptationNow& now) {
    if (json_) return Print(JsonLine(ToJson(now.adaptation)));
    if (!repainter_) return Print(PlainLine(now));
    repainter_->Paint(PlainLine(now));
  }
  void Show(const ipc::ParametersChanged& changed) { ShowLines(changed); }
  void Show(const ipc::Notice& notice) { ShowLines(notice); }
  void Show(const ipc::Bye&) {}

 private:
  // What happens once is not painted over.
  template <class Event>
  void ShowLines(const Event& event) {
    Print(json_ ? JsonLine(ToJson(event)) : PlainLine(event));
  }
  void RefreshStatus() {
    constexpr auto kEvery = std::chrono::seconds(1);
    const auto now = std::chrono::steady_clock::now();
    if (now < next_status_) return;
    next_status_ = now + kEvery;
    try {
      status_ = client_.Ask<ipc::Status>(ipc::GetStatus{});
    } catch (const ipc::DaemonUnavailable&) {
      // A goodbye may wait among the events; without one the next read fails in the same way.
      return;
    }
  }

  ipc::Client& client_;
  bool json_;
  std::optional<Repainter> repainter_;
  MeterView view_;
  ipc::Status status_;
  std::chrono::steady_clock::time_point next_status_{};
};

// What it said when it ended; nothing where we are done.
std::optional<std::string> WatchOneRun(const Context& context, const WatchOptions& options,
                                       std::uint64_t& shown) {
  ipc::Client client(context.socket, kClientName);
  client.Ask<ipc::Subscribed>(ipc::Subscribe{{{options.stream, options.rate_hz}}});
  const bool levels = options.stream == ipc::Stream::kMeters ||
                      options.stream == ipc::Stream::kSpectrum ||
                      options.stream == ipc::Stream::kAdaptation;
  Display display(client, context.json, levels);
  while (!SignalCaught() && (options.count == 0 || shown < options.count)) {
    const auto event = client.NextEvent(kPatience);
    if (!event) continue;
    if (const auto* bye = std::get_if<ipc::Bye>(&*event)) return bye->reason;
    std::visit([&](const auto& one) { display.Show(one); }, *event);
    ++shown;
  }
  return std::nullopt;
}

// One that begins anew in its place leaves its socket where it is.
bool BeginsAnew(const Context& context) {
  std::error_code ignored;
  return std::filesystem::exists(context.socket, ignored);
}

}  // namespace

void Watch(const Context& context, const WatchOptions& options) {
  CatchSignals();
  std::uint64_t shown = 0;
  while (const auto goodbye = WatchOneRun(context, options, shown)) {
    const std::string why = goodbye->empty() ? "" : ": " + *goodbye;
    const bool again = BeginsAnew(context);
    std::fprintf(stderr, "auralisctl: auralisd %s%s\n", again ? "goes on" : "has ended",
                 why.c_str());
    if (!again) return;
  }
}

}  // namespace auralis::ctl
