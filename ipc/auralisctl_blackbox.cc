#include "ipc/auralisctl_blackbox.h"

#include <cmath>
#include <filesystem>

#include "config/paths.h"
#include "ipc/auralisctl_json.h"
#include "ipc/auralisctl_terminal.h"
#include "ipc/black_box.h"
#include "ipc/client.h"

namespace auralis::ctl {
namespace {

// Whoever wrote the file, it is JSON that we print.
Json Number(float value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json ToJson(const ipc::BlackBoxRecord& record, const ipc::BlackBoxSlice& slice) {
  Json stages = Json::object();
  if (slice.timed_blocks > 0) {
    for (std::size_t i = 0; i < record.stages.size(); ++i) {
      stages[record.stages[i]] = Number(slice.stage_us[i]);
    }
  }
  return {{"time", ipc::TimeText(record, slice.began_ns)},
          {"monotonic_ns", slice.began_ns},
          {"revision", slice.revision},
          {"callbacks", slice.callbacks},
          {"frames", slice.frames},
          {"quantum", {slice.least_frames, slice.most_frames}},
          {"least_us", Number(slice.least_us)},
          {"mean_us", Number(slice.mean_us)},
          {"most_us", Number(slice.most_us)},
          {"mean_load", Number(slice.mean_share)},
          {"most_load", Number(slice.most_share)},
          {"most_late_us", Number(slice.most_late_us)},
          {"overloads", slice.overloads},
          {"late", slice.late},
          {"xruns",
           {{"late_wakeup", slice.xruns_late},
            {"own_time", slice.xruns_own},
            {"device", slice.xruns_device}}},
          {"shedding", SheddingName(slice.shedding)},
          {"stages_us", std::move(stages)}};
}

Json ToJson(const ipc::BlackBoxRecord& record, const std::string& file) {
  const ipc::BlackBoxHeader& header = record.header;
  Json slices = Json::array();
  for (const ipc::BlackBoxSlice& one : record.slices) slices.push_back(ToJson(record, one));
  Json events = Json::array();
  for (const ipc::BlackBoxEvent& one : record.events) {
    events.push_back({{"time", ipc::TimeText(record, one.at_ns)},
                      {"monotonic_ns", one.at_ns},
                      {"kind", ipc::NameOf(static_cast<ipc::BlackBoxKind>(one.kind))},
                      {"text", one.text.data()},
                      {"count", one.count}});
  }
  return {{"file", file},
          {"version", header.program.data()},
          {"pid", header.pid},
          {"started", ipc::TimeText(record, header.started_ns)},
          {"end", ipc::EndText(header)},
          {"lost_slices", header.lost_slices},
          {"slices", std::move(slices)},
          {"events", std::move(events)}};
}

// Of the daemon that runs, or that ran last.
std::string FindFile(const Context& context) {
  try {
    ipc::Client client(context.socket, kClientName);
    return client.Ask<ipc::BlackBoxPlace>(ipc::GetBlackBox{}).path;
  } catch (const ipc::DaemonUnavailable&) {
    const std::filesystem::path last = StatePath().parent_path() / "blackbox.bin";
    std::error_code ignored;
    if (!std::filesystem::exists(last, ignored)) throw;
    return last;
  }
}

}  // namespace

void ShowBlackBox(const Context& context, const std::string& file) {
  const std::string path = file.empty() ? FindFile(context) : file;
  const ipc::BlackBoxRecord record = ipc::ReadBlackBox(path);
  if (context.json) {
    // A log line may hold bytes that are no text.
    return Print(ToJson(record, path).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
  }
  Print(ipc::BlackBoxStory(record) + "(from " + path + ")\n");
}

}  // namespace auralis::ctl
