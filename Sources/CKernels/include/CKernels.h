#pragma once
// The innermost loops: pointers and counts in, numbers out. No allocation, threads, policy or parsing.
// All multi-byte numbers in rows are little-endian, as the processors are that this is built for.
#include "isobath_attention_kernels.h"
#include "isobath_bfloat_kernels.h"
#include "isobath_decode.h"
#include "isobath_encode.h"
#include "isobath_encoders.h"
#include "isobath_float_kernels.h"
#include "isobath_grid_encoders.h"
#include "isobath_integer_kernels.h"
#include "isobath_memory.h"
#include "isobath_peak_loops.h"
#include "isobath_rounded_kernels.h"
#include "isobath_spin.h"
#include "isobath_tiles.h"
#include "isobath_training_kernels.h"
