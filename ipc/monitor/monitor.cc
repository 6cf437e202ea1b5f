#include "ipc/monitor/monitor.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "config/config_error.h"
#include "config/preset.h"
#include "config/preset_library.h"
#include "ipc/auralisctl_ab.h"
#include "ipc/auralisctl_preset.h"
#include "ipc/auralisctl_preset_live.h"
#include "ipc/auralisctl_terminal.h"
#include "ipc/client.h"
#include "ipc/monitor/controls.h"
#include "ipc/monitor/layout.h"
#include "ipc/monitor/model.h"
#include "ipc/monitor/screen.h"

namespace auralis::ctl {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr float kTelemetryHz = 20.0F;
constexpr milliseconds kFrame{40};          // between two pictures, at least
constexpr milliseconds kPatience{15};       // how long a key may wait for an event
constexpr milliseconds kStatusEvery{1000};  // load, xruns, device
constexpr milliseconds kTryEvery{500};      // to connect again
constexpr milliseconds kAnswerWithin{2000};

// The connection, which may be lost and come back.
class Link {
 public:
  // Throws what the client throws.
  Link(std::filesystem::path socket, Model& model) : socket_(std::move(socket)), model_(model) {
    Open();
  }

  ipc::Client* client() { return client_.get(); }

  // Takes in what came, for at most `patience` where nothing does. True when there is news.
  bool Listen(milliseconds patience) {
    if (!client_) return Retry(patience);
    return Guarded([&] {
      auto event = client_->NextEvent(patience);
      const bool news = event.has_value();
      for (int i = 0; event && i < 64; ++i) {
        model_.Take(*event);
        if (!model_.connected()) {  // a goodbye
          client_.reset();
          return true;
        }
        event = client_->NextEvent(milliseconds(0));
      }
      if (Clock::now() >= next_status_ || model_.comparison_is_old()) {
        next_status_ = Clock::now() + kStatusEvery;
        model_.Take(client_->Ask<ipc::Status>(ipc::GetStatus{}));
        TakeComparison();
        return true;
      }
      return news;
    });
  }

  // Runs `work` with the client; a connection that ends meanwhile is noted. False where it did.
  template <class Work>
  bool Guarded(const Work& work) {
    try {
      return work();
    } catch (const ipc::RequestRefused&) {
      throw;
    } catch (const ipc::IpcError& error) {
      model_.Lose(error.what());
      client_.reset();
      next_try_ = Clock::now() + kTryEvery;
      return true;
    }
  }

 private:
  void Open() {
    auto client = std::make_unique<ipc::Client>(socket_, "auralisctl monitor", kAnswerWithin);
    auto described = client->Ask<ipc::Parameters>(ipc::Describe{});
    const auto status = client->Ask<ipc::Status>(ipc::GetStatus{});
    using ipc::Stream;
    client->Ask<ipc::Subscribed>(ipc::Subscribe{{{Stream::kMeters, kTelemetryHz},
                                                 {Stream::kSpectrum, kTelemetryHz},
                                                 {Stream::kParameters, kTelemetryHz},
                                                 {Stream::kAdaptation, 2.0F},
                                                 {Stream::kEvents, 10.0F}}});
    model_.Begin(std::move(described), status);
    client_ = std::move(client);
    next_status_ = Clock::now() + kStatusEvery;
  }

  void TakeComparison() {
    const ipc::Reply reply = client_->Call(ipc::GetComparison{});
    const auto* comparison = std::get_if<ipc::Comparison>(&reply);
    model_.Take(comparison == nullptr ? ipc::Comparison()
                                      : *comparison);  // older daemons know none
  }

  bool Retry(milliseconds patience) {
    if (Clock::now() < next_try_) {
      std::this_thread::sleep_for(patience);
      return false;
    }
    next_try_ = Clock::now() + kTryEvery;
    try {
      Open();
      return true;
    } catch (const ipc::IpcError&) {  // not yet
      return false;
    }
  }

  std::filesystem::path socket_;
  Model& model_;
  std::unique_ptr<ipc::Client> client_;
  Clock::time_point next_status_{};
  Clock::time_point next_try_{};
};

std::vector<PresetLine> PresetLines() {
  std::vector<PresetLine> lines;
  for (const PresetFile& one : ListPresets()) {
    try {
      lines.push_back({one.name, LoadPreset(one.file).description});
    } catch (const ConfigError& error) {
      lines.push_back({one.name, std::string("cannot be loaded: ") + error.what()});
    }
  }
  return lines;
}

// Does what keys ask for, and says how it went.
class Doer {
 public:
  Doer(Link& link, Model& model, Controls& controls, Screen& screen)
      : link_(link), model_(model), controls_(controls), screen_(screen) {}

