#pragma once

#include <filesystem>
#include <string>

#include "daemon/sound_file.h"

namespace auralis::render {

// What goes wrong with an output. `what()` names it.
class WriteError : public FileError {
 public:
  using FileError::FileError;
};

// A file that is there whole or not at all: written under another name beside its place, and
// renamed when it is done. Unless Commit() is reached nothing is left of it, also where a signal
// ends the program (RemoveOnSignals).
class NewFile {
 public:
  // Throws WriteError: where the file exists already and `overwrite` is not set, too.
  NewFile(std::filesystem::path path, bool overwrite);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  int descriptor() const noexcept { return descriptor_; }
  const std::filesystem::path& written_as() const noexcept { return temporary_; }
  const std::filesystem::path& path() const noexcept { return path_; }
  // On the disk, under its name, when this returns. Throws WriteError.
  void Commit();

 private:
  void Put();

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  bool overwrite_;
  int descriptor_ = -1;
};

// Starts a thread that waits for the signals which end programs (INT, TERM, HUP), removes what is
// half-written and lets the signal have its way. Before any other thread is started.
void RemoveOnSignals();

// A file without a name, for the time it is open. In the folder of `beside`, or where temporary
// files go if that is "". Throws WriteError. The caller closes it.
int NamelessFile(const std::filesystem::path& beside);

}  // namespace auralis::render
