#pragma once
// Two to six bands, by a tree of crossovers whose branches and channels are lanes.

#include <array>
#include <cstddef>

namespace auralis {

// A second-order state-variable section for four lanes: left and right of the lower half of the
// spectrum, left and right of the upper one. It is SvSettled's, with states r and q, before p' = q:
//   r' = r + c1 r + (x - q),  q' = q + c2 r'
// Taken from it are an all-pass, x - turn (r + r'), and four times a low-pass: with h = p + q,
// which is twice the second state of SvCascade, h + h'. A lane that passes hands its input on as
// both.
struct alignas(16) BandSection {
  static constexpr std::size_t kHalves = 2;
  using Lanes = std::array<float, 2 * kHalves>;

  // Butterworth's damping; g = tan(pi corner / rate). What is in the states stays as loud. [rt]
  void SetCorner(std::size_t half, float g) noexcept;
  void Pass(std::size_t half) noexcept;  // [rt]

  Lanes c1, c2, turn;
  Lanes r, q, h;
};

// Linkwitz and Riley's crossovers: a low-pass of Butterworth's twice, and what an all-pass of the
// same corner has more than that, which is the high-pass twice. The root cuts in halves; each half
// is turned in phase as the other's crossovers turn it, and cut in two; then the lowest and the
// highest quarter are cut once more, and the inner ones turned. So all bands turn alike. Sections
// that a number of bands does not need pass.
struct BandSplit {
  enum Place : std::size_t {
    kRoot,
    kRootAgain,
    kTurn,
    kTurnAgain,
    kMiddle,
    kMiddleAgain,
    kEdge,
    kEdgeAgain,
    kInnerTurn,
    kPlaces
  };
  static constexpr std::size_t kMostBands = 6;
  static constexpr std::size_t kMostCrossovers = kMostBands - 1;

  // How many bands a row of output has room for; and where in it a band lies.
  static constexpr std::size_t Slots(std::size_t bands) { return bands <= 4 ? 4 : 8; }
  static std::size_t SlotOf(std::size_t bands, std::size_t band) noexcept;  // [any]

  void LayOut(std::size_t number_of_bands) noexcept;  // 2 to 6; forgets the signal
  void Reset() noexcept;                              // [rt]
  // g = tan(pi corner / rate). [rt]
  void SetCorner(std::size_t crossover, float g) noexcept;

  std::size_t bands = 0;
  std::array<BandSection, kPlaces> sections;
};

struct BandSplitKernels {
  // A row of Slots(bands) pairs of left and right for each frame; what no band lies in is not
  // written. `rows` starts on a cache line. [rt]
  void (*split)(BandSplit& split, const float* left, const float* right, std::size_t frames,
                float* rows);
};

// For the CPU this runs on. Call it in Prepare(), keep the result. [control]
BandSplitKernels ResolveBandSplitKernels();

}  // namespace auralis
