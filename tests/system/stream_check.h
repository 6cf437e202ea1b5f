#pragma once
// What the system tests ask of a recording, whichever server it came through.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/jack_client.h"
#include "tests/support/signals.h"

namespace auralis::test {

inline constexpr double kRateHz = 48000.0;

// `seconds` of the same tone on both sides, 20 degrees apart so that they are not one signal.
StereoSignal TonePair(double frequency_hz, double amplitude, double seconds);
StereoSignal NoisePair(double amplitude, double seconds);

Signal Cut(const Signal& signal, double from_s, double to_s);

// client.Play(). A recording that the *server* lost frames of says nothing about Auralis: up to
// three tries, each loss printed; the last one is returned as it is, for the test to fail on.
Recording PlayThrough(
    JackClient& client, const StereoSignal& programme,
    const std::function<void()>& meanwhile = [] {});

// How long after `sent_ns` (steady clock) the recorder was given the frame at which a tone's level,
// over the last 5 ms, had made half of its way from `before` to `after`.
double HeardAfterMs(const Recording& recording, double before, double after, std::int64_t sent_ns);

// The largest difference, on either side, between the recording and what was played
// `delay_frames` before, over from_s to to_s of the recording.
double LargestError(const StereoSignal& played, const StereoSignal& recorded,
                    std::size_t delay_frames, double from_s, double to_s);

std::int64_t SteadyNs();

// At kRateHz. Throw FileError.
void WriteSoundFile(const std::filesystem::path& file, const StereoSignal& signal);
StereoSignal ReadSoundFile(const std::filesystem::path& file);

}  // namespace auralis::test
