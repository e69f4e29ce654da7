#pragma once
// Only what Swift cannot call: variadic functions and macros.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <uv.h>

/// Wakes this thread within `nanoseconds` of a deadline instead of the default 50 µs.
static inline int moecluster_set_timer_slack(unsigned long nanoseconds) {
    return prctl(PR_SET_TIMERSLACK, nanoseconds, 0, 0, 0);
}

/// Sets how long the calling thread may run before another one has its turn, in nanoseconds, 0 for the
/// kernel's own choice, and its nice value. Kernels before 6.12 take the latter alone; glibc before
/// 2.41 declares none of this.
static inline int moecluster_set_turn(int nice, unsigned long nanoseconds) {
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attributes = {sizeof attributes, 0 /* SCHED_OTHER */, 0, nice, 0, nanoseconds, 0, 0};
    return (int)syscall(SYS_sched_setattr, 0, &attributes, 0);
}

/// Has the kernel kill this process when its parent ends, even while it is stopped.
static inline int moecluster_die_with_parent(void) {
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

/// A file without a name, in memory; glibc declares memfd_create only for GNU sources.
static inline int moecluster_memory_file(void) {
    return (int)syscall(SYS_memfd_create, "moecluster", 1u /* MFD_CLOEXEC */);
}

/// Whether a signal is ignored, as nohup has it.
static inline int moecluster_is_ignored(int number) {
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}
