import Glibc

/// A regular file's bytes, mapped read-only for as long as the value lives.
///
/// Pages are shared by all workers of a host and read when touched. A file that someone cuts
/// short while it is mapped ends the process (SIGBUS): files of tokens are not rewritten in place.
final class MappedFile: @unchecked Sendable {
    // Unchecked: the pointer never changes and nothing writes through it.
    let bytes: UnsafeRawBufferPointer

    init(_ path: String) throws(TokenDataError) {
        func failure(_ what: String) -> TokenDataError {
            TokenDataError(file: path, problem: "\(what): \(String(cString: strerror(errno)))")
        }
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure("cannot be opened") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("cannot be examined") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw TokenDataError(file: path, problem: "is not a regular file")
        }
        guard status.st_size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        let size = Int(status.st_size)
        guard let start = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0),
            start != MAP_FAILED
        else { throw failure("cannot be mapped") }
        bytes = UnsafeRawBufferPointer(start: start, count: size)
    }

    deinit {
        if let start = bytes.baseAddress {
            munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
        }
    }
}
