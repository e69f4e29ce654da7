// The inner loops of gates, in C because Swift cannot compile one function for several instruction
// sets and choose at run time. The only C by hand besides the system modules' shims.
#ifndef GATE_KERNELS_H
#define GATE_KERNELS_H

// The order of additions is part of each contract, so that every machine gets the same bits: 32
// partial sums by position while 32 elements are left, then 8 of them, then one by one. A float
// times a float is exact in double, so a fused multiply-add changes nothing.

// Sums of the slices and of the squares of each token, in double.
//
//   features  [tokens x experts x slice], row after row
//   sums      [tokens x experts]
//   squares   [tokens]
void gate_slice_sums(const float *features, long tokens, long experts, long slice,
                     double *sums, double *squares);

// Products of each row with each expert's weights, in double.
//
//   rows      [count x width], row after row
//   weights   [experts x width]
//   products  [count x experts]
void gate_products(const float *rows, long count, long width, const float *weights, long experts,
                   double *products);

#endif
