#pragma once

#include <string>

#include "config/param_history.h"
#include "ipc/messages.h"

namespace auralis::ipc {

// What the daemon knows and the server does not: the facts behind `status` and `info`.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual Status status() const = 0;  // [control]
  virtual Info info() const = 0;      // [control]
  // Loads an impulse response, or says why not and keeps the old one. [control]
  virtual Reply Load(const LoadResponse& request) = 0;
  // What adaptation does, and steering it. [control]
  virtual Adaptation adaptation() const = 0;
  virtual Reply Steer(const Adapt& request) = 0;
  // A client loaded a preset: its values are in the registry. [control]
  virtual void PresetLoaded(const std::string& name) = 0;
  // Brings a preset into force, as one step of `history`; and which ones are. [control]
  virtual Reply LoadPreset(const LoadPreset& request, ParamHistory& history) = 0;
  virtual PresetState Presets() const = 0;
  // MIDI controllers. [control]
  virtual Reply Answer(const GetMidi& request) = 0;
  virtual Reply Answer(const MapMidi& request) = 0;
  virtual Reply Answer(const UnmapMidi& request) = 0;
  virtual Reply Answer(const LearnMidi& request) = 0;
  // Comparing two settings; what it changes is a step of `history`. [control]
  virtual Reply Answer(const GetComparison& request) = 0;
  virtual Reply Answer(const Compare& request, ParamHistory& history) = 0;
  virtual Reply Answer(const SteerComparison& request, ParamHistory& history) = 0;
  // What is in use and what else is there. [control]
  virtual Reply Devices() = 0;
  // Where the flight recorder's file is. [control]
  virtual BlackBoxPlace black_box() const = 0;
  // Begins to end; returns at once. [control]
  virtual void Quit() = 0;
};

}  // namespace auralis::ipc
