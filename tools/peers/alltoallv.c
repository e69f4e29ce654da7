// MPI_Alltoallv on one matrix, timed as `moecluster bench alltoall --unshaped` times its own
// exchange: all ranks sleep until an appointed instant of the host's monotonic clock, and the time
// is that of the last rank's return minus that instant. Every byte is checked after each exchange.
//   alltoallv MATRIX WARMUP ITERATIONS
// MATRIX: a square of bytes, separated by white space, row = sender. Prints one line:
//   median-us min-us max-us cpu-seconds-per-GB wrong-bytes
#include <errno.h>
#include <mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { LEAD_NS = 5 * 1000 * 1000, SECOND_NS = 1000 * 1000 * 1000, VALUES_MAX = 1 << 20 };

static int rank, ranks;

static void stop(const char *what) {
    fprintf(stderr, "alltoallv: error: rank %d: %s\n", rank, what);
    MPI_Abort(MPI_COMM_WORLD, 1);
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * SECOND_NS + time.tv_nsec;
}

static int64_t cpu(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * SECOND_NS + time.tv_nsec;
}

static void sleep_until(int64_t instant) {
    struct timespec time = {instant / SECOND_NS, instant % SECOND_NS};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR) {}
}

static void *reserve(size_t bytes) {
    void *memory = malloc(bytes ? bytes : 1);
    if (memory == NULL) stop("no memory");
    // Touches every page, so that none is on the clock.
    memset(memory, 0, bytes ? bytes : 1);
    return memory;
}

// The whole matrix, on every rank; rank 0 alone reads the file.
static int64_t *read_matrix(const char *path) {
    int64_t *cells = reserve(sizeof(int64_t) * ranks * ranks);
    if (rank == 0) {
        FILE *file = fopen(path, "r");
        if (file == NULL) stop("cannot read the matrix");
        for (int i = 0; i < ranks * ranks; i++) {
            long long bytes;
            if (fscanf(file, "%lld", &bytes) != 1) stop("the matrix has too few cells");
            if (bytes < 0 || bytes > INT32_MAX) stop("a cell is not 0 to 2^31 - 1");
            cells[i] = bytes;
        }
        char rest;
        if (fscanf(file, " %c", &rest) == 1) stop("the matrix has too many cells");
        fclose(file);
    }
    MPI_Bcast(cells, ranks * ranks, MPI_INT64_T, 0, MPI_COMM_WORLD);
    return cells;
}

// A stream of words that depends on who sends what to whom, when.
static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 31)) * 0x9E3779B97F4A7C15u;
    return x ^ (x >> 29);
}

static uint64_t stream(int from, int to, int round) {
    return mix(((uint64_t)round << 40) + ((uint64_t)from << 20) + (uint64_t)to + 1);
}

static uint8_t byte_of(uint64_t seed, int64_t index) {
    return (uint8_t)(mix(seed + (uint64_t)(index >> 3)) >> (8 * (index & 7)));
}

static void fill(uint8_t *bytes, int64_t count, uint64_t seed) {
    int64_t index = 0;
    for (; index + 8 <= count; index += 8) {
        uint64_t word = mix(seed + (uint64_t)(index >> 3));
        memcpy(bytes + index, &word, 8);
    }
    for (; index < count; index++) bytes[index] = byte_of(seed, index);
}

static int64_t wrong(const uint8_t *bytes, int64_t count, uint64_t seed) {
    int64_t found = 0;
    int64_t index = 0;
    for (; index + 8 <= count; index += 8) {
        uint64_t word = mix(seed + (uint64_t)(index >> 3));
        if (memcmp(bytes + index, &word, 8) == 0) continue;
        for (int64_t i = index; i < index + 8; i++) found += bytes[i] != byte_of(seed, i);
    }
    for (; index < count; index++) found += bytes[index] != byte_of(seed, index);
    return found;
}

