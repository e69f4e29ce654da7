#pragma once
#include <isa-l/crc.h>

// crc32_iscsi in its version for AVX-512 leaves the upper halves of vector registers in use. Whatever
// comes after it and uses SSE, as all Swift code does, then waits: some 300 ns for 1 KiB whose checksum
// takes 25 (Sapphire Rapids). And for a frame's head it is a call into two libraries that other
// processes have driven out of the cache, where the processor has an instruction.
#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

/// The most bytes for which the instruction is used.
#define CRC32C_SHORT 128

__attribute__((target("sse4.2"))) static inline unsigned int crc32c_short(
    const unsigned char *bytes, int count, unsigned int previous) {
    unsigned long long sum = previous;
    for (; count >= 8; count -= 8, bytes += 8) {
        unsigned long long word;
        memcpy(&word, bytes, 8);
        sum = _mm_crc32_u64(sum, word);
    }
    for (; count > 0; count--) sum = _mm_crc32_u8((unsigned int)sum, *bytes++);
    return (unsigned int)sum;
}

__attribute__((target("avx"))) static inline void end_wide_vectors(void) { _mm256_zeroupper(); }

/// As crc32_iscsi: neither begins nor ends with a complement.
static inline unsigned int crc32c(const unsigned char *bytes, int count, unsigned int previous) {
    if (count <= CRC32C_SHORT && __builtin_cpu_supports("sse4.2"))
        return crc32c_short(bytes, count, previous);
    unsigned int sum = crc32_iscsi((unsigned char *)bytes, count, previous);
    if (__builtin_cpu_supports("avx")) end_wide_vectors();
    return sum;
}
#else
/// As crc32_iscsi: neither begins nor ends with a complement.
static inline unsigned int crc32c(const unsigned char *bytes, int count, unsigned int previous) {
    return crc32_iscsi((unsigned char *)bytes, count, previous);
}
#endif
