import CLibuv
import Glibc

/// Closes a file descriptor; a member called `close` hides the system call.
func closeDescriptor(_ descriptor: Int32) { _ = close(descriptor) }

/// Has a socket end with a reset when it is closed.
func resetOnClose(_ descriptor: Int32) {
    var option = linger(l_onoff: 1, l_linger: 0)
    let size = socklen_t(MemoryLayout<linger>.size)
    _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, size)
}

/// Reads from a file descriptor.
func readDescriptor(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    unsafe read(descriptor, buffer, count)
}

/// Takes what has come at a socket; below 1 if that is nothing.
func receiveNow(_ socket: Int32, _ space: UnsafeMutableRawBufferPointer) -> Int {
    unsafe recv(socket, space.baseAddress, space.count, Int32(MSG_DONTWAIT))
}

/// The descriptors a process may have open.
public enum DescriptorLimit {
    /// Raises the soft limit to the hard one and tells what it is now.
    public static func raise() -> Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return 0
        }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return limit.rlim_cur > UInt(Int.max) ? .max : Int(limit.rlim_cur)
    }
}

/// The bytes a process may map (`ulimit -v`).
public enum AddressSpaceLimit {
    /// `Int.max` if there is no limit.
    public static var current: Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else {
            return .max
        }
        return limit.rlim_cur > UInt(Int.max) ? .max : Int(limit.rlim_cur)
    }
}

/// A file in memory that has no name and ends with its last descriptor.
public enum MemoryFile {
    public static func open() throws(LoopError) -> Int32 {
        let descriptor = moecluster_memory_file()
        guard descriptor >= 0 else { throw .system("memfd_create") }
        return descriptor
    }
}
