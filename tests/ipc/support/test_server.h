#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <filesystem>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>

#include "config/param_registry.h"
#include "ipc/backend.h"
#include "ipc/server.h"
#include "tests/support/temp_dir.h"

namespace auralis::test {

// Facts of a daemon that does not run; every one of them differs from a default.
class FixedBackend : public ipc::Backend {
 public:
  ipc::Status status() const override;
  ipc::Info info() const override;
  // Loads everything but what has "bad" in its name.
  ipc::Reply Load(const ipc::LoadResponse& request) override;
  ipc::Adaptation adaptation() const override;
  ipc::Reply Steer(const ipc::Adapt& request) override;

  ipc::Reply LoadPreset(const ipc::LoadPreset& request, ParamHistory& history) override;
  ipc::PresetState Presets() const override;
  ipc::Reply Answer(const ipc::GetMidi& request) override;
  ipc::Reply Answer(const ipc::MapMidi& request) override;
  ipc::Reply Answer(const ipc::UnmapMidi& request) override;
  ipc::Reply Answer(const ipc::LearnMidi& request) override;
  // Knows presets without "bad" in their name.
  ipc::Reply Answer(const ipc::GetComparison& request) override;
  ipc::Reply Answer(const ipc::Compare& request, ParamHistory& history) override;
  ipc::Reply Answer(const ipc::SteerComparison& request, ParamHistory& history) override;
  ipc::Reply Devices() override;
  ipc::BlackBoxPlace black_box() const override { return {"/nowhere/blackbox.bin"}; }
  void Quit() override { quit = true; }
  void PresetLoaded(const std::string& name) override { preset = name; }

  bool quit = false;
  std::string preset;
  std::string failure;  // what status() throws; "" and it does not
};

// Every level differs from every other; `step` makes one frame differ from the next.
AnalysisFrame SomeFrame(float step = 0.0F);

// The real server and registry on a loop in a thread of its own: the control thread of a daemon.
class TestServer {
 public:
  TestServer();
  explicit TestServer(const std::filesystem::path& path);
  ~TestServer();

  const std::filesystem::path& path() const { return path_; }
  void Publish(const AnalysisFrame& frame);
  void Close(const std::string& reason);
  bool has_quit();
  void FailWith(const std::string& what);  // from now on, when asked for the status

  // Runs `work` on the control thread, for what only it may touch, and waits for it.
  template <class Work>
  auto OnLoop(Work work) {
    std::packaged_task<std::invoke_result_t<Work, ipc::Server&, ParamRegistry&>()> task(
        [&] { return work(*server_, registry_); });
    auto result = task.get_future();
    boost::asio::post(loop_, [&] { task(); });
    return result.get();
  }

 private:
  TempDir folder_;
  std::filesystem::path path_;
  ParamRegistry registry_;
  FixedBackend backend_;
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::optional<ipc::Server> server_;
  std::thread thread_;
};

}  // namespace auralis::test
