#include "dsp/kernels/dither.h"

#include <algorithm>
#include <bit>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/dither.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using Bits = std::uint64_t;  // one a lane

// Which of a channel's lanes get noise, and what that leaves in `exact_frames`.
HWY_INLINE Bits Dithered(Bits exact, Bits lanes_of_channel, std::uint32_t& exact_frames) {
  const Bits inexact = lanes_of_channel & ~exact;
  const auto frames = static_cast<std::uint32_t>(std::popcount(lanes_of_channel));
  if (exact_frames + frames < kDitherRestFrames) {
    if (inexact == 0) {
      exact_frames += frames;
    } else {
      const auto behind = static_cast<unsigned>(std::bit_width(inexact));
      const Bits left = behind < 64 ? lanes_of_channel >> behind : 0;
      exact_frames = static_cast<std::uint32_t>(std::popcount(left));
    }
    return lanes_of_channel;
  }
  if (inexact == 0 && exact_frames >= kDitherRestFrames) return 0;
  Bits dithered = 0;
  for (Bits left = lanes_of_channel; left != 0; left &= left - 1) {
    const Bits lane = left & (~left + 1);
    exact_frames = (lane & inexact) != 0 ? 0 : std::min(exact_frames + 1, kDitherRestFrames);
    if (exact_frames < kDitherRestFrames) dithered |= lane;
  }
  return dithered;
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V Triangular(D d, std::uint32_t first_sample) {
  const hn::RebindToUnsigned<D> du;
  const hn::RebindToSigned<D> di;
  // A permutation of 32 bits that mixes all of them (C. Wellons, lowbias32).
  auto h = hn::Iota(du, first_sample);
  h = hn::Mul(hn::Xor(h, hn::ShiftRight<16>(h)), hn::Set(du, 0x7FEB352DU));
  h = hn::Mul(hn::Xor(h, hn::ShiftRight<15>(h)), hn::Set(du, 0x846CA68BU));
  h = hn::Xor(h, hn::ShiftRight<16>(h));
  const auto one = hn::BitCast(di, hn::And(h, hn::Set(du, 0xFFFFU)));
  const auto other = hn::BitCast(di, hn::ShiftRight<16>(h));
  return hn::Mul(hn::ConvertTo(d, hn::Sub(one, other)), hn::Set(d, 0x1p-16F));
}

template <class D>
HWY_INLINE void RoundVector(D d, const float* samples, const std::array<Bits, 2>& channels,
                            float steps, std::uint32_t first_sample, DitherState& state,
                            std::int32_t* rounded) {
  const hn::RebindToSigned<D> di;
  const auto wanted = hn::Mul(hn::LoadU(d, samples), hn::Set(d, steps));
  const auto exact = hn::Eq(wanted, hn::Floor(wanted));
  std::uint8_t bytes[8] = {};
  hn::StoreMaskBits(d, exact, bytes);
  Bits bits = 0;
  std::memcpy(&bits, bytes, sizeof bits);
  bits = Dithered(bits, channels[0], state.exact_frames[0]) |
         Dithered(bits, channels[1], state.exact_frames[1]);
  std::memcpy(bytes, &bits, sizeof bits);
  const auto noise = hn::IfThenElseZero(hn::LoadMaskBits(d, bytes), Triangular(d, first_sample));
  // A float has no room for a loud sample of 24 bits and what lies between the steps besides.
  const auto x = hn::Clamp(wanted, hn::Set(d, -steps), hn::Set(d, steps));
  const auto whole = hn::Floor(x);
  const auto rest = hn::Floor(hn::Add(hn::Sub(x, whole), hn::Add(noise, hn::Set(d, 0.5F))));
  const auto sum = hn::Add(hn::ConvertTo(di, whole), hn::ConvertTo(di, rest));
  const auto end = static_cast<std::int32_t>(steps);
  hn::StoreU(hn::Min(hn::Max(sum, hn::Set(di, -end)), hn::Set(di, end - 1)), di, rounded);
}

void Round(const float* samples, std::size_t count, std::size_t channels, float steps,
           DitherState& state, std::int32_t* rounded) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const std::size_t lanes = hn::Lanes(d);
  const Bits all = (Bits{1} << lanes) - 1;
  constexpr Bits kEven = 0x5555555555555555;
  const std::array<Bits, 2> of_channels = {channels == 1 ? all : all & kEven,
                                           channels == 1 ? 0 : all & ~kEven};
  std::size_t i = 0;
  if (lanes % channels == 0) {
    for (; i + lanes <= count; i += lanes) {
      RoundVector(d, samples + i, of_channels, steps, state.samples + static_cast<std::uint32_t>(i),
                  state, rounded + i);
    }
  }
  for (; i < count; ++i) {
    const bool second = i % channels == 1;
    RoundVector(one, samples + i, {second ? Bits{0} : Bits{1}, second ? Bits{1} : Bits{0}}, steps,
                state.samples + static_cast<std::uint32_t>(i), state, rounded + i);
  }
  state.samples += static_cast<std::uint32_t>(count);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {
HWY_EXPORT(Round);

DitherKernels ResolveDitherKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.round = &HWY_DYNAMIC_DISPATCH(Round)};
}
}  // namespace auralis
#endif
