import CLibuv
import Glibc

/// Memory that processes share: a file without a name, which ends with the last of them, and in
/// front of it a lock that survives the death of who holds it.
@safe public final class SharedMemory {
    public let descriptor: Int32
    private let mapping: UnsafeMutableRawBufferPointer
    private static let lockBytes = 128

    /// Makes new memory of `byteCount` zeros.
    public static func make(byteCount: Int) throws(LoopError) -> SharedMemory {
        let descriptor = try MemoryFile.open()
        guard ftruncate(descriptor, byteCount + lockBytes) == 0 else {
            let error = LoopError.system("ftruncate of \(byteCount) shared bytes")
            closeDescriptor(descriptor)
            throw error
        }
        let memory = try SharedMemory(descriptor: descriptor, byteCount: byteCount)
        try memory.makeLock()
        return memory
    }

    /// Maps memory that another process made; takes the descriptor over.
    public init(descriptor: Int32, byteCount: Int) throws(LoopError) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0,
            Int(status.st_size) >= byteCount + Self.lockBytes
        else { throw .system("shared memory of \(byteCount) bytes") }
        let length = byteCount + Self.lockBytes
        let address = unsafe mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw .system("mmap of \(length) bytes")
        }
        self.descriptor = descriptor
        unsafe mapping = unsafe UnsafeMutableRawBufferPointer(start: address, count: length)
    }

    deinit {
        unsafe munmap(mapping.baseAddress, mapping.count)
        closeDescriptor(descriptor)
    }

    /// The shared bytes, behind the lock.
    public var bytes: UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(rebasing: mapping[Self.lockBytes...])
    }

    /// Runs `body` while no other process does.
    public func withLock<R>(_ body: () -> R) -> R {
        // A process that died in here leaves the run: what it left half done is not used again.
        if unsafe pthread_mutex_lock(lock) == EOWNERDEAD { unsafe pthread_mutex_consistent(lock) }
        defer { unsafe pthread_mutex_unlock(lock) }
        return body()
    }

    private var lock: UnsafeMutablePointer<pthread_mutex_t> {
        unsafe mapping.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: pthread_mutex_t.self)
    }

    private func makeLock() throws(LoopError) {
        var attributes = pthread_mutexattr_t()
        unsafe pthread_mutexattr_init(&attributes)
        defer { unsafe pthread_mutexattr_destroy(&attributes) }
        unsafe pthread_mutexattr_setpshared(&attributes, Int32(PTHREAD_PROCESS_SHARED))
        unsafe pthread_mutexattr_setrobust(&attributes, Int32(PTHREAD_MUTEX_ROBUST))
        guard unsafe pthread_mutex_init(lock, &attributes) == 0 else {
            throw .system("pthread_mutex_init")
        }
    }
}
