#pragma once
// What travels over the control socket, as plain data. The wire form is schema/protocol.fbs; only
// codec.cc knows both. Nothing here names a parameter, so a new knob changes nothing here.

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "config/param_registry.h"
#include "ipc/comparison_messages.h"
#include "ipc/midi_messages.h"

namespace auralis::ipc {

// Grows only when an old client could misread a new daemon; additions leave it alone.
inline constexpr std::uint32_t kProtocolVersion = 1;

inline constexpr float kMinTelemetryHz = 1.0F;
inline constexpr float kMaxTelemetryHz = 120.0F;

// `what()` says what failed, on which socket, and what would help.
class IpcError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What can be subscribed. The numbers are the wire's.
enum class Stream : std::uint8_t {
  kMeters = 0,
  kSpectrum = 1,
  kParameters = 2,  // ParametersChanged
  kAdaptation = 3,  // AdaptationNow
  kEvents = 4,      // Notice
};

struct StreamRate {
  Stream stream = Stream::kMeters;
  float rate_hz = 30.0F;  // kMinTelemetryHz to kMaxTelemetryHz; what the daemon measures is the cap
};

// --- Requests: one reply each, which carries the request's id.

struct Hello {  // the first request of every connection
  std::uint32_t protocol_version = kProtocolVersion;
  std::string client_name;
};
struct GetStatus {};
struct GetInfo {};
struct Describe {
  std::string glob;  // "" is everything
};
struct Get {
  std::vector<std::string> keys;  // keys or globs
};
struct Set {
  std::vector<Assignment> assignments;  // all or nothing
  std::string preset = {};  // whose values these are; "" where a person sets them by hand
};
struct Subscribe {
  std::vector<StreamRate> streams;  // replaces what was subscribed before; empty ends it
};

struct LoadResponse {  // an impulse response for the stage `convolver`
  std::string path;    // absolute, as the daemon sees it; "" takes out what is loaded
};

struct GetAdaptation {};
// Steers adaptation; answered by what it does then.
struct Adapt {
  // The numbers are the wire's.
  enum class Action : std::uint8_t {
    kFreeze = 0,
    kThaw = 1,
    kRelearn = 2,         // forgets the programme that it hears
    kRelease = 3,         // lets go of the parameters that match `text`, a glob
    kLearnReference = 4,  // from the file or folder `text`, an absolute path; "" forgets
    kCalibrate = 5,       // likewise: what is usual
  };
  Action action = Action::kFreeze;
  std::string text = {};
};

struct Reset {       // to the defaults, as one change; answered by Values of what changed
  std::string glob;  // "" is everything
};
struct Undo {};  // the last change of a person; answered by Values of what changed
struct Redo {};  // what was undone last
struct GetChain {};
struct ListDevices {};
struct Quit {};  // fades out and ends, after the reply
struct GetBlackBox {};

// Brings a preset into force; all or nothing. Answered by PresetState.
struct LoadPreset {
  std::string name = {};    // of the base layer: a preset, or an absolute path; "" leaves it
  std::string device = {};  // of the layers above; "" leaves them, "none" takes them out
  std::string route = {};
  std::int32_t step = 0;  // where `name` is "": so many presets on in the list, round
};
struct GetPresets {};

using Request = std::variant<Hello, GetStatus, GetInfo, Describe, Get, Set, Subscribe, LoadResponse,
                             Reset, Undo, Redo, GetChain, ListDevices, Quit, GetAdaptation, Adapt,
                             LoadPreset, GetPresets, GetBlackBox, GetMidi, MapMidi, UnmapMidi,
                             LearnMidi, GetComparison, Compare, SteerComparison>;

// --- Replies.

// The numbers are the wire's.
enum class ErrorCode : std::uint8_t {
  kInternal = 0,
  kMalformed = 1,           // not a valid message; the connection ends
  kTooLarge = 2,            // frame or list over its limit; the connection ends
  kUnknownRequest = 3,      // a newer client's request, or not a request at all
  kUnsupportedVersion = 4,  // `allowed` says which versions would do
  kHelloFirst = 5,
  kUnknownKey = 6,  // `allowed` lists keys that look alike
  kBadValue = 7,    // `allowed` is the range or the choices
  kTooManyClients = 8,
  kForbidden = 9,         // the peer is another user
  kBadFile = 10,          // `value` is its path, `reason` what is wrong with it
  kNothingToUndo = 11,    // nor to redo
  kNoSuchPort = 12,       // no MIDI port of that name; `allowed` lists those that there are
  kComparing = 13,        // two settings are being compared already
  kNothingCompared = 14,  // none are
};

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string key = {};  // what it is about; "" where it is about the whole request
  std::string value = {};
  std::string reason = {};
  std::string allowed = {};
  std::string message = {};  // all of it, for people
};

struct Welcome {
  std::uint32_t protocol_version = kProtocolVersion;
  std::string daemon_version;
};

