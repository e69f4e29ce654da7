import Glibc

/// Leaves this process only so many descriptors more, by its soft limit.
final class DescriptorHold {
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    private var before: rlimit?

    deinit { letGo() }

    /// Lowers the limit until `left` descriptors can be opened and no more, and tries it.
    ///
    /// - Returns: the error that the first open too many met, `EMFILE`; empty if it met none.
    func take(leaving left: Int) -> String {
        letGo()
        // Numbers are given out from the lowest that is free: the limit is the one after `left`.
        let free = Self.open(atMost: left + 1).opened
        for descriptor in free { close(descriptor) }
        var limit = rlimit()
        if free.count == left + 1, getrlimit(Self.resource, &limit) == 0 {
            before = limit
            limit.rlim_cur = rlim_t(free[left])
            setrlimit(Self.resource, &limit)
        }
        let (tried, refusal) = Self.open(atMost: left + 1)
        for descriptor in tried { close(descriptor) }
        guard let refusal else { return "" }
        return refusal == EMFILE ? "EMFILE" : "errno \(refusal)"
    }

    func letGo() {
        guard var limit = before else { return }
        before = nil
        setrlimit(Self.resource, &limit)
    }

    /// Descriptors up to `count`, and the error that the first one met that could not be had.
    private static func open(atMost count: Int) -> (opened: [Int32], refusal: Int32?) {
        var opened: [Int32] = []
        while opened.count < count {
            let descriptor = Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return (opened, errno) }
            opened.append(descriptor)
        }
        return (opened, nil)
    }
}