  bool left() const { return left_; }

  void Do(const Command& command) {
    try {
      std::visit([this](const auto& one) { DoOne(one); }, command);
    } catch (const ipc::RequestRefused& error) {
      controls_.Say(error.what(), true);
    } catch (const ConfigError& error) {
      controls_.Say(error.what(), true);
    } catch (const PresetError& error) {
      controls_.Say(error.what(), true);
    }
  }

 private:
  void DoOne(const Leave&) { left_ = true; }
  void DoOne(const Redraw&) { screen_.Redraw(); }
  void DoOne(const ListThePresets& list) {
    controls_.ShowPresets(PresetLines(), model_.status().preset, list.to_compare);
  }
  void DoOne(const CompareWithPreset& preset) {
    DoOne(ipc::Request(ipc::Compare{.a = "", .b = preset.name}));
  }
  void DoOne(const LoadPresetNamed& preset) {
    WithClient([&](ipc::Client& client) {
      BringPreset(client, preset.name);
      TakeStatus(client);
      controls_.Say("preset " + preset.name);
    });
  }
  void DoOne(const StepToPreset& step) {
    WithClient([&](ipc::Client& client) {
      const std::string name = BringNextPreset(client, step.step);
      TakeStatus(client);
      controls_.Say("preset " + name);
    });
  }
  void DoOne(const ipc::Request& request) {
    WithClient([&](ipc::Client& client) {
      const ipc::Reply reply = client.Call(request);
      if (const auto* error = std::get_if<ipc::Error>(&reply)) throw ipc::RequestRefused(*error);
      if (const auto* comparison = std::get_if<ipc::Comparison>(&reply)) {
        model_.Take(*comparison);
        TakeStatus(client);
        controls_.Say(comparison->on ? ComparisonLine(*comparison) : "A/B: ended");
      }
      const auto* values = std::get_if<ipc::Values>(&reply);
      if (values == nullptr) return;
      model_.Take(*values);
      const bool by_name = std::holds_alternative<ipc::Undo>(request) ||
                           std::holds_alternative<ipc::Redo>(request) ||
                           std::holds_alternative<ipc::Reset>(request);
      if (by_name) controls_.Say(WhatChanged(*values));
    });
  }

  static std::string WhatChanged(const ipc::Values& values) {
    if (values.values.empty()) return "nothing to change";
    std::string text = values.values.front().key + " = " + values.values.front().text;
    if (values.values.size() > 1) {
      text += " and " + std::to_string(values.values.size() - 1) + " more";
    }
    return text;
  }

  void TakeStatus(ipc::Client& client) {
    model_.Take(client.Ask<ipc::Status>(ipc::GetStatus{}));
    model_.Take(client.Ask<ipc::Values>(ipc::Get{{"*"}}));
  }

  template <class Work>
  void WithClient(const Work& work) {
    if (link_.client() == nullptr) return controls_.Say("there is no daemon to ask", true);
    link_.Guarded([&] {
      work(*link_.client());
      return true;
    });
  }

  Link& link_;
  Model& model_;
  Controls& controls_;
  Screen& screen_;
  bool left_ = false;
};

}  // namespace

void RunMonitor(const Context& context) {
  CatchSignals();
  Model model;
  Link link(context.socket, model);  // says what is wrong before the terminal is another
  Controls controls;
  Screen screen;
  Doer doer(link, model, controls, screen);
  bool dirty = true;
  Size shown{0, 0};
  Clock::time_point next_frame{};
  while (!SignalCaught() && !doer.left()) {
    dirty = link.Listen(kPatience) || dirty;
    while (const auto key = screen.NextKey()) {
      dirty = true;
      const auto command = controls.Press(*key, model, ListLines(controls, screen.size()));
      if (command) doer.Do(*command);
      if (doer.left()) break;
    }
    const Size size = screen.size();
    dirty = dirty || size != shown;
    if (!dirty || Clock::now() < next_frame) continue;
    screen.Show(DrawMonitor(model, controls, size, screen.look()));
    shown = size;
    dirty = false;
    next_frame = Clock::now() + kFrame;
  }
}

}  // namespace auralis::ctl
