import EventLoop
import Glibc
import Testing

@Suite(.timeLimit(.minutes(10))) struct `Child processes` {
    private func end(
        of script: String,
        environment: [String] = [],
        input: [UInt8] = [],
        kill signal: Int32? = nil,
        hasOwnSession: Bool = true
    ) throws -> ProcessEnd? {
        let loop = try Loop()
        var end: ProcessEnd?
        let child = try ChildProcess(
            on: loop,
            path: "/bin/sh",
            arguments: ["-c", script],
            environment: environment,
            input: input,
            outputDescriptor: STDERR_FILENO,
            errorDescriptor: STDERR_FILENO,
            hasOwnSession: hasOwnSession
        ) {
            end = $0
            loop.stop()
        }
        if let signal { child.kill(signal) }
        loop.run()
        #expect(!child.isRunning)
        child.close()
        loop.run()
        #expect(loop.openHandles == 0)
        return end
    }

    @Test func `tell with what they exited`() throws {
        #expect(try end(of: "exit 7")?.description == "exited with 7")
    }

    @Test func `have a session of their own, or that of their parent`() throws {
        // proc(5): the fifth field behind the name in parentheses is the session.
        let script = "read -r a b c d e f rest </proc/$$/stat; test $f = \"$SESSION\""
        let environment = ["SESSION=\(getsid(0))"]
        let own = try end(of: script, environment: environment)
        #expect(own?.description == "exited with 1")
        let shared = try end(of: script, environment: environment, hasOwnSession: false)
        #expect(shared?.description == "exited with 0")
    }

    @Test func `tell which signal killed them`() throws {
        let end = try end(of: "while :; do :; done", kill: SIGKILL)
        #expect(end?.description == "killed by signal 9")
    }

    @Test func `have what was added to their environment, and the rest of it`() throws {
        let script = "test \"$HOME\" = /added && test \"$ADDED\" = too && test -n \"$PATH\""
        let end = try end(of: script, environment: ["HOME=/added", "ADDED=too"])
        #expect(end?.description == "exited with 0")
    }

    @Test func `read their input to its end`() throws {
        let script = "test \"$(cat)\" = secret && exit 0 || exit 1"
        #expect(
            try end(of: script, input: Array("secret".utf8))?.description == "exited with 0"
        )
    }

    @Test func `that cannot be started are an error that names them`() throws {
        let loop = try Loop()
        let error = #expect(throws: LoopError.self) {
            _ = try ChildProcess(
                on: loop,
                path: "/no/such/program",
                arguments: [],
                input: [],
                outputDescriptor: STDERR_FILENO,
                errorDescriptor: STDERR_FILENO
            ) { _ in }
        }
        #expect(error?.operation == "uv_spawn /no/such/program")
        loop.run()
    }
}