struct Status {
  std::string state;   // "running", "stopping", ...
  std::string device;  // for people
  double sample_rate_hz = 0.0;
  std::uint32_t block_frames = 0;    // of the signal path
  std::uint32_t host_frames = 0;     // of the device; 0 where it varies
  std::uint32_t latency_frames = 0;  // that the daemon adds
  double uptime_s = 0.0;
  std::uint64_t callbacks = 0;
  std::uint64_t frames = 0;
  std::uint64_t xruns = 0;
  std::uint64_t non_finite_frames = 0;
  std::uint64_t dropped_taps = 0;
  bool bypass = false;
  // The server fills these in; a Backend leaves them alone.
  std::uint32_t clients = 0;
  std::uint64_t lost_telemetry = 0;  // events that slow clients did not get, all clients together
  std::uint64_t revision = 0;        // of the parameters
  std::string convolver_file = {};   // the response that is loaded; "" where there is none
  float sink_volume_db = 0.0F;       // of the sink that is played to; 0 where nobody tells
  std::string preset = {};           // that was loaded last; "" where none was
  std::uint64_t overloads = 0;       // callbacks that took longer than there was time
  float load = 0.0F;                 // share of that time that callbacks take, mean over a second
  std::uint32_t shedding = 0;        // what is left out for want of time (dsp/shedding.h)
};

struct Info {
  std::string version;
  std::uint32_t protocol_version = kProtocolVersion;
  std::uint32_t pid = 0;
  std::string simd_target;
  std::string licence;
  std::string settings_path;  // "" where there is no settings file
  std::string socket_path;
};

struct Parameter {
  std::string key = {};
  std::string name = {};
  std::string unit = {};   // "dB", "Hz", "ms", ":1", ""
  std::string scale = {};  // "linear", "log", "toggle", "choice"
  float min = 0.0F;
  float max = 0.0F;
  float default_value = 0.0F;
  float smoothing_ms = 0.0F;
  std::vector<std::string> choices = {};
  std::string allowed = {};  // "-12 dB to 0 dB"
  std::string doc = {};
  float value = 0.0F;     // now
  std::string text = {};  // the same as people write it
  std::string default_text = {};
};
struct Parameters {
  std::uint64_t revision = 0;
  std::vector<Parameter> parameters;  // in the order of the signal path
};

struct Value {
  std::string key;
  float value = 0.0F;
  std::string text;  // "-1.0 dB", "on", "bell"
  std::string unit;
};
struct Values {  // answers Get and Set: what is in force now
  std::uint64_t revision = 0;
  std::vector<Value> values;
};

struct Subscribed {
  std::vector<StreamRate> streams;
};

struct ResponseLoaded {
  std::string path;            // "" where nothing is loaded now
  std::uint32_t channels = 0;  // of the file
  double file_rate_hz = 0.0;
  std::uint64_t frames = 0;  // at the stream's rate
  std::uint64_t memory_bytes = 0;
};

struct AdaptedZone {  // of the spectrum
  std::string name;
  float share = 0.0F;    // of the power that was heard
  float wanted = 0.0F;   // the share that is aimed at
  float gain_db = 0.0F;  // what is done
};
struct AdaptedParameter {
  std::string key;
  float set = 0.0F;    // by a person, a preset or as default
  float aim = 0.0F;    // where adaptation would have it
  float value = 0.0F;  // in force
  std::string set_text;
  std::string text;       // of the value in force
  bool pinned = false;    // adaptation leaves it alone
  bool stage_on = false;  // whether it matters
};
struct Study {          // of music, in the background
  std::string state;    // "" for none, "learning", "done", "failed"
  std::string purpose;  // "reference" or "calibration"
  std::string path;
  std::uint32_t done = 0;  // files
  std::uint32_t total = 0;
  std::uint32_t skipped = 0;
  std::string problem;
};
struct Adaptation {
  std::string doing;      // "off", "waiting", "following", "holding", "frozen"
  float strength = 0.0F;  // master.adaptive
  float share = 0.0F;     // of the aims that is done: strength times what is known
  float heard_s = 0.0F;   // of this programme; 0 means that the rest says nothing
  float silent_s = 0.0F;
  float age_s = 0.0F;            // of the features
  std::uint32_t programmes = 0;  // that began since it listens
  float spectral = 0.0F;         // coordinates, 0 to 1
  float dynamic = 0.0F;
  float energy = 0.0F;
  float loudness_lufs = 0.0F;  // features
  float loudness_deviation_lu = 0.0F;
  float crest_db = 0.0F;
  float width = 0.0F;
  float correlation = 0.0F;
  float centroid_hz = 0.0F;
  float flatness = 0.0F;
  float onsets_per_s = 0.0F;
  std::vector<AdaptedZone> zones;
  std::vector<float> band_gain_db;  // what is done in each critical band
  std::vector<AdaptedParameter> parameters;
  std::string reference;  // its file; "" where it goes by what is usual
  Study study;
  std::vector<std::string> story;  // all of it, for people
};

struct StageState {
  std::string stage;
  bool enabled = true;
  bool switchable = true;  // false for those that are always on
};
struct ChainState {
  bool bypass = false;
  std::vector<StageState> stages;  // in the order the signal passes them
};

