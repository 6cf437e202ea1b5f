#include "ipc/auralisctl_commands.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "ipc/auralisctl_json.h"
#include "ipc/auralisctl_terminal.h"
#include "ipc/client.h"

namespace auralis::ctl {
namespace {

using Row = std::pair<const char*, std::string>;

// "name  value", the values under each other; rows without a value are left out.
void PrintRows(const std::vector<Row>& rows) {
  constexpr std::size_t kNameColumns = 12;
  std::string text;
  for (const auto& [name, value] : rows) {
    if (value.empty()) continue;
    std::string line = name;
    line.resize(kNameColumns, ' ');
    text += line + value + "\n";
  }
  Print(text);
}

std::string Number(const char* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string Count(std::uint64_t count, const char* what) {
  return std::to_string(count) + " " + what;
}

std::string DurationText(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::max(seconds, 0.0));
  const std::string minutes_seconds =
      std::to_string(whole / 60 % 60) + " min " + std::to_string(whole % 60) + " s";
  return whole >= 3600 ? std::to_string(whole / 3600) + " h " + minutes_seconds : minutes_seconds;
}

void PrintValues(const Context& context, const ipc::Values& values) {
  if (context.json) return Print(JsonLine(ToJson(values)));
  std::string text;
  for (const ipc::Value& one : values.values) text += one.key + " = " + one.text + "\n";
  Print(text);
}

ipc::Client Connect(const Context& context) { return ipc::Client(context.socket, kClientName); }

// At most `columns` characters of UTF-8, cut at a character.
std::string Clip(const std::string& text, std::size_t columns) {
  std::size_t end = 0;
  for (std::size_t characters = 0; end < text.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U;
    if (begins && ++characters > columns) break;
  }
  return text.substr(0, end);
}

}  // namespace

void ShowStatus(const Context& context) {
  ipc::Client client = Connect(context);
  const auto status = client.Ask<ipc::Status>(ipc::GetStatus{});
  const auto adaptation = client.Ask<ipc::Adaptation>(ipc::GetAdaptation{});
  if (context.json) {
    Json json = ToJson(status);
    json["adaptation"] = ToJson(adaptation);
    return Print(JsonLine(json));
  }
  const std::string host =
      status.host_frames > 0 ? Count(status.host_frames, "frames a buffer") : "varying buffers";
  const double latency_ms =
      status.sample_rate_hz > 0.0 ? 1000.0 * status.latency_frames / status.sample_rate_hz : 0.0;
  std::vector<Row> rows = {
      {"state", status.state},
      {"bypass", status.bypass ? "on" : "off"},
      {"preset", status.preset},
      {"device", status.device},
      {"format", Number("%g Hz, ", status.sample_rate_hz) + host + ", " +
                     Count(status.block_frames, "a block")},
      {"convolver", status.convolver_file},
      {"sink volume", Number("%.1f dB", static_cast<double>(status.sink_volume_db))},
      {"latency", Count(status.latency_frames, "frames") + Number(" (%.2f ms)", latency_ms)},
      {"uptime", DurationText(status.uptime_s)},
      {"processed", Count(status.frames, "frames in ") + Count(status.callbacks, "callbacks")},
      {"load", Number("%.1f %% of the time there is, ", 100.0 * static_cast<double>(status.load)) +
                   Count(status.overloads, "overloads")},
      {"left out", status.shedding > 0 ? SheddingName(status.shedding) : ""},
      {"xruns", std::to_string(status.xruns)},
      {"non-finite", Count(status.non_finite_frames, "input frames silenced")},
      {"lost", Count(status.dropped_taps, "analysis blocks, ") +
                   Count(status.lost_telemetry, "client events")},
      {"clients", std::to_string(status.clients)},
      {"revision", std::to_string(status.revision)}};
  for (const std::string& sentence : adaptation.story) {
    rows.push_back({&sentence == &adaptation.story.front() ? "adaptation" : "", sentence});
  }
  PrintRows(rows);
}

void ShowInfo(const Context& context) {
  const auto info = Connect(context).Ask<ipc::Info>(ipc::GetInfo{});
  if (context.json) return Print(JsonLine(ToJson(info)));
  PrintRows({{"version", info.version},
             {"protocol", std::to_string(info.protocol_version)},
             {"pid", std::to_string(info.pid)},
             {"simd", info.simd_target},
             {"licence", info.licence},
             {"settings", info.settings_path.empty() ? "none" : info.settings_path},
             {"socket", info.socket_path}});
}

void ShowParameters(const Context& context, const std::string& glob) {
  const auto reply = Connect(context).Ask<ipc::Parameters>(ipc::Describe{glob});
  if (context.json) return Print(JsonLine(ToJson(reply)));
  // Columns as wide as their widest cell; the sentence at the end gets what the terminal has left.
  using Cells = std::array<std::string, 4>;
  std::vector<Cells> rows = {{"KEY", "VALUE", "DEFAULT", "ALLOWED"}};
  std::vector<std::string> docs = {"WHAT IT DOES"};
  for (const ipc::Parameter& one : reply.parameters) {
    rows.push_back({one.key, one.text, one.default_text, one.allowed});
    docs.push_back(one.doc);
  }
  std::array<std::size_t, 4> widths{};
  std::size_t used = 0;
  for (std::size_t column = 0; column < widths.size(); ++column) {
    for (const Cells& row : rows) widths[column] = std::max(widths[column], row[column].size() + 2);
    used += widths[column];
  }
  const Terminal terminal = LookAtTerminal();
  constexpr std::size_t kWorthwhileColumns = 20;
  std::size_t doc_columns = std::string::npos;
  if (terminal.is_terminal) {
    doc_columns = terminal.columns > used + kWorthwhileColumns ? terminal.columns - used : 0;
  }
  std::string text;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::string line;
    std::size_t end = 0;
    for (std::size_t column = 0; column < widths.size(); ++column) {
      line += rows[i][column];
      line.resize(end += widths[column], ' ');
    }
    line += Clip(docs[i], doc_columns);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  Print(text);
}

void ShowValues(const Context& context, const std::vector<std::string>& keys) {
  PrintValues(context, Connect(context).Ask<ipc::Values>(ipc::Get{keys}));
}

void LoadResponse(const Context& context, const std::string& file) {
  // The daemon has a folder of its own.
  const std::string path = file.empty() ? "" : std::filesystem::absolute(file).string();
  const auto loaded = Connect(context).Ask<ipc::ResponseLoaded>(ipc::LoadResponse{path});
  if (context.json) return Print(JsonLine(ToJson(loaded)));
  if (loaded.path.empty()) return Print("no response is loaded\n");
  PrintRows({{"file", loaded.path},
             {"channels", std::to_string(loaded.channels)},
             {"rate", Number("%g Hz", loaded.file_rate_hz)},
             {"length", Count(loaded.frames, "frames at the stream's rate")},
             {"memory", Number("%.1f MB", static_cast<double>(loaded.memory_bytes) / 1e6)}});
}

void SetValues(const Context& context, const std::vector<std::string>& pairs) {
  if (pairs.size() % 2 != 0) {
    throw UsageError("set: " + pairs.back() +
                     " has no value (write KEY VALUE pairs, and quote values with a unit: "
                     "limiter.ceiling '-3 dB')");
  }
  ipc::Set set;
  for (std::size_t i = 0; i < pairs.size(); i += 2) {
    set.assignments.push_back({pairs[i], pairs[i + 1]});
  }
  PrintValues(context, Connect(context).Ask<ipc::Values>(set));
}

void Change(const Context& context, const ipc::Request& request) {
  PrintValues(context, Connect(context).Ask<ipc::Values>(request));
}

void ShowChain(const Context& context) {
  const auto chain = Connect(context).Ask<ipc::ChainState>(ipc::GetChain{});
  if (context.json) return Print(JsonLine(ToJson(chain)));
  std::vector<Row> rows = {{"bypass", chain.bypass ? "on" : "off"}};
  for (const ipc::StageState& one : chain.stages) {
    const char* on = one.switchable ? "on" : "on, always";
    rows.emplace_back(one.stage.c_str(), one.enabled ? on : "off");
  }
  PrintRows(rows);
}

void ShowDevices(const Context& context) {
  const auto list = Connect(context).Ask<ipc::DeviceList>(ipc::ListDevices{});
  if (context.json) return Print(JsonLine(ToJson(list)));
  std::string text = "in use: " + list.current + "\n";
  for (const ipc::Device& one : list.devices) {
    text += one.host_api + ": " + one.name + ", " + Count(one.input_channels, "in, ") +
            Count(one.output_channels, "out, ") + Number("%g Hz", one.sample_rate_hz) +
            (one.is_default_output ? ", default output" : "") + "\n";
  }
  Print(text);
}

void QuitDaemon(const Context& context) {
  Connect(context).Ask<ipc::Quitting>(ipc::Quit{});
  if (context.json) Print("{}\n");
}

}  // namespace auralis::ctl
