#pragma once
// THE list of stages, in the order the signal passes them. Nothing else lists them.

#include "dsp/chain.h"
#include "dsp/stages/bark.h"
#include "dsp/stages/bass.h"
#include "dsp/stages/clipper.h"
#include "dsp/stages/compressor.h"
#include "dsp/stages/convolver.h"
#include "dsp/stages/crossfeed.h"
#include "dsp/stages/deesser.h"
#include "dsp/stages/equalizer.h"
#include "dsp/stages/exciter.h"
#include "dsp/stages/gate.h"
#include "dsp/stages/input.h"
#include "dsp/stages/leveler.h"
#include "dsp/stages/limiter.h"
#include "dsp/stages/loudness.h"
#include "dsp/stages/multiband.h"
#include "dsp/stages/output.h"
#include "dsp/stages/stereo.h"
#include "dsp/stages/tone.h"
#include "dsp/stages/transient.h"

namespace auralis {

using ProductChain = Chain<Input, Leveler, Equalizer, Bark, Tone, Bass, Exciter, Gate, Deesser,
                           Compressor, Multiband, Transient, StereoImage, Crossfeed, Convolver,
                           Loudness, Clipper, Limiter, Output>;

}  // namespace auralis
