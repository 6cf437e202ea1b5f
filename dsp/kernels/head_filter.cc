#include "dsp/kernels/head_filter.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/head_filter.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// Every fourth frame lies side by side: four rows. Of a vector of each row, tap 4 j + u needs the
// vectors j columns back, the last u of them one column more; so four taps of four vectors share
// eight loads, of which the next four taps need four again.
constexpr std::size_t kRows = 4;
constexpr std::size_t kColumns = kHeadFilterFrames / kRows;
constexpr std::size_t kQuarterSteps = kHeadFilterFrames / 4 / kRows;  // of four taps

using D = hn::CappedTag<float, kColumns>;
using V = hn::Vec<D>;
using Row = float[2 * kColumns];  // a tick and the one before

HWY_INLINE void Deal(const float* from, std::size_t columns, Row* rows) {
  const D d;
  for (std::size_t at = 0; at < columns; at += hn::Lanes(d)) {
    V row[kRows];
    hn::LoadInterleaved4(d, from + kRows * at, row[0], row[1], row[2], row[3]);
    for (std::size_t r = 0; r < kRows; ++r) hn::StoreU(row[r], d, rows[r] + at);
  }
}

// The taps of two quarters: eight sums that do not wait for each other.
HWY_INLINE void AddQuarters(const Row* rows, std::size_t column, const float* taps,
                            V (&sum)[2][kRows]) {
  const D d;
  V now[2][kRows];
  for (std::size_t quarter = 0; quarter < 2; ++quarter) {
    for (std::size_t r = 0; r < kRows; ++r) {
      now[quarter][r] = hn::LoadU(d, rows[r] + column - quarter * kQuarterSteps);
    }
  }
  for (std::size_t step = 0; step < kQuarterSteps; ++step) {
    for (std::size_t quarter = 0; quarter < 2; ++quarter) {
      const std::size_t at = quarter * kQuarterSteps + step;
      V back[kRows];
      for (std::size_t r = 0; r < kRows; ++r) back[r] = hn::LoadU(d, rows[r] + column - at - 1);
      for (std::size_t u = 0; u < kRows; ++u) {
        const V by = hn::Set(d, taps[kRows * at + u]);
        for (std::size_t r = 0; r < kRows; ++r) {
          const V x = r >= u ? now[quarter][r - u] : back[kRows + r - u];
          sum[quarter][r] = hn::MulAdd(by, x, sum[quarter][r]);
        }
      }
      for (std::size_t r = 0; r < kRows; ++r) now[quarter][r] = back[r];
    }
  }
}

void Head(const float* newest, const float* taps, float* out) {
  const D d;
  HWY_ALIGN Row rows[kRows];
  Deal(newest - kHeadFilterFrames, 2 * kColumns, rows);
  for (std::size_t at = 0; at < kColumns; at += hn::Lanes(d)) {
    float* const to = out + kRows * at;
    V early[2][kRows];
    V late[2][kRows];
    hn::LoadInterleaved4(d, to, early[0][0], early[0][1], early[0][2], early[0][3]);
    for (V& sum : early[1]) sum = hn::Zero(d);
    AddQuarters(rows, kColumns + at, taps, early);
    for (std::size_t r = 0; r < kRows; ++r) early[0][r] = hn::Add(early[0][r], early[1][r]);
    for (auto& sums : late) {
      for (V& sum : sums) sum = hn::Zero(d);
    }
    AddQuarters(rows, kColumns + at - 2 * kQuarterSteps, taps + kHeadFilterFrames / 2, late);
    V* const all = early[0];
    for (std::size_t r = 0; r < kRows; ++r) {
      all[r] = hn::Add(all[r], hn::Add(late[0][r], late[1][r]));
    }
    hn::StoreInterleaved4(all[0], all[1], all[2], all[3], d, to);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {
HWY_EXPORT(Head);

HeadFilterKernel ResolveHeadFilterKernel() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return &HWY_DYNAMIC_DISPATCH(Head);
}
}  // namespace auralis
#endif