// One direction of the exchange: a stretch for each peer.
struct region {
    int *counts, *offsets;
    uint8_t *bytes;
    int64_t total;
};

static struct region region_of(const int64_t *cells, int first, int stride) {
    struct region region = {reserve(sizeof(int) * ranks), reserve(sizeof(int) * ranks), NULL, 0};
    for (int peer = 0; peer < ranks; peer++) {
        // What stays local is no traffic: moecluster does not send it either.
        int64_t count = peer == rank ? 0 : cells[first + stride * peer];
        if (region.total + count > INT32_MAX) stop("a row or column is not below 2^31");
        region.counts[peer] = (int)count;
        region.offsets[peer] = (int)region.total;
        region.total += count;
    }
    region.bytes = reserve((size_t)region.total);
    return region;
}

// Nanoseconds from the appointment to the last rank's return, on rank 0; adds this rank's processor
// time to `used`.
static int64_t exchange(struct region *out, struct region *in, int64_t *used) {
    MPI_Barrier(MPI_COMM_WORLD);
    int64_t start = now() + LEAD_NS;
    MPI_Bcast(&start, 1, MPI_INT64_T, 0, MPI_COMM_WORLD);
    sleep_until(start);
    int64_t before = cpu();
    int code = MPI_Alltoallv(out->bytes, out->counts, out->offsets, MPI_BYTE, in->bytes,
                             in->counts, in->offsets, MPI_BYTE, MPI_COMM_WORLD);
    int64_t mine = now() - start, slowest = 0;
    *used = cpu() - before;
    if (code != MPI_SUCCESS) stop("MPI_Alltoallv failed");
    MPI_Reduce(&mine, &slowest, 1, MPI_INT64_T, MPI_MAX, 0, MPI_COMM_WORLD);
    return slowest;
}

static int by_size(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void print_line(int64_t *times, int count, int64_t used, int64_t moved, int64_t bad) {
    qsort(times, (size_t)count, sizeof times[0], by_size);
    double median = (double)(times[count / 2] + times[(count - 1) / 2]) / 2;
    printf("%.1f %.1f %.1f %.3f %lld\n", median / 1e3, (double)times[0] / 1e3,
           (double)times[count - 1] / 1e3, (double)used / (double)(moved ? moved : 1),
           (long long)bad);
}

int main(int argc, char **argv) {
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    if (argc != 4) stop("expected MATRIX WARMUP ITERATIONS");
    int warmup = atoi(argv[2]), iterations = atoi(argv[3]);
    if (warmup < 0 || iterations < 1 || iterations > VALUES_MAX) stop("WARMUP, ITERATIONS");
    int64_t *cells = read_matrix(argv[1]);
    struct region out = region_of(cells, rank * ranks, 1), in = region_of(cells, rank, ranks);
    int64_t *times = reserve(sizeof(int64_t) * (size_t)iterations);
    // Processor time and bytes of the timed exchanges, wrong bytes: of this rank, then of all.
    int64_t mine[3] = {0, 0, 0}, all[3];
    for (int round = 0; round < warmup + iterations; round++) {
        for (int peer = 0; peer < ranks; peer++)
            fill(out.bytes + out.offsets[peer], out.counts[peer], stream(rank, peer, round));
        memset(in.bytes, 0, (size_t)in.total);
        int64_t used, time = exchange(&out, &in, &used);
        if (round >= warmup) {
            times[round - warmup] = time;
            mine[0] += used;
            mine[1] += out.total;
        }
        for (int peer = 0; peer < ranks; peer++)
            mine[2] += wrong(in.bytes + in.offsets[peer], in.counts[peer], stream(peer, rank, round));
    }
    MPI_Reduce(mine, all, 3, MPI_INT64_T, MPI_SUM, 0, MPI_COMM_WORLD);
    if (rank == 0) print_line(times, iterations, all[0], all[1], all[2]);
    MPI_Finalize();
    return 0;
}
