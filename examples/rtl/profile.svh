// fxcaps profile fxcaps-hardware: Integer root and divider, table of exponentials; accumulators never overflow
// digest c184610f8d99c91b91e122748f60b2cef0bf021401191d3ffa082e93e405c639
// conv2d: accumulator fitted
// votes: accumulator fitted
// softmax: accumulator, table, index_frac, exp, largest_distance fitted
// weighted_sum: accumulator fitted
// squash: accumulator, guard fitted
// agreement: accumulator fitted
// length: accumulator fitted
// default: accumulator fitted
localparam [31:0] FXCAPS_PROFILE_ID = 32'hc184610f;
localparam FXCAPS_CONSTANTS_ROUNDING = "ties_to_even";
localparam FXCAPS_CONSTANTS_OVERFLOW = "saturate";
localparam FXCAPS_QUANTIZE_ROUNDING = "ties_to_pos_inf";
localparam FXCAPS_QUANTIZE_OVERFLOW = "saturate";
localparam FXCAPS_REQUANTIZE_ROUNDING = "ties_to_pos_inf";
localparam FXCAPS_REQUANTIZE_OVERFLOW = "saturate";
localparam FXCAPS_ADD_ROUNDING = "ties_to_pos_inf";
localparam FXCAPS_ADD_OVERFLOW = "saturate";
localparam FXCAPS_CONV2D_ROUNDING = "ties_to_pos_inf";
localparam FXCAPS_CONV2D_OVERFLOW = "saturate";
localparam FXCAPS_VOTES_ROUNDING = "ties_to_pos_inf";
localparam FXCAPS_VOTES_OVERFLOW = "saturate";
localparam FXCAPS_SOFTMAX_ALGORITHM = "lut";
localparam FXCAPS_SOFTMAX_ROUNDING = "ties_to_pos_inf";
localparam FXCAPS_SOFTMAX_OVERFLOW = "saturate";
localparam FXCAPS_WEIGHTED_SUM_ROUNDING = "ties_to_pos_inf";
localparam FXCAPS_WEIGHTED_SUM_OVERFLOW = "saturate";
localparam FXCAPS_SQUASH_ALGORITHM = "isqrt_divide";
localparam FXCAPS_SQUASH_ROUNDING = "ties_to_pos_inf";
localparam FXCAPS_SQUASH_OVERFLOW = "saturate";
localparam FXCAPS_AGREEMENT_ROUNDING = "ties_to_pos_inf";
localparam FXCAPS_AGREEMENT_OVERFLOW = "saturate";
localparam FXCAPS_ISQRT_OVERFLOW = "saturate";
localparam FXCAPS_LENGTH_ROUNDING = "ties_to_pos_inf";
localparam FXCAPS_LENGTH_OVERFLOW = "saturate";
localparam FXCAPS_DEFAULT_ROUNDING = "ties_to_pos_inf";
localparam FXCAPS_DEFAULT_OVERFLOW = "saturate";