struct Device {
  std::string host_api;  // "JACK", "ALSA"
  std::string name;
  std::uint32_t input_channels = 0;
  std::uint32_t output_channels = 0;
  double sample_rate_hz = 0.0;
  bool is_default_output = false;  // of its host API
};
struct DeviceList {
  std::string current;          // what is in use, for people
  std::vector<Device> devices;  // that are there
};

struct Quitting {};

struct PresetLayer {
  std::string layer;         // "base", "device", "route"
  std::string preset = {};   // "" where there is none
  std::string by = {};       // who chose it: "you", "a rule", "the command line"
  std::string problem = {};  // why its file could not be read again; what it said before counts
};
struct ValueSource {  // of a value that is not the default, or that was set by hand
  std::string key;
  std::string layer;  // one of the above, or "you"
};
struct RuleState {
  std::string device;  // as in the file; "" for any
  std::string route;
  std::string application;
  std::string preset;
  std::string layer;
  bool fits = false;    // now
  bool chosen = false;  // and no other that fits its layer is more specific
  std::string why;      // for people
};
struct PresetState {
  std::string name;         // of the preset that was loaded last
  std::string description;  // of all layers
  std::vector<PresetLayer> layers;
  std::vector<ValueSource> sources;  // in the order of the parameter table
  std::string device_id;             // what is known of the moment; "" where it is not
  std::string device_name;
  std::string route;
  std::string application;
  std::string rules_file;
  std::string rules_problem;  // why it could not be read; the rules before it count
  std::vector<RuleState> rules;
};

struct BlackBoxPlace {
  std::string path;  // of the flight recorder's file (ipc/black_box.h), on the daemon's machine
};

using Reply = std::variant<Error, Welcome, Status, Info, Parameters, Values, Subscribed,
                           ResponseLoaded, ChainState, DeviceList, Quitting, Adaptation,
                           PresetState, BlackBoxPlace, MidiState, Comparison>;

// --- Events: sent without being asked for each; levels of silence are -infinity.

struct Levels {                      // left, right
  std::array<float, 2> peak_dbfs{};  // highest since the client's last event
  std::array<float, 2> rms_dbfs{};
  std::array<float, 2> true_peak_dbtp{};  // highest since the client's last event
  float momentary_lufs = 0.0F;
  float short_term_lufs = 0.0F;
  float integrated_lufs = 0.0F;
  float loudness_range_lu = 0.0F;
  float crest_db = 0.0F;
  float correlation = 0.0F;
  float width = 0.0F;
  float balance_db = 0.0F;
  float centroid_hz = 0.0F;
  float rolloff_hz = 0.0F;
  float flatness = 0.0F;
  float onsets_per_s = 0.0F;
};
struct GainReduction {
  std::string stage;  // a module, or one of its bands: "multiband.band2"
  float db = 0.0F;    // largest since the client's last event, positive
};
struct Meters {
  std::uint64_t position_frames = 0;
  Levels input;
  Levels output;
  float limiter_gain_reduction_db = 0.0F;  // largest since the client's last event, positive
  std::uint64_t lost = 0;  // events this client did not get so far, because it read too slowly
  std::vector<GainReduction> gain_reductions;  // of every stage that can reduce, the limiter too
  float leveler_gain_db = 0.0F;
};
struct Spectrum {
  std::uint64_t position_frames = 0;
  float low_hz = 0.0F;  // centre of the first band; they rise in equal ratios to the last, high_hz
  float high_hz = 0.0F;
  std::vector<float> input_dbfs;
  std::vector<float> output_dbfs;
  std::uint64_t lost = 0;
  std::vector<float> input_critical_dbfs = {};  // the 25 critical bands
  std::vector<float> output_critical_dbfs = {};
};
struct Bye {  // the last event: the daemon ends in good order
  std::string reason;
};

// First a snapshot of everything, then what became another since the last one. A change that its
// own client has the reply for is not told to it again.
struct ParametersChanged {
  std::uint64_t revision = 0;  // that the values are of; it never falls
  bool snapshot = false;
  std::vector<Value> values;
  std::uint64_t lost = 0;
};

// The numbers are the wire's.
enum class NoticeKind : std::uint8_t {
  kDevice = 0,
  kXrun = 1,
  kOverload = 2,
  kPreset = 3,
  kClient = 4,
  kMidi = 5,        // a controller came or went, or was learnt
  kComparison = 6,  // one began or ended, or the other setting is heard
};
struct Notice {
  NoticeKind kind = NoticeKind::kDevice;
  std::string text;         // for people
  std::uint64_t count = 0;  // xruns and overloads since the start, clients now
  std::uint64_t lost = 0;
};

struct AdaptationNow {
  Adaptation adaptation;
  std::uint64_t lost = 0;
};

using Event = std::variant<Meters, Spectrum, Bye, ParametersChanged, Notice, AdaptationNow>;

}  // namespace auralis::ipc
