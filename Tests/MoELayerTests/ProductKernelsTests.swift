import MoELayer
import Testing

@Suite struct `Kernels of products` {
    private func cpuinfo(_ flags: String) -> String {
        "processor\t: 0\nmodel name\t: any\nflags\t\t: fpu sse2 \(flags)\nbugs\t\t: none\n"
    }

    @Test func `are left alone where OpenBLAS knows the processor`() {
        let all = cpuinfo("avx2 fma avx512f avx512cd avx512bw avx512dq avx512vl")
        #expect(ProductKernels.better(than: "Zen", cpuinfo: all) == nil)
        #expect(ProductKernels.better(than: "Haswell", cpuinfo: all) == nil)
    }

    @Test func `are those that the processor can run, where OpenBLAS falls back`() {
        let all = cpuinfo("avx2 fma avx512f avx512cd avx512bw avx512dq avx512vl")
        #expect(ProductKernels.better(than: "Prescott", cpuinfo: all) == "SkylakeX")
        #expect(ProductKernels.better(than: "Prescott", cpuinfo: cpuinfo("fma avx2")) == "Haswell")
        // Half of an instruction set is none.
        let half = cpuinfo("avx2 fma avx512f")
        #expect(ProductKernels.better(than: "Prescott", cpuinfo: half) == "Haswell")
        #expect(ProductKernels.better(than: "Prescott", cpuinfo: cpuinfo("avx2")) == nil)
        #expect(ProductKernels.better(than: "Prescott", cpuinfo: "") == nil)
    }

    @Test func `have a name`() { #expect(!ProductKernels.name.isEmpty) }
}
